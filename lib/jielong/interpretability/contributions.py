"""The residual stream as a highway: each part adds a vector to it, and a logit is the sum of what the parts add.

    x = embedding + all heads of all layers + all feed-forward layers      the stream after the last block
    logit = (x / scale * norm's weights) . the word's row of the unembedding,   scale = root of the mean square of x

Only the scale mixes the parts. Held fixed at its value in this pass, the rest is linear, and every part has a share of
the logit; the shares add up to it exactly ("direct logit attribution": Elhage et al. 2021, "A mathematical framework
for transformer circuits"). A share is what a part says directly: what later parts make of it counts as theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor

from jielong.interpretability.lenses import unembedding
from jielong.model import LanguageModel
from jielong.sites import trace


@dataclass(frozen=True)
class Shares:
    """The parts' shares of the logits of some words, after the last position of each row."""

    embedding: Float[Tensor, "batch words"]
    heads: Float[Tensor, "batch layers heads words"]
    feedforward: Float[Tensor, "batch layers words"]

    @property
    def total(self) -> Float[Tensor, "batch words"]:
        """All shares together: the logits."""
        return self.embedding + self.heads.sum((1, 2)) + self.feedforward.sum(1)

    @property
    def layers(self) -> Float[Tensor, "batch layers words"]:
        """What each layer adds, heads and feed-forward together."""
        return self.heads.sum(2) + self.feedforward

    def minus(self, word: int, rival: int) -> Shares:
        """The shares of logit ``word`` minus logit ``rival``, both as places in the list of words: one column."""
        parts = (self.embedding, self.heads, self.feedforward)
        return Shares(*(part[..., word, None] - part[..., rival, None] for part in parts))


def reader(
    model: LanguageModel, x: Float[Tensor, "batch width"], words: Sequence[int]
) -> Float[Tensor, "batch words width"]:
    """The vectors whose dot products with the stream ``x`` are the words' logits: the final norm, its scale fixed, and
    the unembedding in one. Raises ValueError for a model whose final norm is no RMSNorm."""
    if model.config.norm != "rms":
        raise ValueError(f"shares are defined here for norm='rms', not {model.config.norm!r}")
    scale = (x.square().mean(-1, keepdim=True) + model.config.norm_eps).sqrt()
    rows = unembedding(model)[list(words)]
    return rows * (cast(Tensor, model.norm.weight) / scale)[:, None]


@torch.inference_mode()
def contributions(
    model: LanguageModel, ids: Int[Tensor, "batch time"], words: Sequence[int], padding: Tensor | None = None
) -> Shares:
    """Each part's share of the logits of ``words`` (token numbers) after the last position.

    For models of attention layers with RMSNorm and without biases; a learned position counts as embedding.
    """
    with trace(model, "blocks.*.in", "blocks.*.mixer.heads", "blocks.*.feedforward.out", "blocks.*.out") as seen:
        model.hidden(ids, padding=padding)
    last = model.config.layers - 1
    reads = reader(model, seen[f"blocks.{last}.out"][:, -1], words)
    heads = seen.stack("blocks.*.mixer.heads")[:, :, -1]  # (layers, batch, heads, head width)
    writes = torch.stack([block.mixer.o.weight.unflatten(1, heads.shape[2:]) for block in model.blocks])
    return Shares(
        torch.einsum("bd,bwd->bw", seen["blocks.0.in"][:, -1], reads),
        torch.einsum("lbhk,ldhk,bwd->blhw", heads, writes, reads),
        torch.einsum("lbd,bwd->blw", seen.stack("blocks.*.feedforward.out")[:, :, -1], reads),
    )


@torch.inference_mode()
def sources(
    model: LanguageModel, ids: Int[Tensor, "1 time"], words: Sequence[int], layer: int, head: int
) -> Float[Tensor, "time words"]:
    """One head's share, by the position that it was carried from: weight of attention x what the value there says."""
    at, last = f"blocks.{layer}.mixer", f"blocks.{model.config.layers - 1}.out"
    with trace(model, f"{at}.pattern", f"{at}.v", last) as seen:
        model.hidden(ids)
    (reads,) = reader(model, seen[last][:, -1], words)
    mixer = model.blocks[layer].mixer
    value = seen[f"{at}.v"][0, :, head * mixer.kv_heads // mixer.heads]  # (time, head width)
    write = mixer.o.weight[:, head * mixer.head_width : (head + 1) * mixer.head_width]
    return seen[f"{at}.pattern"][0, head, -1, :, None] * (value @ write.T @ reads.T)
