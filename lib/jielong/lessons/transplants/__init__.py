"""What the lesson “Transplants” alone needs (`book/architectures/transplants.ipynb`)."""
