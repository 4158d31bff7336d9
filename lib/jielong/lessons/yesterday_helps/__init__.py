"""What the lesson “Yesterday helps” alone needs (`book/agents/yesterday-helps.ipynb`)."""
