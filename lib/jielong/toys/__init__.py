"""Small data that lessons share: made-up tasks, languages and facts."""
