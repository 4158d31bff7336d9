"""Planning: search on a map, in a game, on a web site; walkers with a plan and without; a world model to search in."""
