"""Worlds that an agent can act in: a grid to walk on, rooms, towns and castles made of it, and a board game."""
