"""The residual stream as a highway: each part adds a vector to it, and a logit is the sum of what the parts add.

    x = embedding + all heads of all layers + all feed-forward layers      the stream after the last block
    logit = (x / scale * norm's weights) . the word's row of the unembedding,   scale = root of the mean square of x

Only the scale mixes the parts. Held fixed at its value in this pass, the rest is linear, and every part has a share of
the logit; the shares add up to it exactly ("direct logit attribution": Elhage et al. 2021, "A mathematical framework
for transformer circuits"). A share is what a part says directly: what later parts make of it counts as theirs.

A LayerNorm also takes the mean out, which is linear, and adds a bias, which is no part's doing. Where norms come last
(``norm_first=False``), what a part adds passes every later norm, and all their scales are held fixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from jielong.arguments import indices
from jielong.interpretability.lenses import unembedding
from jielong.model import LanguageModel
from jielong.sites import sites, trace

Reads = Float[Tensor, "batch words width"]
PARTS = ("in", "mixer.out", "mid", "feedforward.out")


@dataclass(frozen=True)
class Shares:
    """The parts' shares of the logits of some words, after the last position of each row.

    embedding: with a learned position. heads: zeros in a layer whose mixer has none. mixers: a mixer without heads,
    whole; zeros in a layer with heads. bias: those of all norms, and of ``o`` where there are heads.
    """

    embedding: Float[Tensor, "batch words"]
    heads: Float[Tensor, "batch layers heads words"]
    mixers: Float[Tensor, "batch layers words"]
    feedforward: Float[Tensor, "batch layers words"]
    bias: Float[Tensor, "batch words"]

    @property
    def total(self) -> Float[Tensor, "batch words"]:
        """All shares together: the logits."""
        return self.embedding + self.heads.sum((1, 2)) + self.mixers.sum(1) + self.feedforward.sum(1) + self.bias

    @property
    def layers(self) -> Float[Tensor, "batch layers words"]:
        """What the mixer and the feed-forward network of each layer add, together."""
        return self.heads.sum(2) + self.mixers + self.feedforward

    def minus(self, word: int, rival: int) -> Shares:
        """The shares of logit ``word`` minus logit ``rival``, both as places in the list of words: one column."""
        indices(self.embedding.shape[1], word=word, rival=rival)
        return Shares(**{name: part[..., word, None] - part[..., rival, None] for name, part in vars(self).items()})


class Way:
    """The way from the logits back down the stream. reads: the vectors whose dot products with what is added here are
    its shares. bias: the shares of the biases that were passed."""

    def __init__(self, reads: Reads) -> None:
        self.reads, self.bias = reads, reads.new_zeros(reads.shape[:2])

    def pass_bias(self, part: nn.Module) -> None:
        if getattr(part, "bias", None) is not None:  # an RMSNorm has none
            self.bias = self.bias + self.reads @ cast(Tensor, part.bias)

    def pass_norm(self, norm: nn.Module, x: Float[Tensor, "batch width"]) -> None:
        """To what stands before a norm; ``x`` is what it reads, at which its scale is held."""
        self.pass_bias(norm)
        centred = isinstance(norm, nn.LayerNorm)
        spread = x - x.mean(-1, keepdim=True) if centred else x
        scale = (spread.square().mean(-1, keepdim=True) + cast(float, norm.eps)).sqrt()
        self.reads = self.reads * (cast(Tensor, norm.weight) / scale)[:, None]
        if centred:
            self.reads = self.reads - self.reads.mean(-1, keepdim=True)

    def shares(self, added: Float[Tensor, "batch *parts width"]) -> Float[Tensor, "batch *parts words"]:
        return torch.einsum("b...d,bwd->b...w", added, self.reads)


def back(model: LanguageModel, x: Float[Tensor, "batch width"], words: Sequence[int]) -> Way:
    """The way from the logits of ``words`` to the stream ``x`` after the last block."""
    indices(model.config.vocabulary, words=list(words))
    way = Way(unembedding(model)[list(words)].expand(len(x), -1, -1))
    if model.config.norm_first:
        way.pass_norm(model.norm, x)
    return way


def reader(model: LanguageModel, x: Float[Tensor, "batch width"], words: Sequence[int]) -> Reads:
    """The vectors whose dot products with ``x``, the stream after the last block, are the words' logits, but for the
    final norm's bias: that norm, its scale fixed, and the unembedding in one."""
    return back(model, x, words).reads


