"""What the lesson “An internal language” alone needs (`book/generative-ai/an-internal-language.ipynb`)."""
