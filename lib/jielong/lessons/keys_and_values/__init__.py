"""What the lesson “Keys and values” alone needs (`book/interpretability/keys-and-values.ipynb`)."""
