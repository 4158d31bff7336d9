"""Small functions to be written, each with tests, and later tasks that need two of them, asked for in other words."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jielong.arguments import within

LISTS: tuple[Any, ...] = ([3, 9, 2], [1, 6])
WORDS: tuple[Any, ...] = ("tool", "ax")
NUMBERS: tuple[Any, ...] = (3, 10)


@dataclass(frozen=True)
class Chore:
    """A function: its name, its manual, the same in other words, what to try it on, and what is right."""

    name: str
    manual: str
    again: str
    inputs: tuple[Any, ...]
    right: Callable[[Any], Any]

    @property
    def tests(self) -> list[tuple[Any, Any]]:
        return [(given, self.right(given)) for given in self.inputs]


CHORES = (
    Chore("double", "two times x", "twice the number", NUMBERS, lambda x: 2 * x),
    Chore("square", "x times x", "the square of the number", NUMBERS, lambda x: x * x),
    Chore("add_ten", "x plus ten", "ten more than the number", NUMBERS, lambda x: x + 10),
    Chore("is_even", "whether x can be divided by two", "is the number even?", NUMBERS, lambda x: x % 2 == 0),
    Chore("largest", "the largest number of the list x", "the biggest number", LISTS, max),
    Chore("smallest", "the smallest number of the list x", "the least of the numbers", LISTS, min),
    Chore("total", "the sum of the list x", "all numbers added up", LISTS, sum),
    Chore("size", "the number of items of the list x", "how many there are", LISTS, len),
    Chore("first", "the first item of x", "what stands at the beginning", LISTS, lambda x: x[0]),
    Chore("last", "the last item of x", "what stands at the end", LISTS, lambda x: x[-1]),
    Chore("backwards", "x in reverse order", "turned around, in the opposite order", WORDS, lambda x: x[::-1]),
    Chore("shout", "the word x in capital letters", "the word in upper case", WORDS, lambda x: x.upper()),
)
EXAMPLES = (
    ("triple", "three times x", "return x * 3"),
    ("third", "the third item of x", "return x[2]"),
    ("quiet", "the word x in small letters", "return x.lower()"),
    ("count_a", "the number of letters a in x", 'return x.count("a")'),
)
"""Names, manuals and bodies, to be shown before a function is asked for."""


@dataclass(frozen=True)
class Errand:
    """A later task: first one thing, then another with what came out. Names of the two chores, and its tests."""

    steps: tuple[Chore, Chore]
    inputs: tuple[Any, ...]

    @property
    def wants(self) -> list[str]:
        return [step.again for step in self.steps]

    @property
    def answers(self) -> list[str]:
        first, second = self.steps
        return [repr(second.right(first.right(given))) for given in self.inputs]


def later(count: int, seed: int = 0) -> list[Errand]:
    """Tasks of two steps, no two alike; at most 28."""
    numbers, words = ([chore for chore in CHORES if chore.inputs is inputs] for inputs in (NUMBERS, WORDS))
    lists = [chore for chore in CHORES if chore.inputs is LISTS]
    ends = [chore for chore in CHORES if chore.name in ("first", "last")]
    made = [Errand((one, two), LISTS) for one in lists for two in numbers]
    made += [Errand((one, two), WORDS) for one in words for two in ends]
    within(0, len(made), count=count)
    return random.Random(seed).sample(made, count)
