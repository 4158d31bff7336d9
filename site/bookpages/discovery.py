"""How a page is found, and where it stands: its address, the same page in another language, the way to it, and the form
on which a reader reports a mistake."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from sphinx import addnodes
from sphinx.application import Sphinx

from .editions import edition_of, messages
from .repository import FORGE, address, slug


def _tell(app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: object) -> None:
    """What the templates ask for."""
    edition = edition_of(app)
    context["crumbs"] = crumbs(app, page)
    context["address"] = f"{address()}{edition.folder}/{page}.html" if address() else None
    context["site"] = address()
    if doctree is not None and slug():
        where = {"template": "mistake.yml", "page": f"{page} ({edition.label})"}
        context["report"] = f"{FORGE}/{slug()}/issues/new?{urlencode(where)}"


def crumbs(app: Sphinx, page: str) -> list[str]:
    """What stands above a page, from the book's first page down: the part of the book, in the edition's words."""
    tree = app.env.tocs.get(app.config.root_doc)
    parts = tree.findall(addnodes.toctree) if tree is not None and page != app.config.root_doc else ()
    say = messages(app, app.config.root_doc)
    return [say(part["rawcaption"]) for part in parts if page in part["includefiles"] and part.get("rawcaption")]


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _tell, priority=90)
