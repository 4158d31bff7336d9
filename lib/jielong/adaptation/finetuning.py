"""Teaching a model new facts by training, with or without a little of the old mixed in (replay).

The memory of an old skill fades when only the new is trained: catastrophic forgetting (McCloskey and Cohen 1989).
Rehearsing some of the old while learning the new is the oldest cure (Robins 1995).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.model import LanguageModel, State
from jielong.scoring import ask
from jielong.tokenizer import Tokenizer
from jielong.training import fit

Weights = dict[str, Tensor]


class Fact(NamedTuple):
    """What a model is asked, up to the answer, and the answer. Only the answer's first token counts."""

    prompt: str
    answer: str


def right(model: LanguageModel, tokenizer: Tokenizer, facts: Sequence[Fact]) -> list[bool]:
    """For each fact, whether the model's most probable next token is the first token of the answer."""
    said = ask(model, tokenizer, [fact.prompt for fact in facts])
    return [word == tokenizer.decode(first_token(tokenizer, fact)) for word, fact in zip(said, facts, strict=True)]


def recall(model: LanguageModel, tokenizer: Tokenizer, facts: Sequence[Fact]) -> float:
    """Share of the facts that the model gets right."""
    return sum(right(model, tokenizer, facts)) / len(facts)


def first_token(tokenizer: Tokenizer, fact: Fact) -> list[int]:
    return tokenizer.encode(" " + fact.answer)[:1]


@torch.inference_mode()
def text_loss(model: LanguageModel, tokenizer: Tokenizer, text: str) -> float:
    """Mean surprise, in nats a token, at an ordinary text: is the language itself still there?"""
    ids = torch.tensor([tokenizer.encode("\n" + text)])
    logits, _ = model(ids[:, :-1])
    return F.cross_entropy(logits[0], ids[0, 1:]).item()


def answer_loss(
    model: LanguageModel, ids: Int[Tensor, "batch time"], padding: Int[Tensor, " batch"], answer: Int[Tensor, " batch"]
) -> Float[Tensor, ""]:
    """Cross-entropy, in nats, of the token that answers each prompt: the loss of writing only that token."""
    hidden, _ = model.hidden(ids, padding=padding)
    return F.cross_entropy(model.unembed(hidden[:, -1]), answer)


def teach(
    model: LanguageModel,
    tokenizer: Tokenizer,
    new: Sequence[Fact],
    old: Sequence[Fact] = (),
    *,
    rehearse: int = 4,
    steps: int = 5,
    lr: float = 2e-4,
    seed: int = 0,
    parameters: Iterable[nn.Parameter] | None = None,
    exact: bool = True,
) -> list[float]:
    """Train the model in place on the new facts; with ``old`` facts given, each step also rehearses a few of them.

    rehearse: how many old facts join each step, drawn afresh. parameters: which to train (default: all that require a
    gradient). exact: see `jielong.training.fit`; for all weights of a real model, which are float32, it must be False.
    Returns the losses.
    """
    batches = lessons(tokenizer, new, old, rehearse, random.Random(seed))
    return fit(
        model, batches, steps=steps, lr=lr, loss=answer_loss, parameters=parameters, weight_decay=0.0, exact=exact
    )


def lessons(
    tokenizer: Tokenizer, new: Sequence[Fact], old: Sequence[Fact], rehearse: int, generator: random.Random
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches without end, for `answer_loss`: all new facts and a few of the old ones."""
    while True:
        facts = [*new, *generator.sample(list(old), min(rehearse, len(old)))]
        ids, padding = tokenizer.pad([tokenizer.encode(fact.prompt) for fact in facts])
        yield ids, padding, torch.tensor([first_token(tokenizer, fact)[0] for fact in facts])


class Upper(LanguageModel):
    """A model of which only the layers from ``first`` on will change: it shares them with ``model``, and remembers what
    the layers below say of each row, so that they run once and not at every step. The layers below must stay as they
    are for as long as it is used.
    """

    def __init__(self, model: LanguageModel, first: int):
        if not 0 < first < model.config.layers:
            raise ValueError(f"first={first} must be from 1 to {model.config.layers - 1}")
        nn.Module.__init__(self)
        self.config, self.first, self.below = replace(model.config, layers=model.config.layers - first), first, [model]
        self.embed, self.norm, self.head, self.blocks = model.embed, model.norm, model.head, model.blocks[first:]
        self.rows: dict[tuple[int, ...], Tensor] = {}

    @torch.no_grad()
    def remember(
        self, ids: Int[Tensor, "batch time"], padding: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time width"]:
        """The residual stream before layer ``first``; at padding, zeros."""
        rows = [tuple(row[pad:].tolist()) for row, pad in zip(ids, padding, strict=True)]
        if not all(row in self.rows for row in rows):
            model, (batch, time) = self.below[0], ids.shape
            x, shared = model.embed(ids), model.shared(batch, time, padding=padding)
            for block in model.blocks[: self.first]:
                x, _ = block(x, shared)
            self.rows |= {row: stream[time - len(row) :].clone() for row, stream in zip(rows, x, strict=True)}
        return torch.stack([F.pad(self.rows[row], (0, 0, ids.shape[1] - len(row), 0)) for row in rows])

    def hidden(
        self, ids: Int[Tensor, "batch time"], state: State | None = None, padding: Int[Tensor, " batch"] | None = None
    ) -> tuple[Float[Tensor, "batch time width"], State]:
        """As `LanguageModel.hidden`, without a state to go on from. Raises ValueError if one is given."""
        if state is not None:
            raise ValueError("state: this model reads whole rows only")
        batch, time = ids.shape
        padding = torch.zeros(batch, dtype=torch.long) if padding is None else padding
        x, shared = self.remember(ids, padding), self.shared(batch, time, padding=padding)
        for block in self.blocks:
            x, _ = block(x, shared)
        return self.norm(x), State([None] * len(self.blocks), time, batch, padding)


def copy_weights(model: nn.Module) -> Weights:
    """A copy of every parameter, by name."""
    return {name: p.detach().clone() for name, p in model.named_parameters()}


@torch.no_grad()
def put_back(model: nn.Module, weights: Weights) -> None:
    """Give the named parameters these values again, in the precision that the model has now."""
    for name, value in weights.items():
        model.get_parameter(name).copy_(value)


def changed(model: nn.Module, weights: Weights) -> int:
    """How many of the named parameters' numbers have not the same bits as in ``weights``, of the same precision."""
    return sum(int((bits(model.get_parameter(name).detach()) != bits(value)).sum()) for name, value in weights.items())


def bits(numbers: Float[Tensor, "*any"]) -> Int[Tensor, "*any"]:
    """Each number's bits, read as a whole number: unlike the numbers, these tell 0.0 from -0.0."""
    return numbers.view({4: torch.int32, 8: torch.int64}[numbers.element_size()])
