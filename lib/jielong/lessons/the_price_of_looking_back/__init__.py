"""What the lesson “The price of looking back” alone needs (`book/architectures/the-price-of-looking-back.ipynb`)."""
