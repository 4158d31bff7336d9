"""A made-up warehouse: where things lie, which no model can know, and errands that need it, or a sum."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from jielong.agents.chat.messages import Message, Reply, ToolCall, few_shot
from jielong.arguments import at_least, within

Thing = Literal[
    "candles", "ropes", "lamps", "boots", "nails", "tents", "kettles", "mirrors", "brushes", "ladders", "blankets",
    "gloves",
]  # fmt: skip
THINGS: tuple[str, ...] = get_args(Thing)
SHELVES = dict(zip(THINGS, random.Random(0).sample(range(100, 1000), len(THINGS)), strict=True))
"""On which shelf each thing lies."""
FIND = ("Where are the {item}?", "Which shelf are the {item} on?", "Find the {item}.", "I need the {item}.")
SUMS = {
    "add": ("What is {a} plus {b}?", "Add {a} and {b}.", "How much is {a} + {b}?"),
    "multiply": ("What is {a} times {b}?", "Multiply {a} by {b}.", "How much is {a} * {b}?"),
}
SIGNS = {"add": "+", "multiply": "*"}


@dataclass(frozen=True)
class Errand:
    """A question, the call that answers it, and the answer."""

    question: str
    name: str
    arguments: dict[str, Any]
    answer: str

    @property
    def call(self) -> ToolCall:
        return ToolCall(id="1", name=self.name, arguments=self.arguments)

    @property
    def formula(self) -> str:
        """Of a sum: "3 * 4"."""
        return f"{self.arguments['a']} {SIGNS[self.name]} {self.arguments['b']}"

    @property
    def digits(self) -> int:
        """Of a sum: how many digits each of its numbers has."""
        return len(str(self.arguments["a"]))


def sums(count: int, digits: int, seed: int = 0) -> list[Errand]:
    """Sums of two numbers with that many digits: times and plus in turn, each worded by lot."""
    at_least(1, digits=digits)
    generator = random.Random(f"{seed} {digits}")
    return [one_sum(("multiply", "add")[k % 2], digits, generator) for k in range(count)]


def one_sum(name: str, digits: int, generator: random.Random) -> Errand:
    a, b = (generator.randrange(10 ** (digits - 1), 10**digits) for _ in range(2))
    answer = a + b if name == "add" else a * b
    return Errand(generator.choice(SUMS[name]).format(a=a, b=b), name, {"a": a, "b": b}, str(answer))


def finds(count: int, seed: int = 0) -> list[Errand]:
    """Things to be found, no thing twice. Raises ValueError for more than there are."""
    within(0, len(THINGS), count=count)
    generator = random.Random(seed)
    return [
        Errand(generator.choice(FIND).format(item=item), "find", {"item": item}, str(SHELVES[item]))
        for item in generator.sample(THINGS, count)
    ]


def worked(seed: int = 7) -> list[Errand]:
    """Four errands to show as examples: a thing, a product, a thing, a sum."""
    (times, plus), (first, second) = sums(2, 2, seed), finds(2, seed)
    return [first, times, second, plus]


def asked(errand: Errand, examples: Sequence[Errand] = ()) -> list[Message]:
    """The errand as a conversation, after examples of calls."""
    return few_shot([(example.question, example.call) for example in examples], errand.question)


def carried_out(reply: Reply, errand: Errand) -> bool:
    """Whether the reply is exactly the call that the errand needs."""
    calls = reply.message.calls
    return len(calls) == 1 and (calls[0].name, calls[0].arguments) == (errand.name, errand.arguments)
