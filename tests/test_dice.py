"""Chance has one source, the seed that a caller gives: no function draws from the global dice, and none sets them."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import jielong
import numpy as np
import pytest
import torch
from lessons import LIBRARY, ROOT, code_cells, lessons, read

DRAWS = {"rand", "randn", "randint", "randperm", "multinomial", "bernoulli", "normal", "poisson"}
IN_PLACE = {"normal_", "uniform_", "random_", "exponential_", "bernoulli_", "geometric_", "cauchy_", "log_normal_"}
STARTS = {"kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "xavier_normal_", "trunc_normal_", "orthogonal_"}
SETS = {"manual_seed", "seed", "set_rng_state", "setstate"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """The library's modules, and every lesson's code."""
    for path in sorted((LIBRARY / "jielong").rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))
    for path in lessons():
        code = [line for cell in code_cells(read(path)) for line in cell.source.splitlines()]
        yield str(path.relative_to(ROOT)), ast.parse("\n".join(line for line in code if not line.startswith(("%", "!"))))


def lent(tree: ast.Module) -> set[ast.AST]:
    """What runs while the global die is lent: modules' constructors, and what is built under `seeded`."""
    called = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "seeded"]
    built = [node.args[0] for node in called]
    names = {ast.unparse(node) for node in built} | {"__init__", "reset_parameters"}
    made = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in names]
    return {inside for node in (*built, *made) for inside in ast.walk(node)}


def global_draws(tree: ast.Module) -> Iterator[str]:
    """Calls that draw from a global die or set it."""
    borrowed = lent(tree)
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        owner, name = ast.unparse(call.func.value), call.func.attr
        private = any(keyword.arg in ("generator", "device") for keyword in call.keywords)
        if (
            (owner == "torch" and name in DRAWS and not private)
            or (name in IN_PLACE | STARTS and not private and call not in borrowed)
            or (owner in ("torch", "torch.random", "torch.cuda", "random", "np.random", "numpy.random") and name in SETS)
            or (owner in ("np.random", "numpy.random") and name not in ("default_rng", "Generator"))
            or (owner == "random" and name not in ("Random", "SystemRandom"))
        ):
            yield f"line {call.lineno}: {ast.unparse(call)[:80]}"


def test_no_source_draws_from_a_global_die():
    found = {where: list(global_draws(tree)) for where, tree in sources()}
    assert {where: lines for where, lines in found.items() if lines} == {}


def test_that_search_finds_what_it_is_for():
    bad = "torch.randn(3); torch.manual_seed(0); random.choice(x); np.random.rand(2); w.normal_(); nn.init.orthogonal_(w)"
    good = "torch.randn(3, generator=g); random.Random(0).choice(x); np.random.default_rng(0); g.manual_seed(0)"
    assert len(list(global_draws(ast.parse(bad)))) == 6
    assert list(global_draws(ast.parse(good))) == []


def plain(value: Any) -> Any:
    """A result in a form that `==` compares."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.tolist()
    if isinstance(value, torch.nn.Module):
        return {name: weight.tolist() for name, weight in value.state_dict().items()}
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Iterator):
        return [plain(one) for one in islice(value, 3)]
    return plain(vars(value)) if hasattr(value, "__dict__") else value
