"""What the lesson “A memory with gates” alone needs (`book/architectures/a-memory-with-gates.ipynb`)."""
