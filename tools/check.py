"""Check what a change reaches, and nothing else: minutes, for who mends a sentence.

    python tools/check.py            what differs from where this branch left origin/main, committed or not
    python tools/check.py --list     say what would be checked, check nothing

Style and types; the tests that lie where the changed files lie; the lessons whose code or stored outputs changed, or
whose library code did; the pages whose text changed. Of many lessons, those that fit into five minutes: the rest is
named, and left to `make test`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import nbformat
from inputs import files_used
from lessons import ROOT, code_cells, lessons, read

SECONDS = 300  # of the clock, for lessons
JOBS = min(2, os.cpu_count() or 1)
MIRRORED = {"lib/jielong": "tests", "tools": "tests/notebooks", "site": "tests/site", "docs": "tests"}
ELSEWHERE = {
    "lib/jielong/lessons/*/exercises.py": "tests/teaching/exercises",
    "tools/template/*": "tests/notebooks/test_scaffold.py",
    "tools/plain_sphinx.py": "tests/site/test_small_book.py",
    "tools/public.py": "tests/test_public.py",
    "tools/rehearse_forge.py": "tests/test_rehearsal.py",
    "tools/rooms.py": "tests/test_architecture.py",
    "tools/workflow.py": "tests/test_rehearsal.py",
}
SHELVES = {PurePosixPath("tests"), PurePosixPath("tests/lessons")}  # whose tests have nothing to do with each other
ROOTS = {"Makefile": "make", "requirements.txt": "make", "constraints.txt": "make", "pyproject.toml": "make"}
STORED = [f"tests/notebooks/test_{name}.py" for name in ("stored", "claim_sources", "rows")] + ["tests/test_pairs.py"]
TEXT = (".md", ".ipynb", ".po")
EVERY_PAGE = ("_config.yml", "_toc.yml", "locale/terms.toml")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(arguments)
    start = base()
    files = changed(start)
    if not files:
        print(f"Nothing differs from {start[:12]}: there is nothing to check.")
        return 0
    failed = []
    for command in plan(files, start):
        print("$ python", *command, flush=True)
        if not options.list and subprocess.run([sys.executable, *command], cwd=ROOT).returncode:
            failed.append(command)
            if command[0] == "site/build.py":
                break  # there are no pages to test
    if failed:
        print("Failed:", *(f"  python {' '.join(command)}" for command in failed), sep="\n")
    return 1 if failed else 0


def plan(files: list[str], start: str) -> Iterator[list[str]]:
    """The commands that check these files, the quick ones first."""
    yield ["-m", "ruff", "check", "."]
    yield ["-m", "ruff", "format", "--check", "."]
    if any(file.endswith(".py") or file == "pyproject.toml" for file in files):
        yield ["-m", "mypy"]
        yield ["tools/layers.py"]
    if any(file.startswith("lib/") or file == "pyproject.toml" for file in files):
        yield ["-m", "pytest", "tests/test_architecture.py", "tests/test_public.py"]
    tests = tests_of(files)
    if tests:
        yield ["-m", "pytest", "-n", str(JOBS), "--dist", "loadfile", *tests]
    reached = lessons_of(files, start)
    run = affordable(reached)
    if run:
        yield ["-m", "pytest", *STORED]
        yield ["-m", "pytest", "--nbval", "-n", str(JOBS), "--dist", "loadfile", *map(_name, run)]
    if len(run) < len(reached):
        print(f"Left to `make test`: {', '.join(path.stem for path in reached if path not in run)}")
    yield from page_commands(files)


def base() -> str:
    """The commit to compare with: where this branch left origin/main, or else the last one."""
    for branch in ("origin/main", "main"):
        found = _git("merge-base", "HEAD", branch).strip()
        if found:
            return found
    return _git("rev-parse", "HEAD").strip()


def changed(start: str) -> list[str]:
    """Every file that differs from a commit or is new, with / between its parts; what was deleted is not there."""
    listed = _git("diff", "--name-only", "-z", start) + _git("ls-files", "--others", "--exclude-standard", "-z")
    return sorted({name for name in listed.split("\0") if name and (ROOT / name).is_file()})


def tests_of(files: list[str]) -> list[str]:
    """The tests that lie where the files do: tests/mixers/test_delta.py for lib/jielong/mixers/delta.py, and so on."""
    found = {test for file in files for test in [_test_of(PurePosixPath(file))] if test}
    if any(file.endswith(".ipynb") for file in files):
        found |= {"tests/notebooks/test_stored.py", "tests/notebooks/test_rows.py"}
    whole = {test for test in found if (ROOT / test).is_dir()}
    return sorted(test for test in found - {"tests/site"} if not whole & {str(PurePosixPath(test).parent)})


def _test_of(file: PurePosixPath) -> str | None:
    if file.parts[0] == "tests":
        if file.name.startswith("test_"):
            return str(file)
        return str(file.parent) if len(file.parts) > 2 else None
    for pattern, test in ELSEWHERE.items():
        if fnmatchcase(str(file), pattern):
            return test
    for source, mirror in MIRRORED.items():
        if file.is_relative_to(source):
            return _nearest(PurePosixPath(mirror, file.relative_to(source)))
    return _nearest(PurePosixPath("tests", ROOTS.get(file.name, file.stem.lower()))) if len(file.parts) == 1 else None


def _nearest(place: PurePosixPath) -> str | None:
    """The test of a file, or else the folder of its neighbours' tests; never all tests there are."""
    test = place.with_name(f"test_{place.stem}.py")
    if (ROOT / test).is_file():
        return str(test)
    folder = next(parent for parent in place.parents if (ROOT / parent).is_dir())
    return None if folder in SHELVES else str(folder)


