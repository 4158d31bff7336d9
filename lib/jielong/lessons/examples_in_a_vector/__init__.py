"""What the lesson “Examples in a vector” alone needs (`book/interpretability/examples-in-a-vector.ipynb`)."""
