"""Two ways to learn to walk in the four rooms: by a reward, or by being told.

world = FourRooms(goal=(1, 1))
table = q_learn(world, steps=4000, seed=0)          knows the way to this goal, and nothing else
share_reached(world, follow(table))

embed = load_minilm(dtype=torch.float64)
policy = learn_by_words(embed(list(GOALS)), list(GOALS.values()))      a small network that hears where to go
share_reached(FourRooms((7, 7)), obey(policy, embed(["Go to the south-east corner of the office."])[0]))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from jielong.agents.worlds.four_rooms import FLOOR, FourRooms, Policy, ahead, distances
from jielong.agents.worlds.grid import Cell
from jielong.arguments import at_least, finite
from jielong.training import fit, seeded


def q_learn(
    world: FourRooms, steps: int, seed: int, table: Float[np.ndarray, "cells 4"] | None = None
) -> Float[np.ndarray, "cells 4"]:
    """What each move is worth in each cell, learned from the reward in ``steps`` steps (Watkins 1989).

    It tries a random move one time in five, discounts by 0.95 a step, and moves half the way to each new estimate.
    table: what was learned before, to go on from. Raises ValueError where that is no number.
    """
    at_least(0, steps=steps, seed=seed)
    if table is not None:
        finite(table=table)
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
    finite(table=table)
    return lambda here: int(table[here].argmax())


class Told(nn.Module):
    """A network from a cell and a text's point to the four moves' logits."""

    def __init__(self, width: int, hidden: int = 128):
        super().__init__()
        at_least(1, width=width, hidden=hidden)
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
    if len(points) != len(goals) or not len(goals):
        raise ValueError(f"goals: {len(goals)} for {len(points)} points; one for each")
    right = torch.stack([shortest_moves(goal) for goal in goals])  # (texts, cells, 4)
    generator = torch.Generator().manual_seed(seed)

    def batches() -> Iterable[tuple[Tensor, Tensor, Tensor]]:
        while True:
            texts = torch.randint(len(points), (128,), generator=generator, device=generator.device)
            places = torch.randint(len(FLOOR), (128,), generator=generator, device=generator.device)
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
    right = torch.tensor(nearer, device="cpu").double()
    return right / right.sum(1, keepdim=True)


@torch.inference_mode()
def obey(policy: Told, point: Float[Tensor, " width"]) -> Policy:
    """The policy of somebody who was told this."""
    finite(point=point)
    places = torch.arange(len(FLOOR), device=point.device)
    moves = policy(point.expand(len(FLOOR), -1), places).argmax(1).tolist()
    return lambda here: moves[here]
