"""What the lesson “A new lesson” alone needs (`book/generative-ai/a-new-lesson.ipynb`)."""
