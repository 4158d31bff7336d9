"""What the pages need to know of a notebook: recorded values, claims, and when it ran."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

VALUE = "application/vnd.jielong.value+json"
PRIVATE = "application/vnd.jielong."


def read(path: Path) -> dict[str, Any]:
    """The notebook at `path`, as JSON."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def readers_code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells with code, but for the one that only sets the lesson up."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [cell for cell in cells if "setup" not in cell["metadata"].get("tags", [])]


def outputs(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The data (MIME type -> content) of every rich output, in order."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "data" in output:
                yield output["data"]


def records(notebook: dict[str, Any], mime: str) -> list[dict[str, Any]]:
    """Everything that the notebook recorded under one MIME type."""
    return [data[mime] for data in outputs(notebook) if mime in data]


def run_card(notebook: dict[str, Any]) -> dict[str, Any]:
    """When and on what the notebook last ran; empty if it never did."""
    return notebook["metadata"].get("jielong", {}).get("run", {})
