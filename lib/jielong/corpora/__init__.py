"""*Alice's Adventures in Wonderland* (Lewis Carroll, 1865; public domain) to learn from, frozen: the book, its opening.

They are of two editions: the book prints what is said with emphasis in capitals, the opening in small letters. So the
opening is no part of the book, and what is learned from one is not learned from the other.
"""

from __future__ import annotations

from importlib.resources import files


def wonderland() -> str:
    """All twelve chapters, 142 thousand characters, one paragraph or line of verse a line."""
    return _read("wonderland.txt").replace("\n\n", "\n")


def wonderland_opening(blank_lines: bool = False) -> str:
    """The first chapter and a little of the second, 14 thousand characters, without headings; one paragraph a line.

    blank_lines: keep those that stand between the paragraphs.
    """
    text = _read("wonderland_opening.txt")
    return text if blank_lines else text.replace("\n\n", "\n")


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="ascii").strip()
