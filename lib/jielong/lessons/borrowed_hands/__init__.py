"""What the lesson “Borrowed hands” alone needs (`book/agents/borrowed-hands.ipynb`)."""
