"""What the lesson “Everything is tokens” alone needs (`book/generative-ai/everything-is-tokens.ipynb`)."""
