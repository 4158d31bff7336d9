"""What the lesson “Crossed letters” alone needs (`book/architectures/a-matrix-that-remembers.ipynb`)."""
