"""Agents: a model that is told a goal, observes, acts, and observes again."""
