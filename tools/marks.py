"""Who solved which exercise: a class's notebooks, as they were handed in, read and not run.

    python tools/marks.py FOLDER        every notebook below it; a line for each, a column for each exercise

The last verdict that a notebook stores counts, whatever code stands above it. Nothing is executed, and nothing leaves
this machine. Lessons to hand out, without their solutions: make export ARGS=--without-solutions
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import nbformat
from lessons import code_cells, lessons

CHECK = re.compile(r"""exercises\.check\(\s*["']([\w/-]+)["']""")
VERDICT = re.compile(r'class="exercise-answer exercise-(right|hint|todo)"')
SIGNS = {"right": "✓", "hint": "→", "todo": "·", None: "·"}


def verdicts(notebook: nbformat.NotebookNode) -> dict[str, str | None]:
    """Exercise -> "right", "hint" (tried, and not yet right), "todo", or None where the cell was not run."""
    found: dict[str, str | None] = {}
    for cell in code_cells(notebook):
        for name in CHECK.findall(cell.source):
            found[name] = _verdict(cell.outputs) or found.get(name)
    return found


def _verdict(outputs: list[Any]) -> str | None:
    said = [verdict for output in outputs for verdict in VERDICT.findall(output.get("data", {}).get("text/html", ""))]
    return said[-1] if said else None


def table(handed_in: dict[str, dict[str, str | None]]) -> str:
    """A line for each notebook, a column for each exercise, and how many are right."""
    names = list(dict.fromkeys(name for marks in handed_in.values() for name in marks))
    width = max(map(columns, handed_in), default=0)
    legend = [f"{number:2}  {name}" for number, name in enumerate(names, 1)]
    head = f"{'':{width}}  " + " ".join(f"{number:2}" for number in range(1, len(names) + 1))
    lines = [
        f"{who}{' ' * (width - columns(who))}  {' '.join(f'{SIGNS[marks.get(name)]:>2}' for name in names)}  "
        f"{sum(mark == 'right' for mark in marks.values())} of {len(names)}"
        for who, marks in sorted(handed_in.items())
    ]
    return "\n".join([*legend, "", head, *lines])


def columns(text: str) -> int:
    """How many columns of a terminal a text takes; a Chinese letter takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    handed_in, unread = {}, 0
    for path in lessons(folder):
        try:
            notebook = nbformat.reads(path.read_text(encoding="utf-8-sig"), as_version=4)
            handed_in[str(path.relative_to(folder).with_suffix(""))] = verdicts(notebook)
        except Exception as error:  # whatever a student's file holds, the others are read
            unread += 1
            print(f"{path} is no notebook: {(str(error).splitlines() or [''])[0][:80]}", file=sys.stderr)
    if not handed_in:
        sys.exit(f"{folder} has no notebook that can be read.")
    print(table(handed_in))
    return int(unread > 0)


if __name__ == "__main__":
    sys.exit(main())
