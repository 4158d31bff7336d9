"""What the lesson “The art of forgetting” alone needs (`book/architectures/the-art-of-forgetting.ipynb`)."""
