"""Thinking with a budget: force a model to think for exactly so many tokens, think again, and let many chains vote.

``end`` and ``wait`` are tokens like any other. Whoever runs the loop can write one in the model's place: an early
``answer`` cuts the thinking short, a ``wait`` where the model would stop makes it go on (budget forcing,
Muennighoff et al. 2025, arXiv:2501.19393). Votes over sampled chains: Wang et al. 2022, arXiv:2203.11171.
"""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor

from jielong.model import LanguageModel
from jielong.sampling import generate


def think(
    model: LanguageModel,
    ids: Int[Tensor, "batch time"],
    budget: int,
    answer: int,
    *,
    dots: int | None = None,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> Int[Tensor, "batch longer"]:
    """Let the model think for exactly ``budget`` tokens, write ``answer`` for it, and take one token more: its answer.

    dots: a token to write ``budget`` times in the thoughts' place, the same length with nothing in it (a control).
    Returns all of it, (batch, time + budget + 2); the answers are the last column. The answer itself is not rolled.
    """
    if budget < 0:
        raise ValueError(f"budget={budget} must not be negative")
    if dots is not None:
        ids = torch.cat((ids, ids.new_full((len(ids), budget), dots)), 1)
    elif budget:
        ids = generate(model, ids, budget, temperature=temperature, generator=generator)
    return generate(model, say(ids, answer), 1)


def say(ids: Int[Tensor, "batch time"], word: int) -> Int[Tensor, "batch longer"]:
    """Write a word into every row, where the model would have stopped."""
    return torch.cat((ids, ids.new_full((len(ids), 1), word)), 1)


def majority(answers: Int[Tensor, "*batch voters"]) -> Int[Tensor, "*batch"]:
    """The most frequent answer of each row; of several equally frequent ones, the one that was given first."""
    if not answers.shape[-1]:
        raise ValueError("answers: nobody votes")
    votes = (answers[..., :, None] == answers[..., None, :]).sum(-1)
    return answers.gather(-1, votes.argmax(-1, keepdim=True))[..., 0]
