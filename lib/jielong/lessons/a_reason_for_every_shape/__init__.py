"""What the lesson “A reason for every shape” alone needs (`book/architectures/a-reason-for-every-shape.ipynb`)."""
