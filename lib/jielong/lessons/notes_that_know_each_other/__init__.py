"""What the lesson “Notes that know each other” alone needs (`book/agents/notes-that-know-each-other.ipynb`)."""
