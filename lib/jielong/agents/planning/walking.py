"""Ways to cross a town whose map may be wrong: with no plan, with one plan, and with a new plan after each surprise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from jielong.agents.planning.search import cheapest
from jielong.agents.worlds.grid import Cell, ahead, direction, inside
from jielong.agents.worlds.towns import Seen, Town, around


class NoPlan:
    """Goes to the open neighbour where it has been least often, so that it does not turn in circles for ever; of
    several such, to the one that lies nearest to the goal."""

    def __init__(self, walls: np.ndarray):
        self.goal = (len(walls) - 1, len(walls) - 1)
        self.been = np.zeros(walls.shape, int)

    def move(self, seen: Seen) -> int:
        here = cell_of(seen)
        self.been[here] += 1
        open_moves = [move for move in range(4) if seen["open"][move]]
        return min(open_moves, key=lambda move: self.dislike(ahead(here, move)), default=0)

    def dislike(self, cell: Cell) -> tuple[int, int]:
        return int(self.been[cell]), distance(cell, self.goal)


@dataclass
class Planner:
    """Plans the shortest way on its map and goes it.

    looks: writes what it sees around it into its map, and plans anew when its way is closed there. Without that it
    keeps to its plan, and waits at a closed door. plans: how often it has planned.
    """

    map: np.ndarray
    looks: bool = True
    plan: list[Cell] = field(default_factory=list)
    plans: int = 0

    def __post_init__(self) -> None:
        self.walls = self.map.copy()
        self.goal = (len(self.map) - 1, len(self.map) - 1)

    def move(self, seen: Seen) -> int:
        here = cell_of(seen)
        if self.looks:
            self.look(here, seen)
        while self.plan and self.plan[0] == here:
            self.plan.pop(0)
        if not self.plan or (self.looks and any(self.walls[cell] for cell in self.plan)):
            self.plan = self.way(here)
        return direction(here, self.plan[0])

    def look(self, here: Cell, seen: Seen) -> None:
        for move in range(4):
            cell = ahead(here, move)
            if inside(cell, len(self.walls)):
                self.walls[cell] = not seen["open"][move]

    def way(self, here: Cell) -> list[Cell]:
        """A new plan. If by all that it has seen there is no way, what it saw may have changed: back to the map."""
        self.plans += 1
        for walls in (self.walls, self.map):
            way, _ = shortest(here, self.goal, ~walls)
            if way:
                self.walls = walls.copy()
                return way[1:]
        raise ValueError("the map has no way to the goal")


def shortest(start: Cell, goal: Cell, free: np.ndarray) -> tuple[list[Cell], int]:
    """The shortest way on a map, by A*: as the crow flies is never too far."""
    return cheapest(start, goal, lambda cell: around(cell, free), left=lambda cell: distance(cell, goal))


def distance(a: Cell, b: Cell) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def cell_of(seen: Seen) -> Cell:
    return int(seen["place"][0]), int(seen["place"][1])


def walk(
    town: Town, walker: NoPlan | Planner, seed: int = 0, tell: Callable[[Town], object] = lambda town: None
) -> tuple[bool, list[Cell]]:
    """Whether the walker arrives within the town's limit of steps, and every cell on which it stood.

    tell: is shown the town at the beginning and after each step.
    """
    seen, _ = town.reset(seed=seed)
    trail = [cell_of(seen)]
    tell(town)
    while True:
        seen, _, arrived, late, _ = town.step(walker.move(seen))
        trail.append(cell_of(seen))
        tell(town)
        if arrived or late:
            return arrived, trail
