"""What the lesson “Other minds” alone needs (`book/interpretability/other-minds.ipynb`)."""
