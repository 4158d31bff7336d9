"""Word pairs, as a text: "walk walked sing sang"."""

from __future__ import annotations


def paired(text: str) -> dict[str, str]:
    """Each first word with the one after it. Raises ValueError for an odd number of words."""
    words = text.split()
    if len(words) % 2:
        raise ValueError(f"text must be pairs of words; it has {len(words)} words")
    return dict(zip(words[::2], words[1::2], strict=True))
