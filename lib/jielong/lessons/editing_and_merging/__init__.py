"""What the lesson “Surgery and sums” alone needs (`book/generative-ai/editing-and-merging.ipynb`)."""
