"""How a page is found, and where it stands: its address, the same page in another language, the way to it, and the form
on which a reader reports a mistake."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from sphinx import addnodes
from sphinx.application import Sphinx

from .editions import edition_of, messages
from .releases import changelog, releases
from .repository import FORGE, address, page_address, slug


def _tell(app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: object) -> None:
    """What the templates ask for."""
    edition = edition_of(app)
    context["crumbs"] = crumbs(app, page)
    context["address"] = page_address(edition.folder, page)
    context["site"] = address()
    context["feed"] = f"{address()}feed.xml" if address() and releases(changelog()) else None
    if doctree is not None and slug():
        where = {"template": "mistake.yml", "page": f"{page} ({edition.label})"}
        context["report"] = f"{FORGE}/{slug()}/issues/new?{urlencode(where)}"


def crumbs(app: Sphinx, page: str) -> list[tuple[str, str]]:
    """What stands above a page, below the book's first: the part of the book, then pages, each with its own name."""
    env, first = app.env, app.config.root_doc
    above = {child: parent for parent, children in env.toctree_includes.items() for child in children}
    line = [page]
    while above.get(line[0], first) != first:
        line.insert(0, above[line[0]])
    tree = env.tocs.get(first)
    parts = tree.findall(addnodes.toctree) if tree is not None and page != first else ()
    say = messages(app, first)
    names = [say(part["rawcaption"]) for part in parts if line[0] in part["includefiles"] and part.get("rawcaption")]
    return [*((name, "") for name in names), *((env.titles[each].astext(), each) for each in line[:-1])]


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _tell, priority=90)
