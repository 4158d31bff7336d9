"""What the lesson “One pass, by hand” alone needs (`book/interpretability/one-pass-by-hand.ipynb`)."""
