"""A house with six desks. Each answers one kind of message, and its name says nothing about which.

So nobody can guess where a message belongs; one has to send some, and see which come back.
"""

from __future__ import annotations

import random
import tomllib
from importlib.resources import files
from typing import NamedTuple

from jielong.arguments import within

MESSAGES: dict[str, list[str]] = tomllib.loads((files(__package__) / "desks.toml").read_text(encoding="ascii"))
"""The messages that each desk answers."""
DESKS = list(MESSAGES)


class Letter(NamedTuple):
    """A message, and the desk that answers it."""

    text: str
    desk: str


def letters(each: int, seed: int) -> tuple[list[Letter], list[Letter]]:
    """One message for each desk, to begin with; and ``each`` more of every desk, at most 7, in the order they come."""
    within(0, min(map(len, MESSAGES.values())) - 1, each=each)
    generator = random.Random(seed)
    first, rest = [], []
    for desk, texts in MESSAGES.items():
        one, *others = generator.sample(texts, each + 1)
        first.append(Letter(one, desk))
        rest += [Letter(text, desk) for text in others]
    generator.shuffle(rest)
    return first, rest
