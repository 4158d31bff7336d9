"""Whom does a model believe: what it knows, or one of the documents that it was given?

    odds(model, tokenizer, [prompt], [[("Lyon", "Paris")]])        how much rather it goes on with Lyon, in nats

Nothing is generated. Two answers are compared by what the model thinks of them where they part: for Lyon and Paris at
the first token, for 1945 and 1955 at the third digit, with the digits before it given. ClashEval (Wu et al. 2024, arXiv
2404.10198) measured with such contradictions by how far documents pull large models away from what they know.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.model import LanguageModel, State
from jielong.tokenizer import Tokenizer

Pair = tuple[str, str]


@torch.inference_mode()
def odds(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    pairs: Sequence[Sequence[Pair]],
    leads: Sequence[str] = ("",),
) -> Float[Tensor, "prompts leads"]:
    """Log-odds, in nats, that the model goes on with the first of two answers and not with the second.

    leads: words that may stand between prompt and answer. Each prompt is read once, and each lead follows right on it.
    pairs: for each prompt and each lead, the two answers. Raises ValueError for answers of which one begins the other.
    """
    rows = [tokenizer.encode(prompt) for prompt in prompts]
    state, rest = None, rows
    if len(leads) > 1:  # then it pays to read the prompts once
        ids, padding = tokenizer.pad([row[:-1] for row in rows])
        _, state = model.hidden(ids, padding=padding)
        rest = [row[-1:] for row in rows]
    found = []
    for k, lead in enumerate(leads):
        parts = [parted(tokenizer, *some[k]) for some in pairs]
        ends = [row + tokenizer.encode(lead) + shared for row, (shared, _, _) in zip(rest, parts, strict=True)]
        one, other = (
            next_logits(model, tokenizer, state, ends).gather(1, torch.tensor([p[1:] for p in parts])).unbind(1)
        )
        found.append(one - other)
    return torch.stack(found, dim=1)


def next_logits(
    model: LanguageModel, tokenizer: Tokenizer, state: State | None, rows: Sequence[list[int]]
) -> Float[Tensor, "rows vocabulary"]:
    """Logits of the token after each row of tokens, which follows on what ``state`` has read."""
    if state is None:
        ids, padding = tokenizer.pad(rows)
        hidden, _ = model.hidden(ids, padding=padding)
        return model.unembed(hidden[:, -1])
    longest = max(map(len, rows))
    ids = torch.tensor([row + row[-1:] * (longest - len(row)) for row in rows])  # what stands behind is not looked at
    hidden, _ = model.hidden(ids, state)
    return model.unembed(hidden[torch.arange(len(rows)), torch.tensor([len(row) - 1 for row in rows])])


def parted(tokenizer: Tokenizer, one: str, other: str) -> tuple[list[int], int, int]:
    """The tokens with which both answers begin, and then the next one of each. Raises ValueError if there is none."""
    a, b = tokenizer.encode(f" {one}"), tokenizer.encode(f" {other}")
    for k, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return a[:k], x, y
    raise ValueError(f"{one!r} and {other!r}: one begins with the other, so they part nowhere")
