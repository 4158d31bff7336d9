"""What the lesson “A direction for no” alone needs (`book/interpretability/a-direction-for-no.ipynb`)."""
