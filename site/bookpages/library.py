"""Docstrings for the library page. The house writes them as plain text, so plain text is what they are shown as."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

MARKUP = re.compile(r"([*|_\\])")


def as_rest(docstring: list[str]) -> list[str]:
    """reStructuredText for plain text: paragraphs flow, `code` is code, what is indented or aligned stays as it is."""
    blocks = re.split(r"\n\s*\n", "\n".join(docstring).strip("\n"))
    lines: list[str] = []
    for block in blocks:
        flows = not re.search(r"^\s|\S {2,}\S", block, flags=re.MULTILINE)
        lines += [_prose(block)] if flows else ["::", "", *(f"    {line}" for line in block.splitlines())]
        lines.append("")
    return "\n".join(lines).splitlines()


def _prose(text: str) -> str:
    pieces = re.split(r"`+([^`]+)`+", text)
    return "".join(f"``{piece}``" if at % 2 else MARKUP.sub(r"\\\1", piece) for at, piece in enumerate(pieces))


def _process(app: Sphinx, _what: str, _name: str, _object: object, _options: object, lines: list[str]) -> None:
    lines[:] = [] if app.builder.name == "gettext" else as_rest(lines)  # the library speaks English in every edition


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", _process)
