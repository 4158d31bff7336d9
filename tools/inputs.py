"""What a notebook's outputs depend on: its code, and the files of the library that this code reaches.

Nothing is imported to find out. Imports are followed statically and by name: `from jielong.figures import show` reaches
what `show` needs, not every widget that the package also offers. A string that names a file beside a module (a widget's
script, a table) makes that file an input, and "lesson/name" in a notebook makes that lesson's exercises one.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lessons import LIBRARY, code_cells, tags

PACKAGE = "jielong"
ALL = "*"


def fingerprint(notebook: Any, library: Path = LIBRARY) -> str:
    """A hash of the notebook's code cells (not of the set-up cell) and of every library file that they use."""
    digest = hashlib.sha256()
    for cell in code_cells(notebook):
        if "setup" not in tags(cell):
            digest.update(cell.source.encode() + b"\0")
    for path in files_used(notebook, library):
        digest.update(path.relative_to(library).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def files_used(notebook: Any, library: Path = LIBRARY) -> list[Path]:
    """The library's files that the notebook's code reaches, sorted."""
    source = "\n".join(_python(cell.source) for cell in code_cells(notebook))
    graph = Graph(library)
    graph.follow(ast.parse(source), PACKAGE, {ALL})
    for name in re.findall(r"""["']([a-z0-9-]+)/[a-z0-9-]+["']""", source):
        graph.reach(f"{PACKAGE}.exercises.{name.replace('-', '_')}", ALL)
    return sorted(graph.files)


class Graph:
    """The files reached so far, and how to reach more."""

    def __init__(self, library: Path) -> None:
        self.library = library
        self.files: set[Path] = set()
        self._seen: set[tuple[str, str]] = set()

    def reach(self, module: str, name: str) -> None:
        """Add what `from module import name` needs (`name` may be "*", for all of the module)."""
        if (module, name) in self._seen or module.partition(".")[0] != PACKAGE:
            return
        self._seen.add((module, name))
        if name != ALL and self._file(f"{module}.{name}"):
            return self.reach(f"{module}.{name}", ALL)
        path = self._file(module)
        if path is None:
            return
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.files.add(path)
        self.files.update(_data_files(tree, path.parent))
        self.follow(tree, module if path.stem == "__init__" else module.rpartition(".")[0], {name})

    def follow(self, tree: ast.Module, package: str, wanted: set[str]) -> None:
        """Follow the imports whose names the module itself uses, or that it is asked for."""
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | wanted
        for bound, module, name in _imports(tree, package):
            if bound in used or ALL in wanted:
                self.reach(module, name)

    def _file(self, module: str) -> Path | None:
        base = self.library.joinpath(*module.split("."))
        return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def _imports(tree: ast.Module, package: str) -> Iterator[tuple[str, str, str]]:
    """(name it binds, module, name in that module) for every import, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], alias.name, ALL
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *filter(None, [node.module])])
            for alias in node.names:
                yield alias.asname or alias.name, module, alias.name


def _data_files(tree: ast.Module, folder: Path) -> Iterator[Path]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[\w/.-]+\.\w+", node.value)
        ):
            yield from (path for path in (folder / node.value, folder / "js" / node.value) if path.is_file())


def _python(source: str) -> str:
    """A cell's source without the lines that only IPython understands."""
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
