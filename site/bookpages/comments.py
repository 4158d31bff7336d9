"""Comments in a lesson's code: messages of its catalogue, like the prose around them."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterator
from typing import Any

from jielong.teaching.text import needs_translation

from .notebooks import readers_code

NAME = re.compile(r"`[^`]*`")


def comments(source: str) -> Iterator[tuple[int, int, str]]:
    """Line and column (from 0) of each comment that explains, and its text without the mark.

    A comment explains if it has a word besides names in backticks: a shape, `(16, 384)`, or a formula does not.
    Raises tokenize.TokenError or SyntaxError for what is not Python.
    """
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and needs_translation(NAME.sub("", token.string)):
            yield token.start[0] - 1, token.start[1], token.string.lstrip("#").strip()


def translated(source: str, say: Callable[[str], str]) -> str:
    """The same code, and each comment that explains in the words of ``say``, in the column where it stood."""
    lines = source.split("\n")
    for line, column, text in comments(source):
        lines[line] = f"{lines[line][:column]}# {say(text)}"
    return "\n".join(lines)


def messages(notebook: dict[str, Any]) -> list[str]:
    """What the comments of a lesson say, each once. Those of the set-up cell are not for its readers."""
    sources = ["".join(cell["source"]) for cell in readers_code(notebook)]
    return list(dict.fromkeys(text for source in sources for _, _, text in comments(source)))
