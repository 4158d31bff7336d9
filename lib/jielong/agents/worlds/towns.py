"""Worlds with gymnasium's interface: ``reset() -> (seen, info)``, ``step(move) -> (seen, reward, terminated, truncated,
info)``.

    Town     blocks with doors between them. The map says that they are open, and they open and close while one walks.
    Castle   every room is entered by doing something, and some of these things can't be undone.

A walker starts at the top left and wants to the bottom right. The reward is 1 on arrival and 0 before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Dict, Discrete, MultiBinary, MultiDiscrete

from jielong.agents.worlds.grid import Cell, ahead, distances, inside
from jielong.arguments import at_least, filled, within

Seen = dict[str, np.ndarray]
Move = int | np.integer
Step = tuple[Seen, float, bool, bool, dict[str, Any]]


class Walk(gymnasium.Env[Any, Move]):
    """What the worlds share: a square of cells, four moves, a limit of steps.

    Seen: ``place``, row and column; ``open``, for each of the four moves whether one could go there now.
    """

    def __init__(self, size: int, limit: int):
        at_least(1, size=size, limit=limit)
        self.size, self.limit = size, limit
        self.start, self.goal = (0, 0), (size - 1, size - 1)
        self.action_space = Discrete(4)
        self.observation_space = Dict({"place": MultiDiscrete([size, size]), "open": MultiBinary(4)})
        self.place, self.steps = self.start, 0

    def free(self, cell: Cell) -> bool:
        """Whether one can go there now."""
        return inside(cell, self.size)

    def seen(self) -> Seen:
        doors = [self.free(ahead(self.place, move)) for move in range(4)]
        return {"place": np.array(self.place), "open": np.array(doors, np.int8)}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Seen, dict[str, Any]]:
        at_least(0, seed=seed or 0)
        super().reset(seed=seed)
        self.place, self.steps = self.start, 0
        return self.seen(), {}

    def step(self, move: Move) -> Step:
        """Go, or run into a wall; either takes a step."""
        self.steps += 1
        if self.free(ahead(self.place, move)):
            self.place = ahead(self.place, move)
        arrived = self.place == self.goal
        return self.seen(), float(arrived), arrived, self.steps >= self.limit, {}


class Town(Walk):
    """walls: (size, size), True where the map has a wall; doors, likewise, which on the map are open. In the world a
    door is closed with probability ``surprise``, and at each step each is drawn anew with probability ``change``."""

    def __init__(
        self, walls: np.ndarray, doors: np.ndarray, surprise: float = 0.0, change: float = 0.02, limit: int = 60
    ):
        within(0, 1, surprise=surprise, change=change)
        check_square(walls=walls, doors=doors)
        super().__init__(len(walls), limit)
        self.walls, self.doors = walls.astype(bool), doors.astype(bool)
        self.surprise, self.change = surprise, change
        self.closed = np.zeros_like(self.walls)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Seen, dict[str, Any]]:
        super().reset(seed=seed)
        self.closed = self.doors & (self.np_random.random(self.doors.shape) < self.surprise)
        return self.seen(), {}

    def free(self, cell: Cell) -> bool:
        return super().free(cell) and not self.walls[cell] and not self.closed[cell]

    def step(self, move: Move) -> Step:
        _, reward, arrived, late, info = super().step(move)
        drawn = self.doors & (self.np_random.random(self.doors.shape) < self.change)
        self.closed[drawn] = (self.np_random.random(self.doors.shape) < self.surprise)[drawn]
        self.closed[self.place] = False  # nobody closes a door on a walker
        return self.seen(), reward, arrived, late, info


class Castle(Walk):
    """looks: (size, size), the number of what one has to do to enter each room, which anybody can see. deadly: the
    numbers after which there is no way back. Nobody knows them who has not been told.

    rope: whoever falls is pulled back to the start, and has lost no more than the steps.
    """

    def __init__(self, looks: np.ndarray, deadly: frozenset[int], rope: bool = False, limit: int = 1000):
        check_square(looks=looks)
        super().__init__(len(looks), limit)
        self.looks, self.deadly, self.rope = looks, deadly, rope

    def trap(self, cell: Cell) -> bool:
        if not inside(cell, self.size):
            raise ValueError(f"cell={cell} is not in the castle")
        return int(self.looks[cell]) in self.deadly

    def step(self, move: Move) -> Step:
        seen, reward, over, late, info = super().step(move)
        fell = self.trap(self.place)
        info = {"fell": fell}
        if fell and self.rope:
            self.place = self.start
            seen = self.seen()
        return seen, reward, over or (fell and not self.rope), late, info


def check_square(**maps: np.ndarray) -> None:
    """Raise ValueError where a map is not square, or is empty."""
    for name, cells in maps.items():
        if cells.ndim != 2 or len({0, *cells.shape}) != 2:
            raise ValueError(f"{name} must be a square of cells; its shape is {cells.shape}")


def town(seed: int, rooms: int = 4, bricked: float = 0.15, **options: Any) -> Town:
    """A town of rooms x rooms blocks of two by two cells, with a door between neighbours, but for a share that is
    bricked up, on the map too. The map has a way from the start to the goal. options: `Town`'s. Raises ValueError where
    a thousand such maps have none."""
    at_least(1, rooms=rooms)
    at_least(0, seed=seed)
    within(0, 1, bricked=bricked)
    generator = np.random.default_rng(seed)
    size, lines = 3 * rooms - 1, np.arange(2, 3 * rooms - 1, 3)
    for _ in range(1000):
        walls, doors = np.zeros((2, size, size), bool)
        walls[lines], walls[:, lines] = True, True
        for line in lines:
            for block in range(0, size, 3):
                if generator.random() >= bricked:
                    doors[line, block + generator.integers(2)] = True
                if generator.random() >= bricked:
                    doors[block + generator.integers(2), line] = True
        if has_way(~walls | doors):
            return Town(walls & ~doors, doors, **options)
    raise ValueError(f"bricked={bricked}: of a thousand towns none has a way")


def castle(seed: int, names: int, deadly: frozenset[int], traps: float = 0.25, size: int = 8, **options: Any) -> Castle:
    """A castle with a way past the traps, right and down only. names: how many different things there are to do; traps:
    the share of rooms which are entered by one of the ``deadly``. options: `Castle`'s. Raises ValueError where a
    thousand castles have no way, and where all there is to do is deadly."""
    at_least(1, names=names, size=size)
    at_least(0, seed=seed)
    within(0, 1, traps=traps)
    generator = np.random.default_rng(seed)
    bad = np.array(sorted(deadly), int)
    good = np.array([look for look in range(names) if look not in deadly])
    filled(**{"names without the deadly": good})
    for _ in range(1000):
        trap = (generator.random((size, size)) < traps) & bool(len(bad))
        trap[0, 0] = trap[-1, -1] = False
        if has_way(~trap, moves=(1, 2)):
            looks = np.where(
                trap, generator.choice(bad, trap.shape) if len(bad) else 0, generator.choice(good, trap.shape)
            )
            return Castle(looks, deadly, **options)
    raise ValueError(f"traps={traps}: of a thousand castles none has a way")


def has_way(free: np.ndarray, moves: Sequence[int] = range(4)) -> bool:
    """Whether the free cells connect the first with the last."""
    check_square(free=free)
    goal = (len(free) - 1, len(free) - 1)
    return goal in distances((0, 0), lambda cell: around(cell, free, moves))


def around(cell: Cell, free: np.ndarray, moves: Sequence[int] = range(4)) -> Iterator[Cell]:
    """The free cells next to a cell."""
    for move in moves:
        there = ahead(cell, move)
        if inside(there, len(free)) and free[there]:
            yield there
