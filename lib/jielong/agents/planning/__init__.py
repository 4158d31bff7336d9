"""Planning: worlds to walk in, search in them, and a world model in which to search without moving."""
