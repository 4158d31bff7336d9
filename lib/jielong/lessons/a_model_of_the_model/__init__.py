"""What the lesson “One matrix for every capital” alone needs (`book/interpretability/a-model-of-the-model.ipynb`)."""