def with_heads(model: LanguageModel) -> list[int]:
    """The layers whose mixer has heads."""
    table = sites(model)
    return [n for n in range(model.config.layers) if f"blocks.{n}.mixer.heads" in table]


@torch.no_grad()
def contributions(
    model: LanguageModel, ids: Int[Tensor, "batch time"], words: Sequence[int], padding: Tensor | None = None
) -> Shares:
    """Each part's share of the logits of ``words`` (token numbers) after the last position, in logits.

    padding: as in `LanguageModel.hidden`.
    """
    layers = range(model.config.layers)
    names = [f"blocks.{n}.mixer.heads" for n in with_heads(model)]
    with trace(model, *(f"blocks.*.{part}" for part in PARTS), f"blocks.{layers[-1]}.out", *names) as seen:
        model.hidden(ids, padding=padding)
    last = {name: value[:, -1] for name, value in seen.items()}
    way = back(model, last[f"blocks.{layers[-1]}.out"], words)
    found = [(to_mixer(model, way, last, n), *of_mixer(model, way, last, n)) for n in reversed(layers)]
    feedforward, heads, mixers = (torch.stack(parts[::-1], 1) for parts in zip(*found, strict=True))
    embedding = last["blocks.0.in"]
    if not model.config.norm_first:
        way.pass_bias(model.norm)
        embedding = embedding - getattr(model.norm, "bias", 0.0)
    return Shares(way.shares(embedding), heads, mixers, feedforward, way.bias)


def to_mixer(model: LanguageModel, way: Way, last: Mapping[str, Tensor], n: int) -> Float[Tensor, "batch words"]:
    """From behind block ``n`` to where its mixer adds; the share of the feed-forward network on the way."""
    block, (before, mixed, mid, fed) = model.blocks[n], (last[f"blocks.{n}.{part}"] for part in PARTS)
    if not block.norm_first:
        way.pass_norm(block.norm2, mid + fed)
    share = way.shares(fed)
    if not block.norm_first:
        way.pass_norm(block.norm1, before + mixed)
    return share


def of_mixer(
    model: LanguageModel, way: Way, last: Mapping[str, Tensor], n: int
) -> tuple[Float[Tensor, "batch heads words"], Float[Tensor, "batch words"]]:
    """The shares of the heads of layer ``n``, and of its mixer if it has none."""
    o, heads, whole = (
        model.blocks[n].mixer.o,
        last.get(f"blocks.{n}.mixer.heads"),
        way.shares(last[f"blocks.{n}.mixer.out"]),
    )
    if heads is None:
        return whole.new_zeros(len(whole), model.config.heads, whole.shape[1]), whole
    way.pass_bias(o)
    writes = torch.einsum("bhk,dhk->bhd", heads, o.weight.unflatten(1, heads.shape[1:]))
    return way.shares(writes), torch.zeros_like(whole)


@torch.no_grad()
def sources(
    model: LanguageModel, ids: Int[Tensor, "1 time"], words: Sequence[int], layer: int, head: int
) -> Float[Tensor, "time words"]:
    """One head's share, by the position that it was carried from: weight of attention x what the value there says.

    Raises ValueError for a layer without attention.
    """
    at, top = f"blocks.{layer}.mixer", model.config.layers - 1
    if f"{at}.pattern" not in sites(model):
        raise ValueError(f"layer={layer} has no attention whose weights could be told apart by position")
    indices(model.config.heads, head=head)
    with trace(model, *(f"blocks.*.{part}" for part in PARTS), f"blocks.{top}.out", f"{at}.pattern", f"{at}.v") as seen:
        model.hidden(ids)
    last = {name: value[:, -1] for name, value in seen.items()}
    way = back(model, last[f"blocks.{top}.out"], words)
    for n in range(top, layer - 1, -1):
        to_mixer(model, way, last, n)
    mixer = model.blocks[layer].mixer
    value = seen[f"{at}.v"][0, :, head * mixer.kv_heads // mixer.heads]  # (time, head width)
    write = mixer.o.weight[:, head * mixer.head_width : (head + 1) * mixer.head_width]
    return seen[f"{at}.pattern"][0, head, -1, :, None] * (value @ write.T @ way.reads[0].T)
