"""What the lesson “Inside the box” alone needs (`book/generative-ai/inside-the-box.ipynb`)."""
