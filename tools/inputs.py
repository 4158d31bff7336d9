"""What a notebook's outputs depend on: its code, the code of the library that this reaches, and its claims' words.

Nothing is imported to find out. Imports are followed statically and by name: `from jielong.mixers import Cache`
reaches what `Cache` needs, not everything that the package also offers. A string that names a file beside a module (a
widget's script, a table) makes that file an input; "lesson/name" in a notebook makes that lesson's exercises one; and
the name of a module as a string, to be run or to find a file beside it, makes that module one. Weights are inputs,
too: the modules that load them state their hashes. Of Python only code counts: comments and empty lines make nothing
stale, and docstrings only in the lessons' rooms, where they may be the manuals of tools that a model reads.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lessons import LIBRARY, code_cells, tags

PACKAGE = "jielong"
ALL = "*"
WORDS = "claims.toml"


def fingerprint(notebook: Any, library: Path = LIBRARY) -> str:
    """A hash of the notebook's code cells (not of the set-up cell) and of all of the library that they use."""
    digest = hashlib.sha256()
    for cell in code_cells(notebook):
        if "setup" not in tags(cell):
            digest.update(cell.source.encode() + b"\0")
    for path in files_used(notebook, library):
        digest.update(path.relative_to(library).as_posix().encode() + b"\0" + content(path, library))
    digest.update(json.dumps(words_used(notebook, library), sort_keys=True).encode())
    return digest.hexdigest()[:16]


def files_used(notebook: Any, library: Path = LIBRARY) -> list[Path]:
    """The library's files that the notebook's code reaches, sorted; of claims.toml see `words_used`."""
    source = _code(notebook)
    graph = Graph(library)
    graph.follow(source, PACKAGE, {ALL})
    for name in re.findall(r"""["']([a-z0-9-]+)/[a-z0-9-]+["']""", source):
        graph.reach(f"{PACKAGE}.lessons.{name.replace('-', '_')}.exercises", ALL)
    for module in re.findall(rf"""["']({PACKAGE}(?:\.\w+)+)["']""", source):
        graph.reach(module, ALL)
        graph.files.update(_data_files(source, library.joinpath(*module.split("."))))
    return sorted(path for path in graph.files if path.name != WORDS)


def words_used(notebook: Any, library: Path = LIBRARY) -> dict[str, dict[str, Any]]:
    """What the lecture says in the rows that the notebook's claims are about, and the words of these claims."""
    made = {
        str(node.args[0].value)
        for node in ast.walk(_parsed(_code(notebook)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "claim"
        if node.args and isinstance(node.args[0], ast.Constant)
    }
    rows = {id.partition(" ")[0] for id in made}
    places = {
        library / PACKAGE / "teaching" / WORDS: rows,
        **dict.fromkeys((library / PACKAGE / "lessons").glob(f"*/{WORDS}"), made),
    }
    return {
        f"{path.parent.name} {id}": words
        for path, wanted in places.items()
        for id, words in (tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}).items()
        if id in wanted
    }


def content(path: Path, library: Path) -> bytes:
    """What of a file counts: all of its bytes, and of Python the code, with docstrings in the lessons' rooms."""
    if path.suffix != ".py":
        return path.read_bytes()
    return code_of(path.read_text(encoding="utf-8"), docstrings="lessons" in path.relative_to(library).parts).encode()


@functools.cache
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


@functools.cache
def code_of(source: str, docstrings: bool = False) -> str:
    """Python source without comments, empty lines and, if not wanted, docstrings; the same for every Python."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in () if docstrings else ast.walk(_parsed(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            end = node.end_lineno or node.lineno
            lines[node.lineno - 1 : end] = [""] * (end - node.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


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
        source = path.read_text(encoding="utf-8")
        self.files.add(path)
        self.files.update(_data_files(source, path.parent))
        self.follow(source, module if path.stem == "__init__" else module.rpartition(".")[0], {name})

    def follow(self, source: str, package: str, wanted: set[str]) -> None:
        """Follow the imports whose names the source itself uses, or that it is asked for."""
        parts = _parts(source)
        for bound, module, name in _imports(parts.imports, package):
            if bound in parts.names or bound in wanted or ALL in wanted:
                self.reach(module, name)

    def _file(self, module: str) -> Path | None:
        base = self.library.joinpath(*module.split("."))
        return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


class Parts(NamedTuple):
    """What of a source leads on: the names that it uses, its imports, and strings that may name a file."""

    names: set[str]
    imports: list[ast.Import | ast.ImportFrom]
    files: set[str]


@functools.cache
def _parts(source: str) -> Parts:
    nodes = list(ast.walk(_parsed(source)))
    strings = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return Parts(
        {node.id for node in nodes if isinstance(node, ast.Name)},
        [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)],
        {string for string in strings if re.fullmatch(r"[\w/.-]+\.\w+", string)},
    )


def _imports(nodes: list[ast.Import | ast.ImportFrom], package: str) -> Iterator[tuple[str, str, str]]:
    """(name it binds, module, name in that module) for every import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], alias.name, ALL
        else:
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *filter(None, [node.module])])
            for alias in node.names:
                yield alias.asname or alias.name, module, alias.name


def _data_files(source: str, folder: Path) -> Iterator[Path]:
    for name in _parts(source).files:
        yield from (path for path in (folder / name, folder / "js" / name) if path.is_file())


def _code(notebook: Any) -> str:
    """All code of a notebook, without the lines that only IPython understands."""
    lines = "\n".join(cell.source for cell in code_cells(notebook)).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))
