"""Long runs that can be stopped and go on where they were: the race, the dictionary of features, the transplant."""
