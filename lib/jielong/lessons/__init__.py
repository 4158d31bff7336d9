"""A room for each lesson, named as its notebook is: what it alone needs, its exercises and the words of its claims."""
