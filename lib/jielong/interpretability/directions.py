"""Function vectors as differences of means (representation engineering: Zou et al. 2023, arXiv 2310.01405).

Collect the residual stream where a model does something, and where it does not; the difference of the two means is a
direction. Add it, and the model does it; take it out, and the model stops. For refusal: Arditi et al. 2024,
arXiv 2406.11717.

    direction = mean(states where it refuses) - mean(states where it does not)        one for each layer
    x + dose * direction                   put in
    x - (x u) u                            take out, all of it: u is the direction at length one
    x - max(0, x u - limit) u              take out only what exceeds the usual (`clamp`), which spares the rest
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from jielong.arguments import filled
from jielong.interpretability.changes import ALL, Local, Positions, add, along, unit
from jielong.model import LanguageModel
from jielong.sampling import continuations
from jielong.sites import Change, Place, intervene, trace
from jielong.tokenizer import Tokenizer


class Reading(NamedTuple):
    """Prompts that were read once: what stood in the stream after every block."""

    streams: Float[Tensor, "layers prompts time width"]
    padding: Int[Tensor, " prompts"]


@torch.no_grad()
def read(model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[str]) -> Reading:
    """Read the prompts; one can then go on from any block, with `resume`."""
    device = model.device
    ids, padding = (part.to(device) for part in tokenizer.pad([tokenizer.encode(prompt) for prompt in prompts]))
    with trace(model, "blocks.*.out") as seen:
        model.hidden(ids, padding=padding)
    return Reading(seen.stack("blocks.*.out"), padding)


@torch.no_grad()
def end_states(
    model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[str]
) -> Float[Tensor, "layers prompts width"]:
    """The residual stream after every block at the last token of each prompt."""
    return read(model, tokenizer, prompts).streams[:, :, -1]


@torch.no_grad()
def mean_state(model: LanguageModel, tokenizer: Tokenizer, texts: Sequence[str]) -> Float[Tensor, "layers width"]:
    """The mean residual stream after every block, over all tokens of the texts but the first of each, which serves as
    a place to look at when there is nothing to look at, and is a giant. Raises ValueError where there are no others."""
    streams, padding = read(model, tokenizer, texts)
    counts = torch.arange(streams.shape[2], device=streams.device) > padding[:, None]
    if not counts.any():
        raise ValueError("texts: each is one token, and first tokens do not count")
    return torch.stack([stream[counts].mean(0) for stream in streams])


def random_like(vector: Float[Tensor, "*more width"], generator: torch.Generator) -> Float[Tensor, "*more width"]:
    """Random directions, each as long as the vector in its place."""
    noise = torch.randn(vector.shape, dtype=torch.float64, generator=generator, device=generator.device).to(vector)
    return noise * vector.norm(dim=-1, keepdim=True) / noise.norm(dim=-1, keepdim=True)


def clamp(direction: Float[Tensor, " width"], limit: float | Tensor, at: Positions = ALL) -> Change:
    """A change: nothing may reach further along ``direction`` than ``limit``; what does not, stays as it is.

    limit: in units of the residual stream, measured along the direction at length one. at: see
    `jielong.interpretability.changes`. Raises ValueError for a direction that points nowhere, and a limit that is no
    number.
    """
    own, most = unit(direction), float(limit)
    if math.isnan(most):
        raise ValueError(f"limit={limit} must be a number")

    def rule(x: Tensor, _given: Tensor, place: Place) -> Tensor:
        x, u, reach = along(x, own, place)
        return x - (reach - most).clamp(min=0)[..., None] * u

    return Local("clamp", rule, at, given=0.0)


class Push(NamedTuple):
    """Write on from ``prompt`` while ``vector`` is added to the stream after block ``layer``, at every token."""

    prompt: str
    layer: int
    vector: Float[Tensor, " width"]


def write(model: LanguageModel, tokenizer: Tokenizer, pushes: Sequence[Push], length: int = 12) -> list[str]:
    """What the model writes, greedily, under each push: all of them rows of one batch."""
    filled(pushes=pushes)
    changes = {}
    for layer in sorted({push.layer for push in pushes}):
        vectors = torch.stack([push.vector * (push.layer == layer) for push in pushes])
        changes[f"blocks.{layer}.out"] = add(vectors[:, None])
    with intervene(model, changes):
        return continuations(model, tokenizer, [push.prompt for push in pushes], length)
