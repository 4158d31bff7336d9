"""What the lesson “Whom to believe” alone needs (`book/agents/whom-to-believe.ipynb`)."""
