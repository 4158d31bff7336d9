"""What the lesson “Rolling the die” alone needs (`book/generative-ai/rolling-the-die.ipynb`)."""
