"""Relations that a small model knows: of each a prompt, and subjects of one token with their objects."""

from __future__ import annotations

import random
from typing import NamedTuple

from jielong.toys.facts import REAL
from jielong.toys.words import paired

PLURALS = """
dog dogs cat cats car cars house houses tree trees book books child children man men woman women mouse mice foot feet
leaf leaves knife knives box boxes fox foxes bus buses city cities baby babies lady ladies party parties country
countries berry berries watch watches dish dishes wish wishes church churches horse horses king kings girl girls boy
boys farm farms road roads
"""
OPPOSITES = """
hot cold big small good bad fast slow high low happy sad new old rich poor strong weak hard soft light dark early late
full empty open closed long short thick thin wet dry clean dirty right wrong up down day night true false safe
dangerous near far deep shallow smooth rough wide narrow loud quiet sweet bitter young old
"""


class Relation(NamedTuple):
    """``template`` with {} for the subject goes on with the object; pairs: {subject: object}."""

    template: str
    pairs: dict[str, str]

    def mixed(self, seed: int = 0) -> list[tuple[str, str]]:
        """The pairs in an order drawn by lot."""
        return random.Random(seed).sample(list(self.pairs.items()), len(self.pairs))


RELATIONS = {
    "plural": Relation("\nThe plural of {} is", paired(PLURALS)),
    "opposite": Relation("\nThe opposite of {} is", paired(OPPOSITES)),
    "capital": Relation("\nThe capital of {} is", REAL),
}
