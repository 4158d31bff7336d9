"""What the lesson “Attention by hand” alone needs (`book/architectures/attention-by-hand.ipynb`)."""
