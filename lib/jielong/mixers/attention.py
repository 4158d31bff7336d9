"""Softmax attention with rotary positions, grouped key-value heads and a cache.

Symbols, as in Vaswani et al. 2017, section 3.2: ``q`` queries, ``k`` keys, ``v`` values, each (batch, heads, time,
head width). Rotary positions follow Su et al. 2021, equation 34, in the half-split layout that Llama-style weights
use. Grouped key-value heads follow Ainslie et al. 2023: ``heads / kv_heads`` query heads share one key and one value.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least


class Cache(NamedTuple):
    """Keys (already rotated) and values of all earlier positions."""

    k: Float[Tensor, "batch kv_heads past head_width"]
    v: Float[Tensor, "batch kv_heads past head_width"]


@dataclass(frozen=True)
class MixerConfig:
    """What a mixer is made from.

    width: length of the vectors that it reads and writes. kv_heads: how many keys and values the heads share (default:
    each has its own). head_width: length of a head's vectors (default: width / heads). bias: whether projections add
    one. Raises ValueError for heads that don't fit.
    """

    width: int
    heads: int
    kv_heads: int | None = None
    head_width: int | None = None
    bias: bool = False

    def __post_init__(self) -> None:
        at_least(1, **{name: size for name, size in vars(self).items() if name != "bias" and size is not None})
        if self.head_width is None and self.width % self.heads:
            raise ValueError(f"width={self.width} must be a multiple of heads={self.heads}, or give head_width")
        if self.heads % self.groups:
            raise ValueError(f"heads={self.heads} must be a multiple of kv_heads={self.kv_heads}")

    @property
    def groups(self) -> int:
        """How many keys and values there are: one for each group of heads."""
        return self.kv_heads or self.heads

    @property
    def per_head(self) -> int:
        """Length of a head's vectors."""
        return self.head_width or self.width // self.heads

    @property
    def inner(self) -> int:
        """Length of all heads' vectors side by side."""
        return self.heads * self.per_head


@dataclass
class PassContext:
    """What all layers of one forward pass share.

    rotary: cosines and sines, each (batch or 1, 1, time, head width), or None where positions are not rotary.
    mask: True where a query may look at a key, or None where every query may look at every key.
    valid: (batch, time), False at padding; None where nothing is padded.
    causal: True where ``mask`` is exactly the causal triangle, so that it need not be built.
    """

    rotary: tuple[Float[Tensor, "b 1 time head_width"], Float[Tensor, "b 1 time head_width"]] | None = None
    mask: Bool[Tensor, "b 1 time keys"] | None = None
    valid: Bool[Tensor, "batch time"] | None = None
    causal: bool = False

    def silence(self, x: Float[Tensor, "batch time channels"]) -> Float[Tensor, "batch time channels"]:
        """Zeros at padding, for mixers that would otherwise remember something of it."""
        return x if self.valid is None else x * self.valid[..., None]


class Tap(nn.Identity):
    """Passes on what it gets: a place where one can look in and reach in (`jielong.sites`)."""

    watchers: ClassVar[list[Container[nn.Module]]] = []
    """The modules at which each open block of `jielong.sites` looks; no module knows of it, so that a copy is free."""

    @property
    def watched(self) -> bool:
        return any(self in modules for modules in self.watchers)


def by_position(tap: Tap, x: Float[Tensor, "batch heads time d"]) -> Float[Tensor, "batch heads time d"]:
    """What a tap that shows (batch, time, heads, d) makes of it."""
    return tap(x.transpose(1, 2)).transpose(1, 2) if tap.watched else x


def rotate(
    x: Float[Tensor, "batch heads time head_width"],
    rotary: tuple[Float[Tensor, "b 1 time head_width"], Float[Tensor, "b 1 time head_width"]],
) -> Float[Tensor, "batch heads time head_width"]:
    """Turn each pair (x_i, x_{i + d/2}) by an angle that grows with the position."""
    cos, sin = rotary
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin


class MultiHead(nn.Module):
    """A query for each head, a key and a value for each group of heads: what `Attention` and matrix memories share."""

    def __init__(self, config: MixerConfig):
        super().__init__()
        self.heads, self.kv_heads, self.head_width = config.heads, config.groups, config.per_head
        self.q = nn.Linear(config.width, config.inner, bias=config.bias)
        self.k = nn.Linear(config.width, config.groups * config.per_head, bias=config.bias)
        self.v = nn.Linear(config.width, config.groups * config.per_head, bias=config.bias)

    def split(self, x: Float[Tensor, "batch time _"]) -> Float[Tensor, "batch heads time head_width"]:
        return x.unflatten(-1, (-1, self.head_width)).transpose(1, 2)

    def for_each_head(self, x: Float[Tensor, "batch kv_heads keys d"]) -> Float[Tensor, "batch heads keys d"]:
        """The keys or values of the groups, once for each of their heads."""
        return x.repeat_interleave(self.heads // self.kv_heads, dim=1)


class Attention(MultiHead):
    """Multi-head softmax attention; ``kv_heads < heads`` makes groups of query heads share keys and values."""

    def __init__(self, config: MixerConfig):
        super().__init__(config)
        self.o = nn.Linear(config.inner, config.width, bias=config.bias)
        self.q_rotated, self.k_rotated, self.scores, self.look = Tap(), Tap(), Tap(), Tap()

    def qkv(
        self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Cache | None = None
    ) -> tuple[Tensor, Cache]:
        """Queries of the new positions; keys and values of all positions so far."""
        q, k, v = self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x))
        if shared.rotary:
            q, k = rotate(q, shared.rotary), rotate(k, shared.rotary)
        q, k = by_position(self.q_rotated, q), by_position(self.k_rotated, k)
        if state is not None:
            k, v = torch.cat((state.k, k), dim=2), torch.cat((state.v, v), dim=2)
        return q, Cache(k, v)

    def forward(
        self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Cache | None = None
    ) -> tuple[Float[Tensor, "batch time width"], Cache]:
        q, state = self.qkv(x, shared, state)
        if self.look.watched or self.scores.watched:  # the same, but with the weights in sight
            y = self.look(self.weigh(q, state.k, shared)) @ self.for_each_head(state.v)
        else:
            y = F.scaled_dot_product_attention(
                q,
                state.k,
                state.v,
                attn_mask=shared.mask,
                is_causal=shared.causal,
                enable_gqa=self.kv_heads < self.heads,
            )
        return self.o(y.transpose(1, 2).flatten(2)), state

    def weigh(self, q: Tensor, k: Tensor, shared: PassContext) -> Float[Tensor, "batch heads time keys"]:
        """softmax(q k^T / sqrt(head width)) over what each query may look at."""
        scores = self.scores(q @ self.for_each_head(k).mT / self.head_width**0.5)
        mask = torch.ones_like(scores[0, 0], dtype=torch.bool).tril() if shared.causal else shared.mask
        return (scores if mask is None else scores.masked_fill(~mask, float("-inf"))).softmax(-1)

    def pattern(
        self, x: Float[Tensor, "batch time width"], shared: PassContext
    ) -> Float[Tensor, "batch heads time time"]:
        """The attention weights themselves, of a text from its beginning; every row sums to one."""
        q, (k, _) = self.qkv(x, shared)
        return self.weigh(q, k, shared)
