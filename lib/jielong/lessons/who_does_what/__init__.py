"""What the lesson “Who does what?” alone needs (`book/interpretability/who-does-what.ipynb`)."""
