"""What the lesson “Three kinds of generalists” alone needs (`book/generative-ai/three-kinds-of-generalists.ipynb`)."""
