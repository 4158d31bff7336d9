"""Four rooms with a door in each inner wall, to learn to walk in; where to go is nowhere but in the reward.

    world = FourRooms(goal=(1, 1))
    share_reached(world, policy)        policy: from the number of a cell to a move

The rooms are those of Sutton, Precup and Singh 1999 ("Between MDPs and semi-MDPs"), a little smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsInt

import gymnasium

from jielong.agents.worlds import grid
from jielong.agents.worlds.grid import Cell
from jielong.arguments import at_least

PLAN = """\
#########
#   #   #
#       #
#   #   #
## ### ##
#   #   #
#       #
#   #   #
#########
""".splitlines()
"""Rows from north to south; # is wall."""
FLOOR: tuple[Cell, ...] = tuple((r, c) for r, row in enumerate(PLAN) for c, mark in enumerate(row) if mark == " ")
NUMBER = {cell: number for number, cell in enumerate(FLOOR)}
ROOMS = {"kitchen": (1, 1), "bathroom": (1, 5), "bedroom": (5, 1), "office": (5, 5)}
CORNERS = {"north-west": (0, 0), "north-east": (0, 2), "south-west": (2, 0), "south-east": (2, 2)}
GOALS: dict[str, Cell] = {
    f"Go to the {corner} corner of the {room}.": (row + down, column + right)
    for room, (row, column) in ROOMS.items()
    for corner, (down, right) in CORNERS.items()
}
"""Every corner of every room, as somebody would say it."""
LIMIT = 40
"""Steps of an episode; no way in these rooms takes half as many."""
Policy = Callable[[int], int]
"""From the number of a cell to a move."""


def ahead(cell: Cell, move: int) -> Cell:
    """Where a move leads; into a wall it leads nowhere."""
    there = grid.ahead(cell, move)
    return there if there in NUMBER else cell


def distances(goal: Cell) -> dict[Cell, int]:
    """Steps from every cell to the goal. Raises ValueError for a goal in a wall."""
    if goal not in NUMBER:
        raise ValueError(f"goal={goal} is not on the floor")
    return grid.distances(goal, lambda cell: (ahead(cell, move) for move in range(4)))


class FourRooms(gymnasium.Env[Any, Any]):
    """Observation: the number of the cell. Action: 0 to 3, north, east, south, west. Reward: 1 at the goal, then it is
    over; 0 everywhere else. What is to be reached is nowhere but in the reward. reset(options={"start": cell}) begins
    there, reset() anywhere but at the goal. Raises ValueError for a goal in a wall."""

    def __init__(self, goal: Cell):
        if goal not in NUMBER:
            raise ValueError(f"goal={goal} is not on the floor")
        self.goal = self.cell = goal
        self.observation_space = gymnasium.spaces.Discrete(len(FLOOR))
        self.action_space = gymnasium.spaces.Discrete(4)
        self.steps = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        at_least(0, seed=seed or 0)
        super().reset(seed=seed)
        start = (options or {}).get("start")
        if start not in (None, *FLOOR):
            raise ValueError(f"options: start={start} is not on the floor")
        others = [cell for cell in FLOOR if cell != self.goal]
        self.cell = start or others[int(self.np_random.integers(len(others)))]
        self.steps = 0
        return NUMBER[self.cell], {}

    def step(self, action: SupportsInt) -> tuple[int, float, bool, bool, dict[str, Any]]:
        self.cell = ahead(self.cell, int(action))
        self.steps += 1
        there = self.cell == self.goal
        return NUMBER[self.cell], float(there), there, self.steps >= LIMIT, {}


def walk(world: FourRooms, policy: Policy, start: Cell) -> list[Cell]:
    """The cells from the start on, until the goal or the limit."""
    here, _ = world.reset(options={"start": start})
    way, over = [start], False
    while not over:
        here, _, done, late, _ = world.step(policy(here))
        way.append(world.cell)
        over = done or late
    return way


def share_reached(world: FourRooms, policy: Policy) -> float:
    """From what share of all other cells the goal is reached."""
    starts = [cell for cell in FLOOR if cell != world.goal]
    return sum(walk(world, policy, start)[-1] == world.goal for start in starts) / len(starts)
