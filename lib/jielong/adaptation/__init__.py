"""Changing what a model does: with a prompt, by training, by editing one matrix, by adding models up."""
