"""What the lesson “The race” alone needs (`book/architectures/the-race.ipynb`)."""
