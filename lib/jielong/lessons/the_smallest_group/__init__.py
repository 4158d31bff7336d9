"""What the lesson “Who gets the drink?” alone needs (`book/interpretability/the-smallest-group.ipynb`)."""
