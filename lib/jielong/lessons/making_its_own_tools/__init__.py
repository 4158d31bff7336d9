"""What the lesson “Making its own tools” alone needs (`book/agents/making-its-own-tools.ipynb`)."""
