"""What the lesson “A dictionary of features” alone needs (`book/interpretability/a-dictionary-of-features.ipynb`)."""
