"""The library pages: every module, from its docstrings. The house writes those as plain text, and so they are shown."""

from __future__ import annotations

import pkgutil
import re

import jielong
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ORDER = "tokens tokenizer model sites sampling scoring shared_prefix training counting pretrained corpora".split()
ROOMS = ("adaptation", "interpretability", "agents", "mixers", "teaching")  # with a page of their own
LESSONS = ("lessons", "toys")  # solutions and the props of experiments are in the lessons

MARKUP = re.compile(r"([*|_\\])")


class Library(SphinxDirective):
    """A section for each module of a room (without one: of all that have no page of their own), with what is public."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        if self.env.app.builder.name == "gettext":
            return []
        return [self._section(name) for name in modules(*self.arguments)]

    def _section(self, name: str) -> nodes.section:
        section = nodes.section(ids=[name.replace(".", "-")])
        short = name.removeprefix("jielong.")
        section += nodes.title(short, "", nodes.literal(short, short))
        lines = [f".. automodule:: {name}", "   :members:", "   :ignore-module-all:"]
        self.state.nested_parse(StringList(lines, source=self.env.docname), self.content_offset, section)
        return section


def modules(room: str | None = None) -> list[str]:
    """The names of the modules of a room, or of all that are in none of ROOMS; what comes first for a reader first.

    Raises ValueError for a room that is not one of them.
    """
    if room not in (None, *ROOMS):
        raise ValueError(f"library: {room!r} is none of {ROOMS}")
    names = [module.name for module in pkgutil.walk_packages(jielong.__path__, "jielong.") if "._" not in module.name]
    return sorted((name for name in names if _page(name) == room and _room(name) not in LESSONS), key=_place)


def _page(name: str) -> str | None:
    return _room(name) if _room(name) in ROOMS else None


def _room(name: str) -> str:
    return name.split(".")[1]


def _place(name: str) -> tuple[int, str]:
    return (ORDER.index(_room(name)) if _room(name) in ORDER else len(ORDER), name)


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


def same_on_every_python(
    _app: Sphinx, _what: str, _name: str, _member: object, _options: object, arguments: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """A signature without the room in which a newer Python keeps its paths (`pathlib._local`)."""
    plain = [each and each.replace("pathlib._local.", "pathlib.") for each in (arguments, result)]
    return plain[0], plain[1]


def _skip(_app: Sphinx, _what: str, _name: str, member: object, _skip: bool, _options: object) -> bool | None:
    """Leave out what Python itself says about a named tuple's fields."""
    return True if str(getattr(member, "__doc__", "")).startswith("Alias for field number") else None


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx.ext.autodoc")
    app.add_directive("library", Library)
    app.connect("autodoc-process-docstring", _process)
    app.connect("autodoc-process-signature", same_on_every_python)
    app.connect("autodoc-skip-member", _skip)
