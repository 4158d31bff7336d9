"""Recall with cards: a pair of a key and a value is one token, and so is the question about a key.

With a word for the key and a word for the value (`jielong.toys.recall`) a model has to learn first that the two belong
together. Here nothing is left to learn but where to write and how to read. A card is a number:

    key * (values + 1) + value        and value = ``values`` on a card that asks
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least, filled, indices, within
from jielong.mixers.layers import MatrixMemory
from jielong.model import Config, LanguageModel
from jielong.toys.recall import last_values, pairs, some_of
from jielong.training import seeded

KEYS, VALUES = 32, 16
ASKED = 8


class Faces(nn.Module):
    """Embeds a card as the sum of its two faces."""

    def __init__(self, width: int):
        super().__init__()
        at_least(1, width=width)
        self.key, self.value = nn.Embedding(KEYS, width), nn.Embedding(VALUES + 1, width)
        for face in (self.key, self.value):
            nn.init.normal_(face.weight, std=0.5)

    @property
    def weight(self) -> Tensor:
        """Where a `LanguageModel` looks for its device and precision."""
        return self.key.weight

    def forward(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time width"]:
        return self.key(ids // (VALUES + 1)) + self.value(ids % (VALUES + 1))


def card_model(mixer: str | tuple[str, ...], head_width: int, seed: int) -> LanguageModel:
    """One layer, or one for each name in ``mixer``, with one head, so that a layer's memory is one matrix of
    head_width x head_width; its logits are of values.

    A memory's short convolution starts as doing nothing: a card says all by itself, and mixing it with its neighbours
    would have to be unlearned.
    """
    faces, layers = KEYS * (VALUES + 1), 1 if isinstance(mixer, str) else len(mixer)
    config = Config(faces, 32, layers, 1, head_width=head_width, hidden=16, mixer=mixer, positions="none", tied=False)

    def build() -> LanguageModel:
        model = LanguageModel(config)
        model.embed, model.head = Faces(config.width), nn.Linear(config.width, VALUES, bias=False)  # type: ignore[assignment]
        return model

    model = seeded(build, seed)
    for layer in (block.mixer for block in model.blocks):
        if isinstance(layer, MatrixMemory):
            kernel = layer.convolution.weight
            with torch.no_grad():
                kernel.copy_(F.one_hot(torch.tensor(kernel.shape[1] - 1, device=kernel.device), kernel.shape[1]))
    return model


def cards(
    count: int, number: int, asked: int, generator: torch.Generator
) -> tuple[Int[Tensor, "count time"], Int[Tensor, "count asked"]]:
    """``number`` cards with different keys, then ``asked`` questions; and the right answers."""
    k, v = pairs(count, number, KEYS, VALUES, generator)
    within(1, number, asked=asked)
    q = some_of(k, asked, generator)
    return torch.cat((k * (VALUES + 1) + v, q * (VALUES + 1) + VALUES), 1), last_values(k, v, q)


def practice(numbers: Sequence[int], seed: int, count: int = 64) -> Iterator[tuple[Any, ...]]:
    """Endless batches, with so many cards in turn, and up to ``ASKED`` questions."""
    filled(numbers=numbers)
    at_least(1, numbers=min(numbers))
    generator = torch.Generator().manual_seed(seed)
    for number in itertools.cycle(numbers):
        yield cards(count, number, min(ASKED, number), generator)


def answer_loss(
    model: Callable[[Tensor], tuple[Tensor, Any]], ids: Int[Tensor, "batch time"], answers: Int[Tensor, "batch asked"]
) -> Float[Tensor, ""]:
    """Cross-entropy of the answers at the questions, which come last."""
    if not 1 <= answers.shape[1] <= ids.shape[1]:
        raise ValueError(f"answers: {answers.shape[1]} for {ids.shape[1]} ids; a question each, and at least one")
    filled(answers=answers)
    indices(VALUES, answers=answers)
    logits, _ = model(ids)
    return F.cross_entropy(logits[:, -answers.shape[1] :].flatten(0, 1), answers.flatten())


@torch.no_grad()
def recalled(model: Callable[[Tensor], tuple[Tensor, Any]], number: int, count: int = 400) -> Float[Tensor, " number"]:
    """For each place in a row of ``number`` cards, how often its value is answered when all are asked for."""
    generator = torch.Generator().manual_seed(1_000_000)
    k, v = pairs(count, number, KEYS, VALUES, generator)
    ids = torch.cat((k * (VALUES + 1) + v, k * (VALUES + 1) + VALUES), 1)
    logits, _ = model(ids)
    return (logits[:, number:].argmax(-1) == v).double().mean(0)
