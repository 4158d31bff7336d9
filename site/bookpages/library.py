"""The library pages: every module, from its docstrings. The house writes those as plain text, and so they are shown."""

from __future__ import annotations

import pkgutil
import re

import jielong
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

CIRCUITS = "ablation changes circuits contributions patching path_patching".split()
# Page -> the rooms and modules on it, in their order; a longer name takes its modules from a shorter one's page.
PAGES = {
    "model": "tokens tokenizer model shared_prefix corpora arguments files precision",
    "running": "sites sampling scoring training counting",
    "pretrained": "pretrained",
    "adaptation": "adaptation",
    "interpretability": "interpretability",
    "circuits": " ".join(f"interpretability.{name}" for name in CIRCUITS),
    "agents": "agents",
    "memory": "agents.memory",
    "tools": "agents.tools agents.worlds agents.planning",
    "mixers": "mixers",
    "linear-mixers": "mixers.linear_attention mixers.retention mixers.gated mixers.delta mixers.forms",
    "programs": "programs",
    "teaching": "teaching",
    "figures": "teaching.figures",
}
PLACES = {name: (page, at) for page, names in PAGES.items() for at, name in enumerate(names.split())}
LESSONS = ("lessons", "toys")  # solutions and the props of experiments are in the lessons

MARKUP = re.compile(r"([*|_\\])")


class Library(SphinxDirective):
    """A section for each module that has its place on a page of the library, with what is public."""

    required_arguments = 1

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


def modules(page: str) -> list[str]:
    """The names of the modules on a page.

    Raises ValueError for a page that is not one of PAGES.
    """
    if page not in PAGES:
        raise ValueError(f"library: {page!r} is none of {[*PAGES]}")
    names = [module.name for module in pkgutil.walk_packages(jielong.__path__, "jielong.") if "._" not in module.name]
    shown = [name for name in names if name.split(".")[1] not in LESSONS]
    return sorted((name for name in shown if place(name)[0] == page), key=lambda name: (place(name)[1], name))


def place(name: str) -> tuple[str, int]:
    """The page of a module, and where on it: that of the longest name in PAGES that the module's begins with.

    Raises ValueError for a module that none of them knows.
    """
    known = name.removeprefix("jielong.")
    while known not in PLACES:
        if not known:
            raise ValueError(f"library: {name} is on none of the pages in PAGES")
        known = known.rpartition(".")[0]
    return PLACES[known]


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
