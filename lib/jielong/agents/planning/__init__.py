"""Planning: search (on a map, in a game, on a web site), walkers with and without a plan, a world model to search in."""
