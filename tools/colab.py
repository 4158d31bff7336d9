"""The first cell of every lesson. On Colab it installs the library; at home it does nothing."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Any

import nbformat
from lessons import ROOT, tags

# Colab brings its own torch and numpy; pip is told to leave them as they are.
CELL = """\
# Sets this lesson up on Colab. Anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    from importlib.metadata import version
    from pathlib import Path

    Path("keep.txt").write_text("".join(f"{{p}}=={{version(p)}}\\n" for p in ("torch", "numpy")))
    get_ipython().system("pip install -q -c keep.txt git+https://github.com/{repository}")
    from google.colab import output

    output.enable_custom_widget_manager()"""


def repository() -> str:
    """owner/name of this repository, a fork's own: as GitHub says, else the remote, else _config.yml."""
    remote = subprocess.run(["git", "remote", "get-url", "origin"], cwd=ROOT, capture_output=True, text=True).stdout
    places = [remote, (ROOT / "_config.yml").read_text(encoding="utf-8")]
    found = [match[1] for place in places if (match := re.search(r"github\.com[/:]([\w.-]+/[\w-]+)", place))]
    return os.environ.get("GITHUB_REPOSITORY") or found[0]


def set_up(notebook: nbformat.NotebookNode) -> bool:
    """Put the set-up cell in front, or bring it up to date. Returns whether anything changed."""
    source = CELL.format(repository=repository())
    first = notebook.cells[0] if notebook.cells else None
    if first is None or "setup" not in tags(first):
        cell: Any = nbformat.v4.new_code_cell(source, id="setup", metadata={"tags": ["remove-cell", "setup"]})
        notebook.cells.insert(0, cell)
        return True
    changed = first.source != source
    first.source = source
    return changed
