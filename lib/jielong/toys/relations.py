"""Relations that a small model knows: of each a prompt, and subjects of one token with their objects."""

from __future__ import annotations

import random
from typing import NamedTuple

from jielong.toys.facts import REAL

PLURALS = (
    "dog dogs cat cats car cars house houses tree trees book books child children man men woman women mouse mice "
    "foot feet leaf leaves knife knives box boxes fox foxes bus buses city cities baby babies lady ladies "
    "party parties country countries berry berries watch watches dish dishes wish wishes church churches horse horses "
    "king kings girl girls boy boys farm farms road roads"
)
PASTS = (
    "go went see saw take took make made give gave come came run ran eat ate write wrote speak spoke sing sang drive "
    "drove fall fell find found buy bought think thought bring brought teach taught build built send sent lose lost "
    "win won know knew grow grew tell told sell sold feel felt keep kept sleep slept meet met swim swam drink drank"
)
OPPOSITES = (
    "hot cold big small good bad fast slow high low happy sad new old rich poor strong weak hard soft light dark early "
    "late full empty open closed long short thick thin wet dry clean dirty right wrong up down day night true false "
    "safe dangerous near far deep shallow smooth rough wide narrow loud quiet sweet bitter young old"
)


ROWS = (
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "January February March April May June July August September October November December",
    "one two three four five six seven eight nine ten eleven twelve",
    "first second third fourth fifth sixth seventh eighth",
)


class Relation(NamedTuple):
    """``template`` with {} for the subject goes on with the object; pairs: {subject: object}."""

    template: str
    pairs: dict[str, str]

    def mixed(self, seed: int = 0) -> list[tuple[str, str]]:
        """The pairs in an order drawn by lot."""
        return random.Random(seed).sample(list(self.pairs.items()), len(self.pairs))


def paired(words: str) -> dict[str, str]:
    some = words.split()
    return dict(zip(some[::2], some[1::2], strict=True))


def followed(row: str) -> dict[str, str]:
    words = row.split()
    return dict(zip(words, words[1:], strict=False))


RELATIONS = {
    "plural": Relation("\nThe plural of {} is", paired(PLURALS)),
    "past": Relation("\nThe past tense of {} is", paired(PASTS)),
    "opposite": Relation("\nThe opposite of {} is", paired(OPPOSITES)),
    "capital": Relation("\nThe capital of {} is", REAL),
    "next": Relation("\nAfter {} comes", {word: after for row in ROWS for word, after in followed(row).items()}),
}
