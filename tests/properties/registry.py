"""Every public function of the library that takes a number, a shape or a text, found by its signature."""

from __future__ import annotations

import enum
import functools
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, get_type_hints

import jielong
import torch

from tests.properties.odd import Row, through

APART = re.compile(r"jielong\.lessons\.\w+\.(figures|exercises)(\.|$)|\.__main__$")
"""Lessons' figures are compared point by point, and their exercises have tests of their own."""
TAKES = re.compile(r"\b(int|float|complex|str|Tensor|ndarray|ArrayLike|Buffer|Pair)\b|jaxtyping\.\w+")
"""What the type of an argument looks like that is a number, a shape or a text, or holds some."""
WITHOUT_WORDS = (torch.autograd.Function, BaseException, enum.Enum)
"""What forward and backward of one operation are called with is its function's business."""


def rooms() -> set[str]:
    """The packages of the library, and the core, whose modules lie in none: where there is such a function."""
    there = {found.name if found.ispkg else "core" for found in pkgutil.iter_modules(jielong.__path__)}
    return {room for room in there if public(room)}


def modules(room: str) -> Iterator[ModuleType]:
    """The modules of a room."""
    for found in pkgutil.walk_packages(jielong.__path__, "jielong."):
        parts = found.name.split(".")
        if room == ("core" if len(parts) == 2 and not found.ispkg else parts[1]) and not APART.search(found.name):
            yield importlib.import_module(found.name)


@functools.cache
def public(room: str) -> Mapping[str, Callable]:
    """Functions, constructors and methods of a room, as "tokens.kind", "model.State.rows"; records' own constructors,
    which only keep what they are given, are not among them."""
    return {name: function for module in modules(room) for name, function in of(module) if takes(function)}


def of(module: ModuleType) -> Iterator[tuple[str, Callable]]:
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        path = f"{module.__name__.removeprefix('jielong.')}.{name}"
        if inspect.isclass(thing):
            if not issubclass(thing, WITHOUT_WORDS) and not getattr(thing, "_is_protocol", False):
                yield from methods(path, thing)
        elif getattr(thing, "__name__", "") == name and (inspect.isroutine(thing) or hasattr(thing, "__wrapped__")):
            yield path, thing


def methods(path: str, kind: type) -> Iterator[tuple[str, Callable]]:
    for name, thing in vars(kind).items():
        if isinstance(thing, classmethod | staticmethod):
            thing = thing.__func__
        if not inspect.isfunction(thing) or getattr(thing, "__isabstractmethod__", False):
            continue
        if name == "__init__" and not made(kind):
            yield path, thing
        elif name == "__post_init__":
            yield path, kind
        elif name == "__call__" or not name.startswith("_"):
            yield f"{path}.{name}", thing


def made(kind: type) -> bool:
    """Whether its constructor was made from its fields."""
    return hasattr(kind, "__dataclass_fields__") or hasattr(kind, "_fields")


def takes(function: Callable) -> bool:
    try:
        hints = get_type_hints(inspect.unwrap(function))
    except (NameError, TypeError, AttributeError):
        hints = getattr(function, "__annotations__", {})
    return any(TAKES.search(str(hint)) for name, hint in hints.items() if name != "return" and hint is not Any)


def forgotten(room: str, table: Mapping[str, Row], reasons: Mapping[str, str]) -> dict[str, list[str]]:
    """What has neither a row nor a reason, and what has one but is there no more, or has two."""
    there = public(room)
    passed = [one for name, row in table.items() for one in through(name, row)]
    said = [*table, *passed, *reasons]
    return {
        kind: names
        for kind, names in {
            "has neither a row nor a reason": [name for name in there if name not in said],
            "is there no more": [name for name in [*passed, *reasons] if name not in there],
            "is said twice": sorted({name for name in said if said.count(name) > 1}),
        }.items()
        if names
    }
