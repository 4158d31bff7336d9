"""Preference tuning: people choose between two answers, and the model learns to write what they choose.

Direct preference optimization (DPO; Rafailov et al. 2023, arXiv:2305.18290) needs no reward model. For a prompt x with
a chosen answer y_w and a rejected answer y_l it minimises (their equation 7)

    - log sigmoid( beta * [ (log pi(y_w|x) - log pi(y_l|x)) - (log ref(y_w|x) - log ref(y_l|x)) ] )

where pi is the model in training and ref the same model before it. The gap to ref is the reward that the model has
learned, implicitly; beta says how dearly it pays for leaving ref.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from jielong.arguments import at_least, filled, finite, within
from jielong.model import LanguageModel
from jielong.sampling import generate
from jielong.scoring import answer_log_probability
from jielong.tokenizer import pad_right
from jielong.training import fit


class Preferences(NamedTuple):
    """Pairs of answers to the same prompts, the chosen one first. Each side: token ids, and True at the answer."""

    chosen: Int[Tensor, "pairs time"]
    chosen_answer: Bool[Tensor, "pairs time"]
    rejected: Int[Tensor, "pairs time"]
    rejected_answer: Bool[Tensor, "pairs time"]


def answer_mask(ids: Int[Tensor, "batch time"], start: int, end: int) -> Bool[Tensor, "batch time"]:
    """True from position ``start`` up to the first token ``end`` there, inclusive."""
    within(0, ids.shape[1], start=start)
    written = ids[:, start:]
    before = (written == end).cumsum(1) - (written == end).int()
    return torch.cat((torch.zeros_like(ids[:, :start], dtype=torch.bool), before == 0), 1)


def preference_loss(
    model: LanguageModel,
    pairs: Preferences,
    reference: Float[Tensor, " pairs"],
    beta: float,
    anchor: float = 0.0,
) -> Float[Tensor, ""]:
    """DPO's loss. reference: log ref(chosen) - log ref(rejected), from the model before training. anchor: weight of the
    chosen answers' own cross-entropy, in nats a token."""
    finite(reference=reference, beta=beta, anchor=anchor)
    chosen, rejected = log_probabilities(model, pairs)
    loss = -F.logsigmoid(beta * (chosen - rejected - reference)).mean()
    loss = loss - anchor * chosen.sum() / pairs.chosen_answer.sum()
    finite(**{f"the loss at beta={beta}, anchor={anchor}": loss.detach()})
    return loss


def log_probabilities(model: LanguageModel, pairs: Preferences) -> tuple[Tensor, Tensor]:
    """Log-probabilities, each (pairs,), of the chosen and of the rejected answers; in one pass."""
    ids = torch.cat((pairs.chosen, pairs.rejected))
    both = answer_log_probability(model, ids, torch.cat((pairs.chosen_answer, pairs.rejected_answer)))
    return both[: len(pairs.chosen)], both[len(pairs.chosen) :]


def compare(
    model: LanguageModel,
    prompts: Sequence[Int[Tensor, "_ _"]],
    score: Callable[[Int[Tensor, " longer"]], float],
    *,
    max_new: int,
    end: int,
    generator: torch.Generator,
) -> Preferences:
    """Let the model answer every prompt twice at temperature 1 and keep the pairs that a judge can tell apart.

    prompts: batches, each of prompts of one length. score: a judge's mark for one row of prompt and answer; of each two
    answers, the one with the higher mark is chosen. Raises ValueError where all pairs are ties.
    """
    pairs: list[tuple[Tensor, ...]] = []
    for batch in prompts:
        twice = generate(model, batch.repeat(2, 1), max_new, temperature=1.0, end=end, generator=generator)
        mask = answer_mask(twice, batch.shape[1], end)
        marks = [score(row) for row in twice]
        for k in range(len(batch)):
            better, worse = sorted((k, k + len(batch)), key=lambda row: -marks[row])
            if marks[better] != marks[worse]:
                pairs.append((twice[better], mask[better], twice[worse], mask[worse]))
    if not pairs:
        raise ValueError("score: the judge gave both answers the same mark for every prompt")
    chosen, chosen_answer, rejected, rejected_answer = zip(*pairs, strict=True)
    return Preferences(*pad_right(chosen, end, chosen_answer), *pad_right(rejected, end, rejected_answer))


def half_swapped(pairs: Preferences, generator: random.Random) -> Preferences:
    """The same answers with the choice turned round in exactly half of the pairs: a control with nothing to learn."""
    count = len(pairs.chosen)
    swap = torch.zeros(count, 1, dtype=torch.bool, device=pairs.chosen.device)
    swap[generator.sample(range(count), count // 2)] = True
    chosen, mask, rejected, other = pairs
    return Preferences(
        torch.where(swap, rejected, chosen),
        torch.where(swap, other, mask),
        torch.where(swap, chosen, rejected),
        torch.where(swap, mask, other),
    )


def prefer(
    model: LanguageModel,
    pairs: Preferences,
    *,
    steps: int = 40,
    count: int = 48,
    lr: float = 3e-4,
    beta: float = 0.3,
    anchor: float = 1.0,
    seed: int = 0,
) -> list[float]:
    """Train the model in place on the preferences, ``count`` pairs a step. Returns the losses.

    anchor: how much the model also practises the chosen answers themselves. Comparing alone lowers both probabilities
    and erodes what the answers say (Pang et al. 2024, arXiv:2404.19733, add this term).
    """
    at_least(1, count=count)
    filled(pairs=pairs.chosen)
    with torch.no_grad():
        chosen, rejected = log_probabilities(model, pairs)

    def batches() -> Iterator[tuple[Preferences, Tensor, float, float]]:
        generator = torch.Generator().manual_seed(seed)
        while True:
            rows = torch.randint(len(chosen), (count,), generator=generator, device=generator.device)
            yield Preferences(*(side[rows] for side in pairs)), (chosen - rejected)[rows], beta, anchor

    return fit(model, batches(), steps=steps, lr=lr, loss=preference_loss, weight_decay=0.0)
