"""A text in the words of its catalogue, paragraph by paragraph; what the catalogue lacks stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polib

PARAGRAPH = re.compile(r"(#+ )?(.*)", re.DOTALL)


def known(path: Path) -> dict[str, str]:
    """What the catalogue at ``path`` says for each English message that somebody stands for; nothing if it is not."""
    entries = polib.pofile(str(path)) if path.exists() else []
    return {entry.msgid: entry.msgstr for entry in entries if entry.translated()}


def paragraphs(text: str) -> list[tuple[str, str]]:
    """What stands between empty lines, headings, prose, lists, code: the marks of a heading, and the rest."""
    parts = (PARAGRAPH.fullmatch(part) for part in re.split(r"\n{2,}", text.strip("\n")))
    return [(part[1] or "", part[2]) for part in parts if part]


def translated(text: str, words: Mapping[str, str]) -> str:
    """The text with each paragraph as ``words`` has it."""
    return "\n\n".join(mark + words.get(part, part) for mark, part in paragraphs(text))
