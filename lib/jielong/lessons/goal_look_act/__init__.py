"""What the lesson “Goal, look, act” alone needs (`book/agents/goal-look-act.ipynb`)."""
