"""What the lesson “The inner theatre” alone needs (`book/agents/the-inner-theatre.ipynb`)."""
