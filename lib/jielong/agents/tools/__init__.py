"""Tools: how a reply becomes a call, which tools a model gets to see, and the sandbox where what it wrote runs."""