def lessons_of(files: list[str], start: str) -> list[Path]:
    """The lessons that may show something else now, the shortest first."""
    touched = {ROOT / file for file in files}
    rooms = {room.replace("_", "-") for room in re.findall(r"^lib/jielong/lessons/(\w+)/", "\n".join(files), re.M)}
    found = []
    for path in lessons():
        notebook = read(path)
        reached = path.stem in rooms or touched & set(files_used(notebook))
        if reached or (path in touched and _runs_differently(path, start)):
            found.append((notebook.metadata.get("jielong", {}).get("run", {}).get("seconds", 0), path))
    return [path for _, path in sorted(found)]


def affordable(paths: list[Path]) -> list[Path]:
    """The first lessons, as many as their run cards fit into `SECONDS`, and one in any case."""
    chosen: list[Path] = []
    spent = 0.0
    for path in paths:
        spent += read(path).metadata.get("jielong", {}).get("run", {}).get("seconds", 0) / JOBS
        if spent > SECONDS and chosen:
            break
        chosen.append(path)
    return chosen


def _runs_differently(path: Path, start: str) -> bool:
    """Whether more than prose changed in a notebook: its code, what it stores, or how that is compared."""
    before = _git("show", f"{start}:{_name(path)}")
    if not before:
        return True
    cells = [[*code_cells(notebook)] for notebook in (nbformat.reads(before, as_version=4), read(path))]
    return cells[0] != cells[1]


def page_commands(files: list[str]) -> Iterator[list[str]]:
    """Draw the pages whose text changed, all of them if the site did, and test what was drawn."""
    if any(file.startswith("site/") or file in EVERY_PAGE for file in files):
        yield ["site/build.py", "--strict"]
        yield ["site/browser.py"]
        yield ["-m", "pytest", "tests/site"]
    elif pages := pages_of(files):
        yield ["site/build.py", "--pages", *pages]
        yield ["-m", "pytest", "tests/site/test_links.py", "tests/site/test_pages.py", "tests/site/test_translation.py"]


def pages_of(files: list[str]) -> list[str]:
    """The pages of the book that these files' words stand on, without what names their kind: book/ledger."""
    names = [PurePosixPath(file.removeprefix("locale/zh_TW/LC_MESSAGES/")) for file in files if file.endswith(TEXT)]
    return sorted({str(name.with_suffix("")) for name in names if name.parts[0] == "book" or name.stem == "index"})


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _git(*arguments: str) -> str:
    """What git says; nothing where it refuses."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8").stdout


if __name__ == "__main__":
    sys.exit(main())
