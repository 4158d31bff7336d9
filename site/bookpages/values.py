"""The role {value}`name`: prose takes its numbers from the run, in every language."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from . import notebooks
from .languages import EDITIONS

logger = logging.getLogger(__name__)


class Value(SphinxRole):
    """The text that `record(name, ...)` stored in this page's notebook."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        path = Path(self.env.doc2path(self.env.docname))
        recorded = {}
        if path.suffix == ".ipynb":
            recorded = {each["name"]: each["text"] for each in notebooks.records(notebooks.read(path), notebooks.VALUE)}
        if self.text not in recorded:
            known = ", ".join(recorded) or "none"
            logger.warning(
                "no value %r is recorded in this notebook (it has: %s)",
                self.text,
                known,
                location=(self.env.docname, self.lineno),
                type="values",
            )
        text = recorded.get(self.text, f"{{{self.text}}}")
        if not isinstance(text, str):
            text = EDITIONS[self.config.language].pick(*text)
        return [nodes.inline(text, text, classes=["value"])], []


def setup(app: Sphinx) -> None:
    app.add_role("value", Value())
