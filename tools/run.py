"""Run the lessons and store their outputs.

    python tools/run.py                 what changed: a notebook's code, or the library code that it uses
    python tools/run.py PATH ...        these notebooks
    python tools/run.py --all           every notebook
    python tools/run.py --list          say what changed, run nothing
    python tools/run.py --setup         rewrite the first cell, which sets a lesson up on Colab
    -j N                                N notebooks at a time (default: the number of cores), one thread each

A cell that fails, or that writes to stderr, fails the run and leaves its notebook as it was.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from colab import set_up
from execution import RunFailed, execute
from inputs import fingerprint
from jielong.files import sweep
from lessons import ROOT, lessons, read, write
from nbformat import NotebookNode


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    paths = options.paths or lessons()
    for folder in {path.parent for path in paths}:
        sweep(folder)
    if options.setup:
        return _set_up(paths)
    if not (options.all or options.paths):
        paths = [path for path in paths if is_stale(read(path))]
    if options.list or not paths:
        print("\n".join(_name(path) for path in paths) or "Nothing changed: every stored output is current.")
        return 0
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda path: run(path, options.threads), paths))
    print(f"{sum(results)} of {len(results)} notebooks ran")
    return 0 if all(results) else 1


def is_stale(notebook: NotebookNode) -> bool:
    """Whether the code, or the library that it uses, is not what the stored outputs came from."""
    return notebook.metadata.get("jielong", {}).get("inputs") != fingerprint(notebook)


def run(path: Path, threads: int = 1) -> bool:
    """Execute one notebook and store it; say how it went. False, and an untouched file, if a cell failed."""
    print(f"running  {_name(path)}", flush=True)
    inputs = fingerprint(read(path))  # of what it begins with: what is changed meanwhile makes it stale
    try:
        notebook, card = execute(path, threads)
    except RunFailed as failure:
        print(f"FAILED   {_name(path)}\n{failure}", file=sys.stderr, flush=True)
        return False
    notebook.metadata["jielong"] = {"inputs": inputs, "run": card}
    write(path, notebook)
    print(
        f"ran      {_name(path)}: {card['seconds']} s ({card['cpu_seconds']} s of processor), {card['peak_mb']} MB",
        flush=True,
    )
    return True


def _set_up(paths: list[Path]) -> int:
    for path in paths:
        notebook = read(path)
        if set_up(notebook):
            write(path, notebook)
            print(f"wrote the set-up cell of {_name(path)}")
    return 0


def _name(path: Path) -> str:
    return str(path.resolve().relative_to(ROOT)) if path.resolve().is_relative_to(ROOT) else str(path)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--setup", action="store_true")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
