"""Readers: who has to answer from what went by. One small network with three switches, so that each can be missed.

    order        a word is seen together with the word before it
    rnn          an LSTM goes over the words                             (memory in one vector, as before 2014)
    attention    the last word looks back at all the words before it     (Bahdanau et al. 2014, when over an RNN)

With all three off, only the last word is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least, indices
from jielong.toys.recall import Recall

SYMBOLS = 16
MOST = 8
"""Pairs in a practice row, at most."""


def task(number: int) -> Recall:
    """``number`` pairs of a key and a value, one word each, then one key whose value is asked for."""
    return Recall(number=number, keys=SYMBOLS, values=SYMBOLS, asked=1)


class Reader(nn.Module):
    """Answers the last word of a row. hidden: units of the LSTM (default: ``width``)."""

    def __init__(
        self,
        order: bool = False,
        rnn: bool = False,
        attention: bool = False,
        width: int = 32,
        hidden: int | None = None,
    ):
        super().__init__()
        at_least(1, width=width, hidden=width if hidden is None else hidden)
        inner = (hidden or width) if rnn else width
        self.embed = nn.Embedding(2 * SYMBOLS, width)
        self.pair = nn.Linear(2 * width, width) if order else None
        self.rnn = nn.LSTM(width, inner, batch_first=True) if rnn else None
        if attention:
            self.q, self.k, self.v = (nn.Linear(inner, inner, bias=False) for _ in range(3))
        self.attention = attention
        self.answer = nn.Linear(inner, 2 * SYMBOLS)

    def words(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time inner"]:
        """What there is to look at: a vector for each word."""
        indices(2 * SYMBOLS, ids=ids)
        at_least(2 if self.attention else 1, **{"how many ids": ids.shape[1]})
        x = self.embed(ids)
        if self.pair is not None:
            x = self.pair(torch.cat((x, F.pad(x, (0, 0, 1, -1))), dim=-1))
        return x if self.rnn is None else self.rnn(x)[0]

    def forward(self, ids: Int[Tensor, "batch time"]) -> tuple[Float[Tensor, "batch 1 symbols"], None]:
        """Logits of the word after the last."""
        x = self.words(ids)
        now, past = x[:, -1:], x[:, :-1]
        if self.attention:
            now = F.scaled_dot_product_attention(self.q(now), self.k(past), self.v(past))
        return self.answer(now), None

    def weights(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch past"]:
        """How much the last word looks at each word before it. Raises ValueError for a reader without attention."""
        if not self.attention:
            raise ValueError("attention=False: this reader looks at no word")
        x = self.words(ids)
        logits = self.k(x[:, :-1]) @ self.q(x[:, -1])[..., None] / x.shape[-1] ** 0.5
        return logits[..., 0].softmax(-1)


def practice(seed: int, count: int = 48) -> Iterator[tuple[Any, ...]]:
    """Endless batches, each with a number of pairs of its own, from 1 to ``MOST``."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        number = int(torch.randint(1, MOST + 1, (1,), generator=generator, device=generator.device))
        yield task(number).questions(count, generator)


def answer_loss(reader: nn.Module, ids: Int[Tensor, "batch time"], learn: Bool[Tensor, "batch time"]) -> Tensor:
    """Cross-entropy of the last word, in nats; it is the only one to be learned."""
    return F.cross_entropy(reader(ids[:, :-1])[0][:, -1], ids[:, -1])
