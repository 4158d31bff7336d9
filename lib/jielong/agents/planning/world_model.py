"""A world model: what comes of doing what, learned from experience or told by somebody; and ways to use it.

    model = Dangers.told([0.5] * 48)            knows nothing
    model = lived(castle, n=100, seed=0)        has seen what came of a hundred things
    way = imagine(castle, model)                searches in the model, moves nothing
    perform(castle, way)                        and now for real

Search in a model instead of in the world: Gu et al. 2024, "Is your LLM secretly a world model of the internet?" (arXiv
2411.06559).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from jielong.agents.planning.search import cheapest
from jielong.agents.worlds.grid import Cell, direction, inside
from jielong.agents.worlds.towns import Castle, around
from jielong.arguments import above, at_least, filled, indices, within

STEP = 2.0**-10
"""What a step costs beside its danger, so that of two equally safe ways the shorter is taken."""
GRAIN = 2.0**-30
"""Risks are multiples of it. So their sums are exact, and equal ways are equal, whatever comes first on them."""
DOUBT = 0.1
"""How many experiences the expectation before the first experience is worth."""


@dataclass
class Dangers:
    """For each thing one can do, how often it was tried and how often there was no way back; ``expected`` before."""

    tried: np.ndarray
    fell: np.ndarray
    expected: np.ndarray

    @classmethod
    def told(cls, expected: ArrayLike) -> Dangers:
        """A model with nothing but hearsay. Raises ValueError for what are no probabilities."""
        before = np.asarray(expected, dtype=float)
        if not ((before >= 0) & (before <= 1)).all():
            raise ValueError(f"expected must be from 0 to 1; it is {before}")
        return cls(np.zeros_like(before), np.zeros_like(before), before)

    def learn(self, look: int, fell: bool) -> None:
        indices(len(self.tried), look=look)
        self.tried[look] += 1
        self.fell[look] += fell

    def danger(self) -> np.ndarray:
        """The probability, for each thing, that there is no way back."""
        return (self.fell + DOUBT * self.expected) / (self.tried + DOUBT)

    def risk(self) -> np.ndarray:
        """For each thing, minus the logarithm of the probability to come through: what adds up on the way."""
        return np.round(-np.log1p(-np.minimum(self.danger(), 0.999)) / GRAIN) * GRAIN


def lived(names: int, deadly: frozenset[int], experiences: int, seed: int, expected: float = 0.25) -> Dangers:
    """A model that has seen what came of so many things, drawn by lot."""
    at_least(1, names=names)
    at_least(0, experiences=experiences, seed=seed)
    within(0, 1, expected=expected)
    drawn = np.random.default_rng(seed).integers(names, size=experiences)
    tried = np.bincount(drawn, minlength=names).astype(float)
    return Dangers(tried, tried * np.isin(np.arange(names), list(deadly)), np.full(names, expected))


def imagine(castle: Castle, model: Dangers) -> list[Cell]:
    """The way that the model takes for the safest, found without a step."""
    price = STEP + model.risk()[castle.looks]
    price[castle.goal] = STEP
    free = np.ones_like(price, bool)
    way, _ = cheapest(castle.start, castle.goal, lambda cell: around(cell, free), cost=lambda cell: float(price[cell]))
    return way


def perform(castle: Castle, way: Sequence[Cell], model: Dangers | None = None) -> tuple[bool, list[Cell]]:
    """Go the way for real: whether one arrives, and how far one came. The model, if given, learns from every step.

    Raises ValueError for a way of no step, and for one that leaps, begins elsewhere or leaves the castle.
    """
    filled(way=way[1:])
    if way[0] != castle.start or not all(inside(cell, castle.size) for cell in way):
        raise ValueError(f"way must begin at {castle.start} and stay in the castle; it is {list(way)}")
    castle.reset()
    for steps, (here, there) in enumerate(zip(way, way[1:], strict=False), 2):
        _, reward, *_, info = castle.step(direction(here, there))
        if model is not None and there != castle.goal:
            model.learn(int(castle.looks[there]), info["fell"])
        if info["fell"]:
            return False, list(way[:steps])
    return bool(reward), list(way)


def try_out(castle: Castle, model: Dangers, tries: int) -> tuple[bool, int]:
    """Search in the world itself: go, and after a fall learn and go again, if there still is somebody to go.

    Returns whether it arrived, and how many walks it took.
    """
    at_least(1, tries=tries)
    for walks in range(1, tries + 1):
        arrived, _ = perform(castle, imagine(castle, model), model)
        if arrived or not castle.rope:
            return arrived, walks
    return False, tries


def stroll(castle: Castle, generator: np.random.Generator) -> list[Cell]:
    """A way drawn by lot among the shortest ones: right and down in any order."""
    row, column = castle.start
    way = [castle.start]
    for down in (generator.permutation(2 * castle.size - 2) < castle.size - 1).tolist():
        row, column = (row + 1, column) if down else (row, column + 1)
        way.append((row, column))
    return way


def safety(castle: Castle, model: Dangers) -> Callable[[Sequence[Cell]], float]:
    """The model's opinion of ways: the logarithm of the probability to come through."""
    table = model.risk()[castle.looks].tolist()
    return lambda way: -sum(table[row][column] for row, column in way[1:-1])


@dataclass(frozen=True)
class Effort:
    """What there is to spend, and what a way costs to imagine and to go."""

    purse: int = 100
    thought: int = 1
    walk: int = 10


def spend(castle: Castle, model: Dangers, thoughts: int, seed: int, effort: Effort = Effort()) -> tuple[bool, int]:
    """Before each walk imagine so many ways, go the one that the model likes best, and learn from where one falls.

    thoughts=0: go the first that comes to mind. Returns whether it arrived before the purse was empty, and what it
    paid. Without a rope the first fall is the last.
    """
    at_least(0, thoughts=thoughts, seed=seed)
    generator, paid = np.random.default_rng(seed), 0
    price = thoughts * effort.thought + effort.walk
    above(0, **{"the price of effort": price})
    while paid + price <= effort.purse:
        paid += price
        ways = [stroll(castle, generator) for _ in range(max(1, thoughts))]
        arrived, _ = perform(castle, max(ways, key=safety(castle, model)), model)
        if arrived or not castle.rope:
            return arrived, paid
    return False, effort.purse
