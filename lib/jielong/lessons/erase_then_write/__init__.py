"""What the lesson “Erase, then write” alone needs (`book/architectures/erase-then-write.ipynb`)."""
