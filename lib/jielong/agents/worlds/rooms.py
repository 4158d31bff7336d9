"""Four rooms with a door in each inner wall, and two ways to learn to walk there: by a reward, or by being told.

    world = FourRooms(goal=(1, 1))
    table = q_learn(world, steps=4000, seed=0)          knows the way to this goal, and nothing else
    share_reached(world, follow(table))

    embed = load_minilm(dtype=torch.float64)
    policy = learn_by_words(embed(list(GOALS)), list(GOALS.values()))      a small network that hears where to go
    share_reached(FourRooms((7, 7)), obey(policy, embed(["Go to the south-east corner of the office."])[0]))

The rooms are those of Sutton, Precup and Singh 1999 ("Between MDPs and semi-MDPs"), a little smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, SupportsInt

import gymnasium
import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from jielong.agents.worlds import grid
from jielong.agents.worlds.grid import Cell
from jielong.training import fit, seeded

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
    """Steps from every cell to the goal."""
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
        super().reset(seed=seed)
        others = [cell for cell in FLOOR if cell != self.goal]
        self.cell = (options or {}).get("start") or others[int(self.np_random.integers(len(others)))]
        self.steps = 0
        return NUMBER[self.cell], {}

    def step(self, action: SupportsInt) -> tuple[int, float, bool, bool, dict[str, Any]]:
        self.cell = ahead(self.cell, int(action))
        self.steps += 1
        there = self.cell == self.goal
        return NUMBER[self.cell], float(there), there, self.steps >= LIMIT, {}


def q_learn(
    world: FourRooms, steps: int, seed: int, table: Float[np.ndarray, "cells 4"] | None = None
) -> Float[np.ndarray, "cells 4"]:
    """What each move is worth in each cell, learned from the reward in ``steps`` steps (Watkins 1989).

    It tries a random move one time in five, discounts by 0.95 a step, and moves half the way to each new estimate.
    table: what was learned before, to go on from.
    """
    generator = np.random.default_rng(seed)
    values = np.zeros((len(FLOOR), 4)) if table is None else table.copy()
    here, _ = world.reset(seed=seed)
    for _ in range(steps):
        best = np.flatnonzero(values[here] == values[here].max())
        move = int(generator.integers(4)) if generator.random() < 0.2 else int(generator.choice(best))
        there, reward, done, late, _ = world.step(move)
        target = reward + (0 if done else 0.95 * values[there].max())
        values[here, move] += 0.5 * (target - values[here, move])
        here = world.reset()[0] if done or late else there
    return values


def follow(table: Float[np.ndarray, "cells 4"]) -> Policy:
    return lambda here: int(table[here].argmax())


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


class Told(nn.Module):
    """A network from a cell and a text's point to the four moves' logits."""

    def __init__(self, width: int, hidden: int = 128):
        super().__init__()
        self.text = nn.Linear(width, hidden)
        self.place = nn.Embedding(len(FLOOR), hidden)
        self.rest = nn.Sequential(nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, 4))

    def forward(
        self, points: Float[Tensor, "batch width"], places: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch moves"]:
        return self.rest(self.text(points) + self.place(places))


def learn_by_words(
    points: Float[Tensor, "texts width"], goals: Sequence[Cell], *, steps: int = 500, seed: int = 0
) -> Told:
    """A policy that was shown, for each text, every shortest way to the goal that the text means.

    points: in float64, as all that is learned from (see `jielong.training`).
    """
    right = torch.stack([shortest_moves(goal) for goal in goals])  # (texts, cells, 4)
    generator = torch.Generator().manual_seed(seed)

    def batches() -> Iterable[tuple[Tensor, Tensor, Tensor]]:
        while True:
            texts = torch.randint(len(points), (128,), generator=generator)
            places = torch.randint(len(FLOOR), (128,), generator=generator)
            yield points[texts], places, right[texts, places]

    policy = seeded(lambda: Told(points.shape[1]), seed)
    fit(policy, batches(), steps=steps, lr=3e-3, loss=imitation_loss, weight_decay=0.1)
    return policy


def imitation_loss(policy: Told, points: Tensor, places: Tensor, right: Tensor) -> Tensor:
    """Cross-entropy, in nats, of moving as the shortest ways do (where two moves are right, half of each)."""
    return nn.functional.cross_entropy(policy(points, places), right)


def shortest_moves(goal: Cell) -> Float[Tensor, "cells 4"]:
    """For each cell, one over the right moves, shared among them; at the goal, all are as right."""
    far = distances(goal)
    nearer = [[far[ahead(cell, move)] < far[cell] or cell == goal for move in range(4)] for cell in FLOOR]
    right = torch.tensor(nearer).double()
    return right / right.sum(1, keepdim=True)


@torch.inference_mode()
def obey(policy: Told, point: Float[Tensor, " width"]) -> Policy:
    """The policy of somebody who was told this."""
    places = torch.arange(len(FLOOR))
    moves = policy(point.expand(len(FLOOR), -1), places).argmax(1).tolist()
    return lambda here: moves[here]
