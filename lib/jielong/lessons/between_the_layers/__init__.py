"""What the lesson “Between the layers” alone needs (`book/interpretability/between-the-layers.ipynb`)."""
