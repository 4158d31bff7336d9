"""What the lesson “Can a model keep learning?” alone needs (`book/generative-ai/lifelong-learning.ipynb`)."""
