"""A memory's contents: facts about countries that exist nowhere, lost among the small events of every day.

    facts = invent(seed=0)          30 facts: three things of each of 10 countries
    days = events(1000, seed=0)     1000 records such as "Mira lost a red umbrella in Kestria."
    homes = lodgers(seed=0)         who lives with whom, and where those live: questions that need two records

Nothing here can be known from elsewhere, so what a model answers right it has read.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from jielong.arguments import filled, indices, within
from jielong.toys.facts import INVENTED, WORDS

COUNTRIES = INVENTED[:10]
ASPECTS = {
    "The capital of {} is": ("What is the capital of {}?", "Where does the government of {} sit?"),
    "The longest river of {} is called": (
        "How is the longest river of {} called?",
        "What flows through {} to the sea?",
    ),
    "The money of {} is called": ("How is the money of {} called?", "What do people pay with in {}?"),
}
"""The beginning of a fact; the question in the same words, and in others."""
PEOPLE = """
Mira Tomas Ines Oskar Lena Pavel Nadia Hugo Clara Felix Rosa Anton Greta Viktor Paula Emil Sofia Bruno Marta Leon
""".split()
HOSTS = """
Walter Agnes Dora Igor Helga Otto Selma Ruben Alma Kurt Irma Jonas Elsa Simon Wanda Boris Edith Marco Vera Peter
""".split()
DEEDS = "lost found bought sold painted repaired hid borrowed".split()
LOOKS = """\
a red
a blue
an old
a new
a small
a wooden
a heavy
a broken
""".splitlines()
THINGS = """
umbrella bicycle kite lamp violin ladder teapot suitcase clock chair drum boat hammer blanket scarf ring map candle
basket mirror
""".split()
LISTS = (PEOPLE, DEEDS, LOOKS, THINGS, COUNTRIES)


class Fact(NamedTuple):
    """A record; the question it answers, in its own words and in others; how an answer begins; and the answer."""

    text: str
    question: str
    asked: str
    opening: str
    answer: str

    @property
    def kind(self) -> str:
        """What it tells of its country: "capital", "longest" river, or "money"."""
        return self.opening.split()[1]


class Lodger(NamedTuple):
    """Two records, and what follows from them about a person whom only the first one names."""

    person: str
    lives: str
    host: str
    country: str


def invent(seed: int) -> list[Fact]:
    """Three facts about each of 10 countries, in any order; the answers are everyday words of one token."""
    generator = random.Random(seed)
    facts = []
    for opening, (question, asked) in ASPECTS.items():
        for country, word in zip(COUNTRIES, generator.sample(WORDS, len(COUNTRIES)), strict=True):
            start = opening.format(country)
            facts.append(Fact(f"{start} {word}.", question.format(country), asked.format(country), start, word))
    generator.shuffle(facts)
    return facts


def parts(count: int, seed: int) -> list[list[int]]:
    """What ``count`` events are made of, as places in `LISTS`: who, did what, how it looked, which thing, where.

    All are different. Raises ValueError beyond 256,000.
    """
    made, most = [], math.prod(map(len, LISTS))
    within(0, most, count=count)
    for number in random.Random(seed).sample(range(most), count):
        chosen = []
        for one in LISTS:
            number, place = divmod(number, len(one))
            chosen.append(place)
        made.append(chosen)
    return made


def check(made: Sequence[Sequence[int]]) -> None:
    """Raise ValueError where these are not places in `LISTS`."""
    for one in made:
        if len(one) != len(LISTS):
            raise ValueError(f"made: {list(one)} must be {len(LISTS)} places")
        for place, words in zip(one, LISTS, strict=True):
            indices(len(words), made=place)


def event(made: Sequence[int]) -> str:
    """The event in words. Raises ValueError for a place that is not in `LISTS`."""
    check([made])
    who, did, look, thing, where = (one[place] for one, place in zip(LISTS, made, strict=True))
    return f"{who} {did} {look} {thing} in {where}."


def events(count: int, seed: int) -> list[str]:
    """``count`` different small events of every day."""
    return [event(made) for made in parts(count, seed)]


def lodgers(seed: int) -> list[Lodger]:
    """Twenty people, each at somebody else's home."""
    generator = random.Random(seed)
    hosts = generator.sample(HOSTS, len(HOSTS))
    homes = [generator.choice(COUNTRIES) for _ in hosts]
    told = zip(PEOPLE, hosts, homes, strict=True)
    return [Lodger(who, f"{who} lives with {host}.", f"{host} lives in {where}.", where) for who, host, where in told]


def switches(made: Sequence[Sequence[int]]) -> Float[Tensor, "events words"]:
    """One column for each word of `LISTS` and one that is always 1: which of them an event has."""
    filled(made=made)
    check(made)
    starts = [sum(map(len, LISTS[:i])) for i in range(len(LISTS))]
    total = sum(map(len, LISTS))
    table = torch.zeros(len(made), total + 1, device="cpu")
    table.scatter_(1, torch.tensor(made, device="cpu") + torch.tensor(starts, device="cpu"), 1.0)
    table[:, -1] = 1.0
    return table


def composed(
    points: Float[Tensor, "some width"], made: Sequence[Sequence[int]], more: Sequence[Sequence[int]], seed: int
) -> Float[Tensor, "more width"]:
    """Points of further events, from those of ``made``: cheap stand-ins for reading a hundred thousand texts.

    Each word's share in a point is fitted by least squares (a ridge of 0.1); a new point is the sum of its words'
    shares and of what that sum leaves over at some event of ``made``, drawn by the die; its length is one.
    """
    if len(points) != len(made):
        raise ValueError(f"points: {len(points)} for {len(made)} events")
    known = switches(made).double()  # a fit blows up rounding; in float64 there is next to none
    ridge = 0.1 * torch.eye(known.shape[1], dtype=known.dtype, device=known.device)
    shares = torch.linalg.solve(known.T @ known + ridge, known.T @ points.double()).to(points.dtype)
    rest = points - switches(made) @ shares
    drawn = torch.randint(len(rest), (len(more),), generator=torch.Generator().manual_seed(seed), device="cpu")
    return F.normalize(switches(more) @ shares + rest[drawn], dim=-1)
