"""Worlds that an agent can act in: games, rooms, towns and castles."""
