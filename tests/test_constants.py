"""Every constant that a result hangs on, changed by a tenth, turns a check red: seen by what it does.

The table is `tests/constants/table.py`. Each check of it passes as the library is, and fails with each of its
constants changed. No number of the library's goes unlisted: a new default, constant or number in the middle of a
function either has its check, or is one of which no result hangs, with the reason.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from time import process_time
from types import ModuleType
from typing import Any

import jielong
import pytest
import torch

from tests.constants.changes import arguments, changed, tenth
from tests.constants.table import NO_RESULT, SEEN, UNSEEN

LIBRARY = Path(jielong.__file__).parent
FORMULAS = {-1.0, 0.0, 0.5, 1.0, 2.0}
"""Roots, halves and doubles in the middle of a function are part of a formula, and not chosen by anybody."""
APART = {"figures", "exercises", "claims"}
"""What is drawn is compared point by point, exercises have their own tests, and lessons' numbers are their claims."""
Wrong = (Exception, pytest.fail.Exception)


def passes(check: str, request: pytest.FixtureRequest) -> bool:
    """Whether the named function, with all that it is parametrised with, raises nothing."""
    file, name = check.split("::")
    module = importlib.import_module(f"tests.{file.removesuffix('.py').replace('/', '.')}")
    try:
        for values in parameters(getattr(module, name)):
            torch.manual_seed(0)
            with pytest.MonkeyPatch.context() as monkeypatch:
                call(getattr(module, name), module, request, {**values, "monkeypatch": monkeypatch})
    except Wrong as error:
        print(f"{check}: {type(error).__name__} {str(error)[:120]}")
        return False
    return True


def call(function: Callable, module: ModuleType, request: pytest.FixtureRequest, given: dict[str, Any]) -> Any:
    """Call with what is given, what the module's own fixtures make, and what pytest's do."""

    def value(name: str) -> Any:
        if name in given:
            return given[name]
        fixture = getattr(module, name, None)
        made = inspect.unwrap(fixture) if fixture is not None else None
        return request.getfixturevalue(name) if made is None else call(made, module, request, given)

    return function(**{name: value(name) for name in inspect.signature(function).parameters})


def parameters(function: Callable) -> Iterator[dict[str, Any]]:
    """The combinations with which pytest would call it."""
    choices = []
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names, rows = mark.args[:2]
            names = [n.strip() for n in names.split(",")] if isinstance(names, str) else names
            rows = [row.values if hasattr(row, "values") and hasattr(row, "marks") else row for row in rows]
            choices.append([dict(zip(names, row if len(names) > 1 else [row], strict=True)) for row in rows])
    for combination in itertools.product(*choices):
        yield {name: value for part in combination for name, value in part.items()}


@pytest.mark.parametrize("check", SEEN, ids=lambda check: check.split("::")[1].removeprefix("test_"))
def test_a_tenth_more_or_less_turns_the_check_red(check, request):
    assert passes(check, request)
    slept_through = []
    for name in SEEN[check]:
        before, less = process_time(), name.endswith("-")
        with changed(name.removesuffix("-"), partial(tenth, less=less)):
            if passes(check, request):
                slept_through.append(name)
        print(f"{process_time() - before:6.2f} s  {name}")
    assert not slept_through


@pytest.mark.parametrize("name", UNSEEN)
def test_a_piece_of_another_size_changes_nothing(name, request):
    for less in (False, True):
        with changed(name, partial(tenth, less=less)):
            assert passes(UNSEEN[name], request), name


# --------------------------------------------------------------------------------------------- none goes unlisted


def numbers(value: ast.expr) -> bool:
    """Whether an expression is a number, or a tuple, list or table of numbers."""
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return bool(value.elts) and all(map(numbers, value.elts))
    if isinstance(value, ast.Dict):
        return bool(value.values) and all(map(numbers, value.values))
    if isinstance(value, ast.BinOp):
        return numbers(value.left) and numbers(value.right)
    if isinstance(value, ast.UnaryOp):
        return numbers(value.operand)
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


def found(body: list[ast.stmt], path: str) -> Iterator[str]:
    """The names of all constants, as `changed` takes them; a pair counts as one."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from found(statement.body, f"{path}.{statement.name}")
        elif isinstance(statement, ast.FunctionDef):
            name = f"{path}.{statement.name}"
            yield from (f"{name}({argument})" for argument, value in arguments(statement) if numbers(value))
            inside = {
                node.value for part in statement.body for node in ast.walk(part) if isinstance(node, ast.Constant)
            }
            yield from (f"{name}: {n!r}" for n in inside if isinstance(n, float) and n not in FORMULAS)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value and numbers(statement.value):
            (target,) = statement.targets if isinstance(statement, ast.Assign) else (statement.target,)
            yield from (f"{path}.{part.id}" for part in ast.walk(target) if isinstance(part, ast.Name))


def everything() -> Iterator[str]:
    for file in sorted(LIBRARY.rglob("*.py")):
        parts = file.relative_to(LIBRARY).with_suffix("").parts
        if not APART & set(parts):
            yield from found(ast.parse(file.read_text(encoding="utf-8")).body, ".".join(parts))


def plain(name: str) -> str:
    """A constant's name without the place in a pair and the direction, and a literal as Python writes it."""
    name = name.removesuffix("-").split("[")[0]
    path, _, literal = name.partition(": ")
    return f"{path}: {float(literal)!r}" if literal else name


def test_no_number_is_forgotten():
    listed = {plain(name) for names in SEEN.values() for name in names} | set(map(plain, UNSEEN))
    patterns = [pattern for some in NO_RESULT.values() for pattern in some.split()]
    there = list(everything())
    forgotten = [n for n in there if n not in listed and not any(fnmatchcase(n, pattern) for pattern in patterns)]
    assert not forgotten, "give each of these its check in tests/constants/table.py, or say why no result hangs on it"
    idle = [pattern for pattern in patterns if not any(fnmatchcase(n, pattern) for n in there)]
    assert not idle, "these patterns of tests/constants/table.py meet nothing"
