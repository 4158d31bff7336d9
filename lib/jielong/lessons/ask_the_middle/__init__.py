"""What the lesson “Ask the middle” alone needs (`book/interpretability/ask-the-middle.ipynb`)."""
