"""The first cell of every lesson. On Colab it installs the library; at home it does nothing.

In the sources it installs this version's release. The finished notebooks, to which the pages' buttons lead, install the
very commit that they were made from (site/finished.py); so no file names the repository.
"""

from __future__ import annotations

import tomllib
from typing import Any

import nbformat
from lessons import ROOT, tags

RELEASE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

# Colab brings its own torch and numpy; pip is told to leave them as they are.
CELL = f"""\
# Sets this lesson up on Colab. Anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    from importlib.metadata import version
    from pathlib import Path

    Path("keep.txt").write_text("".join(f"{{p}}=={{version(p)}}\\n" for p in ("torch", "numpy")))
    get_ipython().system("pip install -q -c keep.txt jielong=={RELEASE}")
    if get_ipython().user_ns["_exit_code"]:
        print("Nothing was installed. Open this lesson by the button on its page. 請用這一課網頁上的按鈕開啟。")
    from google.colab import output

    output.enable_custom_widget_manager()"""


def set_up(notebook: nbformat.NotebookNode) -> bool:
    """Put the set-up cell in front, or bring it up to date. Returns whether anything changed."""
    first = notebook.cells[0] if notebook.cells else None
    if first is None or "setup" not in tags(first):
        cell: Any = nbformat.v4.new_code_cell(CELL, id="setup", metadata={"tags": ["remove-cell", "setup"]})
        notebook.cells.insert(0, cell)
        return True
    changed = first.source != CELL
    first.source = CELL
    return changed
