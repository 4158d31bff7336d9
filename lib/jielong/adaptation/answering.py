"""Teaching a model how to answer, from prompts with answers: supervised fine-tuning in its smallest form."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least, filled
from jielong.model import LanguageModel
from jielong.precision import wide
from jielong.tokenizer import Tokenizer
from jielong.training import fit


def marked_loss(
    model: LanguageModel,
    ids: Int[Tensor, "batch time"],
    padding: Int[Tensor, " batch"],
    learn: Bool[Tensor, "batch time"],
) -> Float[Tensor, ""]:
    """Mean cross-entropy, in nats, of the marked tokens; nothing is unembedded where nothing is learned.

    Raises ValueError where nothing is marked but first tokens.
    """
    if not learn[:, 1:].any():
        raise ValueError("learn marks no token that stands after another: there is nothing to learn")
    hidden, _ = model.hidden(ids[:, :-1], padding=padding)
    logits = wide(model.unembed(hidden[learn[:, 1:]]))  # a loss in half precision has two digits
    return F.cross_entropy(logits, ids[:, 1:][learn[:, 1:]])


def practise(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    answers: Sequence[str],
    *,
    steps: int = 12,
    count: int = 16,
    lr: float = 5e-3,
    seed: int = 0,
    parameters: Iterable[nn.Parameter] | None = None,
    exact: bool = True,
) -> list[float]:
    """Train the model in place to answer each prompt so, ``count`` prompts a step. Returns the losses.

    Only the answers are learned. parameters: which to train (default: all that require a gradient). exact: see
    `jielong.training.fit`. Raises ValueError where there are no prompts or not as many answers, and
    where one is empty.
    """
    if len(prompts) != len(answers):
        raise ValueError(f"answers: {len(answers)} for {len(prompts)} prompts; give one for each")
    rows = [(tokenizer.encode(p), tokenizer.encode(a)) for p, a in zip(prompts, answers, strict=True)]
    if not all(map(all, rows)):
        raise ValueError("prompts, answers: each needs at least one token")
    batches = rounds(tokenizer, rows, count, random.Random(seed))
    return fit(
        model, batches, steps=steps, lr=lr, loss=marked_loss, parameters=parameters, weight_decay=0.0, exact=exact
    )


def rounds(
    tokenizer: Tokenizer, rows: Sequence[tuple[list[int], list[int]]], count: int, generator: random.Random
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches without end, for `marked_loss`: all rows in a new order, then again. Raises ValueError for no rows."""
    filled(rows=rows)
    at_least(1, count=count)
    while True:
        order = generator.sample(list(rows), len(rows))
        for start in range(0, len(order), count):
            yield marked(tokenizer, order[start : start + count])


def marked(
    tokenizer: Tokenizer, rows: Sequence[tuple[list[int], list[int]]], device: torch.device | str = "cpu"
) -> tuple[Tensor, Tensor, Tensor]:
    """Prompts with their answers as one batch for `marked_loss`: ids, padding, and True at the answers."""
    ids, padding = (part.to(device) for part in tokenizer.pad([prompt + answer for prompt, answer in rows]))
    left = torch.arange(ids.shape[1], 0, -1, device=device)
    return ids, padding, left <= torch.tensor([len(answer) for _, answer in rows], device=device)[:, None]
