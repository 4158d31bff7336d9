"""What the lesson “Depth or length” alone needs (`book/generative-ai/depth-and-length.ipynb`)."""
