"""What the lesson “Pictures without attention” alone needs (`book/architectures/pictures-without-attention.ipynb`)."""
