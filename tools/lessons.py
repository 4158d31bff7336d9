"""The book's notebooks: where they are, how they are read and written, and what their kernels see."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from jielong.files import write_text

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
LIBRARY = ROOT / "lib"
NUMBERS = re.compile(r"\[\n\s*(-?\d[\d.e+-]*(?:,\n\s*-?\d[\d.e+-]*)*)\n\s*\]")  # a JSON string has no line break
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def lessons(book: Path = BOOK) -> list[Path]:
    """Every notebook of the book."""
    return sorted(path for path in book.rglob("*.ipynb") if not any(part.startswith(".") for part in path.parts))


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def write(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Replace the file in one step, so that nobody ever reads half a notebook. Lists of numbers take one line each."""
    text = NUMBERS.sub(_on_one_line, nbformat.writes(notebook, version=4).rstrip("\n")) + "\n"
    write_text(path, text)


def _on_one_line(numbers: re.Match[str]) -> str:
    return "[" + ", ".join(number.strip() for number in numbers[1].split(",")) + "]"


def code_cells(notebook: nbformat.NotebookNode) -> Iterator[Any]:
    return (cell for cell in notebook.cells if cell.cell_type == "code")


def tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def widget_models(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """Model id -> stored widget model."""
    return dict(notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {}))


def kernel_environment(threads: int = 1, *, offline: bool = False) -> dict[str, str]:
    """What a lesson's kernel sees: this tree's library first, so many threads, and nothing of the user's own set-up.

    One thread makes the numbers the same on machines with few cores and with many. offline: no network.
    """
    guard = [str(ROOT / "tools" / "offline")] if offline else []
    paths = [str(LIBRARY), *guard, *filter(None, [os.environ.get("PYTHONPATH")])]
    count = {f"{library}_NUM_THREADS": str(threads) for library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")}
    return {
        **count,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONHASHSEED": os.environ.get("JIELONG_HASH_SEED", "0"),
        "JIELONG_LANGUAGE": "",  # outputs carry both
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(
            Path(tempfile.gettempdir()) / f"jielong-ipython-{os.getuid() if hasattr(os, 'getuid') else 0}"
        ),
        "TOKENIZERS_PARALLELISM": "false",
    }
