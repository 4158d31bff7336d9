"""General models of the first kind: an encoder that has read a lot, and a small head for each task.

The encoder is a `LanguageModel` that looks both ways (``causal=False``). It learns from plain text by filling in words
that were covered: masked language modelling, BERT's exercise (Devlin et al. 2018, arXiv:1810.04805). Then it is frozen.
A head is one linear layer on what the encoder hands out.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least, filled, finite, indices, within
from jielong.model import LanguageModel
from jielong.training import IGNORE, fit, seeded


def cover(
    ids: Int[Tensor, "batch time"], mask: int, share: float, generator: torch.Generator
) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]:
    """Cover a share of the tokens with ``mask``. Returns the covered text, and the targets: what was covered, else
    `IGNORE`."""
    within(0, 1, share=share)
    drawn = torch.rand(ids.shape, dtype=torch.float64, generator=generator, device=generator.device)
    covered = drawn.to(ids.device) < share
    return ids.masked_fill(covered, mask), ids.masked_fill(~covered, IGNORE)


def masked_loss(
    model: LanguageModel, ids: Int[Tensor, "batch time"], target: Int[Tensor, "batch time"]
) -> Float[Tensor, ""]:
    """Cross-entropy, in nats, of the covered tokens, each predicted at its own place. Raises ValueError where none is
    covered."""
    covered = target[target != IGNORE]
    filled(target=covered)
    indices(model.config.vocabulary, target=covered)
    logits, _ = model(ids)
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORE)


def covered_batches(
    ids: Int[Tensor, "sentences time"], mask: int, seed: int, count: int = 64, share: float = 0.3
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches, without end, of ``count`` sentences with covered words, for `masked_loss`."""
    filled(ids=ids)
    at_least(1, count=count)
    generator = torch.Generator().manual_seed(seed)
    while True:
        rows = torch.randint(len(ids), (count,), generator=generator, device=generator.device)
        yield cover(ids[rows], mask, share, generator)


@torch.no_grad()
def read(encoder: LanguageModel, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time width"]:
    """What a frozen encoder hands out: one vector for each word."""
    return encoder.hidden(ids)[0]


def fit_head(
    vectors: Float[Tensor, "examples width"],
    labels: Int[Tensor, " examples"],
    classes: int,
    seed: int = 0,
    steps: int = 60,
) -> nn.Linear:
    """A head: one linear layer from a vector to a score for each class, trained on the labelled examples.

    vectors: in float64, from an encoder that has learned so; others are widened. They are scaled to unit variance, so
    that encoders of any scale get the same head on the same terms. Raises ValueError where they are no numbers, or all
    the same number.
    """
    filled(vectors=vectors)
    finite(vectors=vectors)
    if bool(vectors.min() == vectors.max()):
        raise ValueError("vectors: all numbers in them are equal, so they tell no classes apart")
    at_least(1, classes=classes)
    indices(classes, labels=labels)
    vectors = vectors.double()
    head = seeded(lambda: nn.Linear(vectors.shape[-1], classes), seed).to(vectors.device)
    scale = vectors.std()
    fit(head, iter(lambda: (vectors / scale, labels), None), steps=steps, lr=2e-2, loss=head_loss, weight_decay=0.1)
    with torch.no_grad():
        head.weight /= scale
    return head


def head_loss(head: nn.Module, vectors: Tensor, labels: Tensor) -> Float[Tensor, ""]:
    """Cross-entropy, in nats, of the labels."""
    scores = head(vectors)
    filled(labels=labels)
    indices(scores.shape[-1], labels=labels)
    return F.cross_entropy(scores, labels)


def accuracy(head: nn.Linear, vectors: Float[Tensor, "*examples width"], labels: Int[Tensor, "*examples"]) -> float:
    """Share of the examples that the head labels right. Raises ValueError for none, and for what is no number."""
    filled(labels=labels)
    finite(vectors=vectors)
    return (head(vectors.to(head.weight)).argmax(-1) == labels).double().mean().item()
