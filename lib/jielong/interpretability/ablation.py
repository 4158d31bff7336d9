"""Remove neurons, and see what the model can no longer do.

A neuron is (layer, number): a unit of "blocks.N.feedforward.activation". To remove it is to hold it at a value that
says nothing: at zero, or at its mean over ordinary text, which is what the rest of the model expects of it. The first
position is left out of the means, and of mean ablation, since many neurons do another job there (an attention sink).

There are too many neurons to try each. One gradient makes a guess for all of them (`guesses`), and the exact effect of
those that look important, alone and in groups, is then measured as rows of one batch (`without`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from jielong.arguments import at_least, filled, finite, indices, within
from jielong.interpretability.changes import ALL, Positions, each, nothing, put_units
from jielong.model import LanguageModel
from jielong.sites import Change, intervene, resume, trace

Neuron = tuple[int, int]
NEURONS = "blocks.*.feedforward.activation"
AFTER_FIRST = slice(1, None)


def site(layer: int) -> str:
    """Where the neurons of a layer are."""
    return f"blocks.{layer}.feedforward.activation"


@torch.no_grad()
def means(model: LanguageModel, ids: Int[Tensor, "batch time"], at: slice = AFTER_FIRST) -> Float[Tensor, "layers _"]:
    """Each neuron's mean over these texts, by layer; ``at``: the positions that count, of which there must be some."""
    filled(at=ids[:, at])
    with trace(model, NEURONS) as seen:
        model.hidden(ids)
    return seen.stack(NEURONS)[:, :, at].mean((1, 2))


def guesses(
    model: LanguageModel,
    ids: Int[Tensor, "1 time"],
    answer: int,
    instead: Float[Tensor, "layers hidden"],
    at: slice = AFTER_FIRST,
) -> Float[Tensor, "layers hidden"]:
    """How much log p(answer) would fall if each neuron alone were held at ``instead``, by the slope at what is there:
    gradient x (activation - instead), summed over the positions. One pass forward, one back; weights may be frozen."""
    indices(model.config.vocabulary, answer=answer)
    finite(instead=instead)
    with trace(model, NEURONS, grad=True) as seen:
        logits, _ = model(ids)
        neurons = list(seen.values())
        slopes = torch.autograd.grad(logits[0, -1].log_softmax(-1)[answer], neurons)
    falls = [s * (n.detach() - x) for s, n, x in zip(slopes, neurons, instead, strict=True)]
    return torch.stack([fall[0, at].sum(0) for fall in falls])


def largest(scores: Float[Tensor, "layers units"], count: int) -> list[tuple[int, int]]:
    """The units with the highest scores, highest first, as (layer, number): neurons, or heads.

    Raises ValueError for more than there are, and for a score that is no number.
    """
    within(0, scores.numel(), count=count)
    finite(scores=scores)
    best = scores.flatten().topk(count).indices.tolist()
    return [divmod(i, scores.shape[1]) for i in best]


def holding(
    groups: Sequence[Sequence[Neuron]], instead: Float[Tensor, "layers hidden"] | None, at: Positions
) -> dict[str, Change]:
    """Changes for `intervene`: in row r of the batch, the neurons of group r are held at ``instead`` (None: zero)."""
    if instead is not None:
        finite(instead=instead)
        for axis, count in enumerate(instead.shape):
            indices(count, groups=[neuron[axis] for group in groups for neuron in group])
    changes = {}
    for layer in sorted({n for group in groups for n, _ in group}):
        rows = []
        for group in groups:
            units = [k for n, k in group if n == layer]
            values = 0.0 if instead is None else instead[layer, units]
            rows.append(put_units(values, units, at) if units else nothing)
        changes[site(layer)] = each(rows)
    return changes


@torch.no_grad()
def without(
    model: LanguageModel,
    ids: Int[Tensor, "1 time"],
    groups: Sequence[Sequence[Neuron]],
    instead: Float[Tensor, "layers hidden"] | None = None,
    at: Positions = ALL,
    chunk: int = 64,
) -> Float[Tensor, "groups vocabulary"]:
    """Log-probabilities of the next token with each group of neurons removed; an empty group removes none.

    Only the layers from the groups' first on are run again, ``chunk`` groups at a time.
    """
    filled(groups=groups)
    at_least(1, chunk=chunk)
    with trace(model, "blocks.*.in") as seen:
        model.hidden(ids)
    found = []
    for k in range(0, len(groups), chunk):
        some = groups[k : k + chunk]
        first = min((n for group in some for n, _ in group), default=0)
        stream = seen[f"blocks.{first}.in"].expand(len(some), -1, -1)
        with intervene(model, holding(some, instead, at)):
            found.append(resume(model, stream, first, at=slice(-1, None))[:, 0].log_softmax(-1))
    return torch.cat(found)
