"""An office with rules of its own: four kinds of errands, each done by five actions in an order that nobody can guess.

The actions are one word each: something to do, or a person to ask. At each step exactly one of them is accepted; every
other one is refused and costs a step. The person is the one whom the goal names.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from jielong.arguments import within

VERBS = "weigh lock stamp scan print pack sign copy count paint wash burn".split()
PEOPLE = "Tom Anna Peter Maria David Emma Paul Julia".split()
MENU = VERBS + PEOPLE
THINGS = "lamp chair clock drum kite map ring boat".split()
RULES = {
    "Send a {} to {}.": "lock weigh {} burn stamp",
    "Order a {} for {}.": "wash {} count print paint",
    "Return the {} of {}.": "copy stamp wash {} pack",
    "Repair the {} of {}.": "{} scan lock sign weigh",
}


class Errand(NamedTuple):
    """What is to be done, the actions that do it, and which of the four kinds it is."""

    goal: str
    steps: tuple[str, ...]
    kind: int


def errands(each: int, seed: int) -> list[Errand]:
    """``each`` of every kind: one of every kind first, then one of every kind again, and so on, in any order."""
    within(0, len(THINGS), each=each)
    generator, made = random.Random(seed), []
    people = {rule: generator.sample(PEOPLE, len(PEOPLE)) for rule in RULES}
    things = {rule: generator.sample(THINGS, len(THINGS)) for rule in RULES}
    for turn in range(each):
        for kind, rule in generator.sample([*enumerate(RULES)], len(RULES)):
            thing, person = things[rule][turn], people[rule][turn]
            steps = tuple(step.format(person) for step in RULES[rule].split())
            made.append(Errand(rule.format(thing, person), steps, kind))
    return made
