"""A whole book to learn from, frozen: *Alice's Adventures in Wonderland* (Lewis Carroll, 1865; public domain)."""

from __future__ import annotations

from importlib.resources import files


def wonderland() -> str:
    """All twelve chapters, 142 thousand characters, one paragraph or line of verse a line."""
    return (files(__package__) / "wonderland.txt").read_text(encoding="ascii").replace("\n\n", "\n").strip()
