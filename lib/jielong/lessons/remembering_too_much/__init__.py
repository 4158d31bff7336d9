"""What the lesson “Remembering too much” alone needs (`book/agents/remembering-too-much.ipynb`)."""
