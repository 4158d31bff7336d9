"""One number of the library, changed for a while, wherever it stands.

training.GRID                    a constant of a module, with all that is made of it at the import
training.fit(betas)[1]           a default of a function, here one of a pair
model.Config.norm_eps            a default of a dataclass, or a constant of a class
models.small_model: 100.0        a number in the middle of a function
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any
from unittest.mock import patch

NAME = re.compile(r"(?P<path>[\w.]+?)(?:\((?P<argument>\w+)\))?(?:\[(?P<index>\d)\])?(?:: (?P<literal>[\w.+-]+))?")

TESTS = Path(__file__).parents[1]


def tenth(old: float, less: bool = False) -> float:
    """The number, a tenth larger or smaller; a whole number by one at least, and zero becomes a tenth, or one."""
    step = (abs(old) / 10 or 0.1) if isinstance(old, float) else max(1, round(abs(old) / 10))
    return old - step if less else old + step


@contextmanager
def changed(name: str, change: Callable[[float], float] = tenth) -> Iterator[None]:
    """Within the block, the library works with ``change`` of the named number. Raises LookupError if there is none."""
    path, argument, index, literal = NAME.fullmatch(name).group("path", "argument", "index", "literal")
    owner, last = found(path)

    def new(old: Any) -> Any:
        if index is None:
            return change(old)
        return tuple(change(part) if k == int(index) else part for k, part in enumerate(old))

    with ExitStack() as stack:
        if argument:
            default(stack, getattr(owner, last), argument, new)
        elif literal:
            stack.enter_context(literal_changed(getattr(owner, last), float(literal), change))
        elif isinstance(owner, ModuleType):
            everywhere(stack, owner, last, new(getattr(owner, last)))
        else:
            if last in getattr(owner, "__dataclass_fields__", {}):
                default(stack, owner.__init__, last, new)
            stack.enter_context(patch.object(owner, last, new(getattr(owner, last))))
            made_again(stack, owner)
        forget()
        try:
            yield
        finally:
            stack.close()
            forget()


def found(path: str) -> tuple[Any, str]:
    """The module or class in which the last name of a path stands, and that name."""
    parts, owner = path.split("."), importlib.import_module("jielong")
    for part in parts[:-1]:
        if not hasattr(owner, part):
            importlib.import_module(f"{owner.__name__}.{part}")
        owner = getattr(owner, part)
    if not hasattr(owner, parts[-1]):
        raise LookupError(f"{path}: there is no {parts[-1]} in {owner}")
    return owner, parts[-1]


def inner(function: Any) -> FunctionType:
    """The function itself, below whatever checks its shapes."""
    return inspect.unwrap(getattr(function, "__func__", function))


def default(stack: ExitStack, function: Any, argument: str, new: Callable[[Any], Any]) -> None:
    function = inner(function)
    old = inspect.signature(function).parameters[argument].default
    if argument in (function.__kwdefaults__ or {}):
        stack.enter_context(patch.dict(function.__kwdefaults__, {argument: new(old)}))
        return
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    place = names.index(argument) - len(names)
    defaults = list(function.__defaults__)
    defaults[place] = new(old)
    stack.enter_context(patch.object(function, "__defaults__", tuple(defaults)))


@contextmanager
def literal_changed(function: Any, old: float, change: Callable[[float], float]) -> Iterator[None]:
    function = inner(function)
    before = function.__code__
    if (after := with_other(before, old, change)) == before:
        raise LookupError(f"{function.__qualname__}: there is no {old} in it")
    function.__code__ = after
    try:
        yield
    finally:
        function.__code__ = before


def with_other(code: CodeType, old: float, change: Callable[[float], float]) -> CodeType:
    """The code with another number in its place, also in the functions inside it."""

    def other(part: Any) -> Any:
        if isinstance(part, CodeType):
            return with_other(part, old, change)
        if isinstance(part, tuple):
            return tuple(map(other, part))
        return change(part) if type(part) in (int, float) and part == old else part

    return code.replace(co_consts=tuple(map(other, code.co_consts)))


def made_again(stack: ExitStack, made: type) -> None:
    """Defaults that are an object of this class were made with the old number."""
    for module in library():
        if vars(module).get(made.__name__) is made:
            for function, argument, expression in defaults(module, {made.__name__}):
                default(stack, function, argument, lambda _, e=expression, m=module: eval(e, vars(m)))


def everywhere(stack: ExitStack, module: ModuleType, name: str, value: Any) -> None:
    """A module's constant, the constants and defaults that are made of it, and all of these in other modules."""
    values = {name: value}
    for statement in parsed(module).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value and values.keys() & names(statement):
            made = {**vars(module), **values}
            exec(compile(ast.Module([statement], []), module.__name__, "exec"), made)
            targets = (names(statement, ast.Store) & made.keys()) - {name}  # a comprehension's names are gone by now
            values |= {target: made[target] for target in targets}
    for function, argument, expression in defaults(module, set(values)):
        default(stack, function, argument, lambda _, e=expression: eval(e, {**vars(module), **values}))
    for other in library():
        for n in values.keys() & imported(other, module):
            everywhere(stack, other, n, values[n])
    for n, v in values.items():
        stack.enter_context(patch.object(module, n, v))


def names(tree: ast.AST, context: type = ast.Load) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def imported(other: ModuleType, module: ModuleType) -> set[str]:
    """The names that the other module has from this one."""
    froms = [n for n in ast.walk(parsed(other)) if isinstance(n, ast.ImportFrom) and n.module == module.__name__]
    return {alias.name for n in froms for alias in n.names}


def defaults(module: ModuleType, some: set[str]) -> Iterator[tuple[Any, str, str]]:
    """The functions of a module with a default that is made of one of these names: function, argument, expression."""

    def look(body: list[ast.stmt], owner: Any) -> Iterator[tuple[Any, str, str]]:
        for statement in body:
            if isinstance(statement, ast.ClassDef):
                yield from look(statement.body, getattr(owner, statement.name))
            elif isinstance(statement, ast.FunctionDef):
                for argument, value in arguments(statement):
                    if names(value) & some:
                        yield getattr(owner, statement.name), argument, ast.unparse(value)

    yield from look(parsed(module).body, module)


def arguments(function: ast.FunctionDef) -> list[tuple[str, ast.expr]]:
    """The arguments that have a default, and what it is."""
    a = function.args
    plain = [*a.posonlyargs, *a.args]
    pairs = [*zip(plain[len(plain) - len(a.defaults) :], a.defaults, strict=True)]
    pairs += [(arg, value) for arg, value in zip(a.kwonlyargs, a.kw_defaults, strict=True) if value is not None]
    return [(arg.arg, value) for arg, value in pairs]


@functools.cache
def parsed(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def library() -> list[ModuleType]:
    """What there is of the library, and the tests: a check that compares with the constant itself must not see it."""
    modules = [module for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
    return [m for m in modules if m.__name__.startswith("jielong.") or Path(m.__file__).is_relative_to(TESTS)]


def forget() -> None:
    """Nothing that was computed with another number stays in a cache."""
    for module in library():
        for thing in vars(module).values():
            if getattr(thing, "__module__", None) == module.__name__ != __name__ and hasattr(thing, "cache_clear"):
                thing.cache_clear()
