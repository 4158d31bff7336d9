"""An agent that makes its own tools: it writes functions, a test decides which are kept, and kept ones are used again.

After Cai et al. 2023, "Large language models as tool makers", arXiv 2305.17126. What a model wrote runs in the sandbox
only. The right answers stay outside of it: a function sees questions, and its answers are compared here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jielong.agents.chat.messages import Message, few_shot
from jielong.agents.tools.sandbox import run
from jielong.pretrained.minilm import Embed, nearest
from jielong.tokenizer import well_formed

Call = tuple[Sequence[str], Any]
"""Names of functions, each applied to what the one before returned, and what the first is given."""
HARNESS = """
import json
for names, x in json.loads({calls!r}):
    try:
        for name in names:
            x = globals()[name](x)
        print(json.dumps(repr(x)))
    except Exception as error:
        print(json.dumps("error: " + type(error).__name__))
"""


def source(name: str, body: str) -> str:
    return well_formed(f"def {name}(x):\n    {body}\n")


def outcomes(functions: Mapping[str, str], calls: Sequence[Call], seconds: int = 2) -> list[str]:
    """What each call returns, written as Python writes it; or the kind of its error.

    functions: names and bodies. A function that cannot be compiled takes itself out only. All run in one process.
    """
    good = "".join(source(name, body) for name, body in functions.items() if compiles(source(name, body)))
    result = run(good + HARNESS.format(calls=json.dumps(list(calls))), seconds=seconds)
    lines = [line for line in result.output.split("\n") if line] if result.ended == "done" else []
    return [read(line) for line in lines] if len(lines) == len(calls) else [f"error: {result.ended}"] * len(calls)


def read(line: str) -> str:
    try:
        return well_formed(str(json.loads(line)))
    except ValueError:  # the function itself has printed something
        return "error: printed"


def compiles(code: str) -> bool:
    """Whether it is Python. Compiling runs nothing."""
    try:
        compile(code, "<tool>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def passes(name: str, body: str, tests: Sequence[tuple[Any, Any]]) -> bool:
    """Whether the function gives the right answer to every question. It has a process to itself."""
    calls = [([name], given) for given, _ in tests]
    return outcomes({name: body}, calls) == [repr(wanted) for _, wanted in tests]


def header(name: str, manual: str) -> str:
    return f'def {name}(x):\n    """{manual}"""'


def request(name: str, manual: str, examples: Sequence[tuple[str, str, str]]) -> list[Message]:
    """The conversation that asks for a function's body. examples: names, manuals and bodies of others."""
    return few_shot([(header(*known), body) for *known, body in examples], header(name, manual))


class Library:
    """Functions that were kept, found by what is asked for."""

    def __init__(self, embed: Embed):
        self.embed = embed
        self.bodies: dict[str, str] = {}
        self.manuals: dict[str, str] = {}

    def keep(self, name: str, manual: str, body: str) -> None:
        self.bodies[name], self.manuals[name] = body, manual

    def find(self, wants: Sequence[str]) -> list[str]:
        """For each wish, the function whose name and manual are nearest. Raises ValueError while it is empty."""
        if not self.bodies:
            raise ValueError("the library is empty")
        names = list(self.manuals)
        shelf = self.embed([f"{name}: {manual}" for name, manual in self.manuals.items()])
        return [names[nearest(shelf, want, 1)[0]] for want in self.embed(list(wants))]
