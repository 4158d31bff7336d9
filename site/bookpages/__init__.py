"""Sphinx extensions that turn the notebooks into the book's pages, one edition per language."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from . import discovery, editions, glossary, layout, ledger, library, mathematics, search, terms, values

PARTS = (layout, editions, values, ledger, library, mathematics, glossary, search, discovery)


def setup(app: Sphinx) -> dict[str, Any]:
    for part in PARTS:
        part.setup(app)
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it even where nobody can comment
    app.add_config_value("bookpages_code", _fingerprint(), "env")
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}


def _fingerprint() -> str:
    """Changes with our own code and the book's terms, so that pages drawn by an older version are drawn again."""
    sources = [*sorted(Path(__file__).parent.glob("*.py")), terms.FILE]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
