"""Write docs/public.md: every name of the library that a version number promises, with its signature.

python tools/public.py            write the page
python tools/public.py --check    say what has changed since it was written; the exit status is 1 if anything has
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ForwardRef

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import jielong  # noqa: E402
from jielong.files import write_text  # noqa: E402
from lessons import ROOT  # noqa: E402

PAGE = ROOT / "docs" / "public.md"
NOT_PROMISED = ("lessons", "toys")
HEAD = """\
# What is public

Every name of `jielong` that a version number promises, with its signature: what a package exports in `__all__`, and of
a module without one, what it defines without an underscore. A change of this page is written in
[CHANGELOG.md](../CHANGELOG.md). `jielong.lessons` and `jielong.toys` belong to the lessons and change with them, so
they are not promised. `python tools/public.py` writes this page, and the tests hold it against the code.
"""


class Plain(str):
    """A text that stands in a signature as it is, without quotation marks."""

    def __repr__(self) -> str:
        return str(self)


def page() -> str:
    """The page as it should be."""
    sections = [f"\n## {name}\n\n```python\n{lines}\n```\n" for name in modules() if (lines := "\n".join(public(name)))]
    return HEAD + "".join(sections)


def modules() -> list[str]:
    """Every module whose names are promised."""
    names = [module.name for module in pkgutil.walk_packages(jielong.__path__, "jielong.")]
    return sorted(name for name in names if "._" not in name and name.split(".")[1] not in NOT_PROMISED)


def public(name: str) -> Iterator[str]:
    """A line for each public name of a module, in alphabetical order; below a class, those of its own."""
    module = importlib.import_module(name)
    for each in sorted(getattr(module, "__all__", None) or defined(module)):
        yield from described(each, getattr(module, each))


def defined(module: ModuleType) -> set[str]:
    """What stands in a module's source at its left edge, without an underscore, and is no import."""
    names: set[str] = set()
    for node in ast.parse(inspect.getsource(module)).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return {name for name in names if not name.startswith("_")}


def described(name: str, thing: Any) -> Iterator[str]:
    if not inspect.isclass(thing) or thing.__name__ != name:
        yield one_line(name, thing)
        return
    yield f"class {name}{signature(thing) if says_its_parts(thing) else ''}"
    for member, value in sorted(vars(thing).items()):
        if member == "__call__" or not member.startswith(("_", "model_config")):  # the latter is pydantic's
            yield f"    {one_line(member, getattr(value, '__func__', value))}"


def one_line(name: str, thing: Any) -> str:
    """A function with what it takes and gives, anything else by its name."""
    if not (inspect.isroutine(thing) and callable(thing)):
        return name
    return f"{'async ' * inspect.iscoroutinefunction(thing)}def {name}{signature(thing)}"


def says_its_parts(thing: type) -> bool:
    """Whether a class, or one below it in its own package, says what it is made from; if not, its base's parts do."""
    package = thing.__module__.partition(".")[0]
    ours = [each for each in thing.__mro__ if each.__module__.partition(".")[0] == package]
    makers = ("__init__", "__new__", "__signature__")
    return any(maker in vars(each) for each in ours if not getattr(each, "_is_protocol", False) for maker in makers)


def signature(thing: Any) -> str:
    """As the source has it, on one line: no evaluated annotations and no addresses, which differ between machines."""
    told = inspect.signature(thing)
    classes = reversed(thing.__mro__) if inspect.isclass(thing) else []
    fields = {name: note for each in classes for name, note in vars(each).get("__annotations__", {}).items()}
    parts = [
        part.replace(annotation=note(part.annotation, fields.get(part.name)), default=default(part.default))
        for part in told.parameters.values()
    ]
    returns = told.empty if inspect.isclass(thing) else note(told.return_annotation)
    return str(told.replace(parameters=parts, return_annotation=returns))


def note(annotation: Any, field: Any = None) -> Any:
    """An annotation as it is written; ``field``: that of the class, where this one was evaluated."""
    found = annotation if isinstance(annotation, str | ForwardRef) else field or annotation
    found = found.__forward_arg__ if isinstance(found, ForwardRef) else found
    return Plain(found) if isinstance(found, str) else found


def default(value: Any) -> Any:
    """A function or a class by its name alone, anything else as it is."""
    named = inspect.isroutine(value) or (inspect.isclass(value) and value is not inspect.Parameter.empty)
    return Plain(value.__name__) if named else value


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check, wanted = parser.parse_args(arguments).check, page()
    if not check:
        write_text(PAGE, wanted)
        return 0
    found = PAGE.read_text(encoding="utf-8")
    changes = difflib.unified_diff(found.splitlines(), wanted.splitlines(), PAGE.name, "jielong", lineterm="", n=0)
    for line in changes:
        print(line)
    return int(found != wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
