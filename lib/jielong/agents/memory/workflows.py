"""Workflows: what a success had that the next errand of its kind will need again.

A finished run is made into a recipe: what belongs to this one errand becomes a blank, what remains is kept, and later
errands read it (Wang et al. 2024, "Agent Workflow Memory", arXiv 2409.07429).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.model import LanguageModel
from jielong.scoring import first_tokens
from jielong.tokenizer import Tokenizer

BLANK = "X"


class Run(NamedTuple):
    """A goal, and the actions that reached it."""

    goal: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return f"Goal: {self.goal}\nSteps: {', '.join(self.steps)}.\n"


def blanked(one: Sequence[str], two: Sequence[str]) -> list[str]:
    """What both have in common, and a blank wherever they differ. Raises ValueError for unequal lengths."""
    if len(one) != len(two):
        raise ValueError(f"one has {len(one)} words and two has {len(two)}; they must be as many")
    return [a if a == b else BLANK for a, b in zip(one, two, strict=True)]


def induce(one: Run, two: Run) -> Run:
    """What two runs have in common as a recipe, with a blank wherever they differ; for runs of equal lengths."""
    goal = " ".join(blanked(one.goal.rstrip(".").split(), two.goal.rstrip(".").split()))
    return Run(f"{goal}.", tuple(blanked(one.steps, two.steps)))


def alike(one: Run, two: Run) -> bool:
    """Whether two runs are of one kind: as many words and steps, and most steps the same."""
    same_size = len(one.steps) == len(two.steps) and len(one.goal.split()) == len(two.goal.split())
    return same_size and 2 * sum(a == b for a, b in zip(one.steps, two.steps, strict=True)) > len(one.steps)


def fill(recipe: Run, goal: str, menu: Sequence[str]) -> Run:
    """The recipe for a new goal: its blank gets the one of the goal's words that is on the menu."""
    own = [word for word in goal.rstrip(".").split() if word in menu]
    return Run(goal, tuple(own[0] if step == BLANK and own else step for step in recipe.steps))


@torch.no_grad()
def tries(
    model: LanguageModel, tokenizer: Tokenizer, menu: Sequence[str], runs: Sequence[Run], notes: Sequence[str]
) -> Float[Tensor, "runs steps"]:
    """How many actions an agent tries at each step of each errand, if it tries the likeliest first.

    runs: the errands as they end, all of one length; since what is refused changes nothing, every agent comes through
    the same states, and one pass over the whole run shows what it would have tried at each. What is done already is
    not tried again. notes: what the agent reads before each errand. Raises ValueError where two actions of the menu
    begin with one token, which would tell neither.
    """
    if not len(runs) == len(notes) > 0 or len({len(run.steps) for run in runs}) > 1:
        raise ValueError(f"runs: {len(runs)} for {len(notes)} notes; there must be one for each, all of one length")
    if strangers := sorted({step for run in runs for step in run.steps} - set(menu)):
        raise ValueError(f"runs: no menu has {strangers}")
    rows, places = zip(*(laid_out(tokenizer, run, note) for run, note in zip(runs, notes, strict=True)), strict=True)
    ids, padding = (part.to(model.device) for part in tokenizer.pad(rows))
    hidden, _ = model.hidden(ids, padding=padding)
    at = torch.tensor(places, device=model.device) + padding[:, None]
    logits = model.unembed(hidden.gather(1, at[..., None].expand(-1, -1, hidden.shape[-1])))
    first = dict(zip(menu, first_tokens(tokenizer, menu), strict=True))
    if twins := [word for word in first if list(first.values()).count(first[word]) > 1]:
        raise ValueError(f"menu: {twins} do not all begin with a token of their own")
    counts = torch.empty(at.shape, device=at.device)
    for i, run in enumerate(runs):
        for j, step in enumerate(run.steps):
            rivals = [first[word] for word in menu if word not in run.steps[: j + 1]]
            counts[i, j] = 1 + (logits[i, j, rivals] > logits[i, j, first[step]]).sum()
    return counts


def laid_out(tokenizer: Tokenizer, run: Run, note: str) -> tuple[list[int], list[int]]:
    """The whole run behind the note, as ids, and the places after which each step was to be said."""
    ids, places = tokenizer.encode(f"\n{note}Goal: {run.goal}\nSteps:"), []
    for step in run.steps:
        places.append(len(ids) - 1)
        ids = ids + tokenizer.encode(f" {step},")
    return ids, places
