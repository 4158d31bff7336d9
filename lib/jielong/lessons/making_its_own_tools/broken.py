"""Small programs that work, and seven ways to break each of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from jielong.arguments import within

WORKING = (
    ("import math\ndef area(r):\n    value = math.floor(r * 3)\n    print('area ' + str(value))\narea(2)", "area 6"),
    ("import math\nfor n in [9]:\n    root = math.sqrt(n)\n    print('root ' + str(root))", "root 3.0"),
    (
        "import math\ntotal = 0\nfor n in [3, 4]:\n    total = total + math.ceil(n)\nprint('total ' + str(total))",
        "total 7",
    ),
    (
        "import math\ndef greet(name):\n    size = math.ceil(len(name))\n    print('size ' + str(size))\ngreet('Ada')",
        "size 3",
    ),
    ("import math\nif math.pi > 3:\n    number = math.floor(7.5)\n    print('number ' + str(number))", "number 7"),
)
"""Programs, and what they print."""


def one_out(pattern: str, instead: str) -> Callable[[str], str]:
    """A function that changes the first match in a program, line by line."""
    return lambda program: re.sub(pattern, instead, program, count=1, flags=re.MULTILINE)


BREAKS: dict[str, Callable[[str], str]] = {
    "colon": one_out(r":$", ""),
    "bracket": one_out(r"\)\)$", ")"),
    "quote": one_out(r" ' \+", " +"),
    "indent": one_out(r"^    ", ""),
    "import": one_out(r"^import math\n", ""),
    "convert": one_out(r"str\((\w+)\)", r"\1"),
    "spelling": one_out(r"str\((\w+)\w\)", r"str(\1)"),
}
"""How a program is broken; each is named after what mends it."""


@dataclass(frozen=True)
class Broken:
    """A program that fails, the name of what mends it, and what it prints when it works."""

    program: str
    kind: str
    prints: str


def broken(first: int = 0, last: int = len(WORKING)) -> list[Broken]:
    """The programs from ``first`` to before ``last``, each broken in all seven ways."""
    within(0, len(WORKING), first=first, last=last)
    return [
        Broken(change(program), kind, prints)
        for program, prints in WORKING[first:last]
        for kind, change in BREAKS.items()
    ]
