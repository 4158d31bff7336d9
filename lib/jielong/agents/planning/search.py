"""Search: the cheapest way on a map, the best move in a game, and a walk through a tree of which one sees one page at a
time. Each says how much it looked at, because that is what pruning saves."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from jielong.agents.worlds import games
from jielong.arguments import at_least

Place = TypeVar("Place", bound=Hashable)
Node = tuple[str, ...]


def cheapest(
    start: Place,
    goal: Place,
    near: Callable[[Place], Iterable[Place]],
    cost: Callable[[Place], float] = lambda place: 1.0,
    left: Callable[[Place], float] = lambda place: 0.0,
) -> tuple[list[Place], int]:
    """The cheapest way from start to goal, both included ([] if there is none), and how many places were looked at.

    cost: of entering a place. left: a guess, never too high, of what is still to be paid from there; with it this is A*
    (Hart, Nilsson and Raphael 1968), without it Dijkstra's search.
    Raises ValueError for a cost below 0.
    """
    order = itertools.count()  # of two equally good ones, the earlier
    paid, came, done = {start: 0.0}, {start: start}, set[Place]()
    waiting = [(left(start), next(order), start)]
    while waiting:
        _, _, place = heapq.heappop(waiting)
        if place in done:
            continue
        done.add(place)
        if place == goal:
            return _back(came, goal), len(done)
        for there in near(place):
            step = cost(there)
            if not step >= 0:  # also true of nan
                raise ValueError(f"cost: {step} for {there}; it must not be negative")
            price = paid[place] + step
            if price < paid.get(there, math.inf):
                paid[there], came[there] = price, place
                heapq.heappush(waiting, (price + left(there), next(order), there))
    return [], len(done)


def _back(came: Mapping[Place, Place], goal: Place) -> list[Place]:
    way = [goal]
    while came[way[-1]] != way[-1]:
        way.append(came[way[-1]])
    return way[::-1]


def game_value(
    board: str,
    prune: bool = True,
    order: Callable[[str], Sequence[int]] = games.free,
    low: float = -math.inf,
    high: float = math.inf,
) -> tuple[float, int]:
    """What a board of tic-tac-toe is worth to X if both play well (1, 0, -1), and how many boards were looked at.

    prune: leave out moves that can't matter any more, because one of the two has found something better for himself
    elsewhere than what this board can still give him: X has ``low`` for sure, O has ``high``. The value stays the same
    (alpha-beta, Knuth and Moore 1975). order: in which moves are tried.
    """
    if games.over(board):
        return {"X": 1, None: 0, "O": -1}[games.winner(board)], 1
    mine = games.turn(board) == "X"
    best, looked = (-math.inf if mine else math.inf), 1
    for square in order(board):
        value, more = game_value(games.played(board, square), prune, order, low, high)
        looked += more
        best = max(best, value) if mine else min(best, value)
        low, high = (max(low, best), high) if mine else (low, min(high, best))
        if prune and low >= high:
            break
    return best, looked


@dataclass(frozen=True)
class Visit:
    """A search in a tree of pages: whether the page was found, and every page on which one stood, in order."""

    found: bool
    trail: list[Node]

    @property
    def clicks(self) -> int:
        """Links followed down, and steps back up."""
        return len(self.trail) - 1


def visit(
    links: Callable[[Node], Sequence[str]],
    wanted: Callable[[Node], bool],
    judge: Callable[[str], float] = lambda name: 0.0,
    keep: int | None = None,
    best_first: bool = False,
) -> Visit:
    """Look for a page, depth first, by following links and going back: every click is a real one.

    links: what a page links to. wanted: whether this is the page, which shows only there. judge: how promising a link
    is. keep: so many of a page's links, the most promising, are followed at all; the rest is pruned. best_first: follow
    the most promising first, else as they come. Koh et al. 2024 (arXiv 2407.01476) search real web sites with a
    language model as the judge.
    """
    at_least(0, keep=keep or 0)
    trail: list[Node] = [()]

    def look(page: Node) -> bool:
        if wanted(page):
            return True
        names = list(links(page))
        kept = sorted(names, key=judge, reverse=True)[:keep]
        for name in kept if best_first else [name for name in names if name in kept]:
            trail.append((*page, name))
            if look((*page, name)):
                return True
            trail.append(page)
        return False

    return Visit(look(()), trail)
