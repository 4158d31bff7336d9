"""The one language model of this book: embed, then blocks on a residual stream, then unembed.

    x = embed(ids)                                   (batch, time, width)
    for block in blocks:
        x = x + mixer(norm1(x))                      positions look at each other
        x = x + feedforward(norm2(x))                each position for itself
    logits = unembed(norm(x))                        (batch, time, vocabulary)

It runs the toy models that a lesson trains in seconds, and it holds the real SmolLM2 (`jielong.pretrained`). What
differs between them is the `Config`, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.mixers import MIXERS, Shared


@dataclass(frozen=True)
class Config:
    """The architecture: everything that people choose before any training (the lecture's hyperparameters).

    vocabulary: number of different tokens. width: length of the residual stream's vectors. hidden: feed-forward units
    (default: 4 x width, 8/3 x width if gated). context: longest sequence for learned positions. rotary_base: the slowest
    wavelength of rotary positions. norm_eps: added to the variance in the norms.
    """

    vocabulary: int
    width: int = 64
    layers: int = 2
    heads: int = 4
    kv_heads: int | None = None
    head_width: int | None = None
    hidden: int | None = None
    context: int = 256
    mixer: str = "attention"
    causal: bool = True
    norm: Literal["rms", "layer"] = "rms"
    positions: Literal["rotary", "learned", "none"] = "rotary"
    gated: bool = True
    tied: bool = True
    bias: bool = False
    rotary_base: float = 10_000.0
    norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.mixer not in MIXERS:
            raise ValueError(f"mixer={self.mixer!r} is unknown; there are {sorted(MIXERS)}")
        if self.head_width is None and self.width % self.heads:
            raise ValueError(f"width={self.width} must be a multiple of heads={self.heads}, or give head_width")

    @property
    def feedforward_width(self) -> int:
        return self.hidden or (8 * self.width // 3 if self.gated else 4 * self.width)


@dataclass
class State:
    """What decoding carries from step to step: each layer's state, how many positions were read, and the padding."""

    layers: list[Any]
    length: int
    padding: Int[Tensor, " batch"] | None = None


class FeedForward(nn.Module):
    """Each position for itself: down(activation(up(x))), or, gated, down(silu(gate(x)) * up(x)) (Shazeer 2020)."""

    def __init__(self, width: int, hidden: int, gated: bool, bias: bool):
        super().__init__()
        self.gate = nn.Linear(width, hidden, bias=bias) if gated else None
        self.up = nn.Linear(width, hidden, bias=bias)
        self.down = nn.Linear(hidden, width, bias=bias)

    def activation(self, x: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch hidden"]:
        return F.gelu(self.up(x)) if self.gate is None else F.silu(self.gate(x)) * self.up(x)

    def forward(self, x: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch width"]:
        return self.down(self.activation(x))


def make_norm(config: Config) -> nn.Module:
    norm = nn.RMSNorm if config.norm == "rms" else nn.LayerNorm
    return norm(config.width, eps=config.norm_eps)


class Block(nn.Module):
    """One layer: a mixer and a feed-forward network, each adding to the residual stream."""

    def __init__(self, config: Config):
        super().__init__()
        self.norm1, self.norm2 = make_norm(config), make_norm(config)
        self.mixer = MIXERS[config.mixer](config.width, config.heads, config.kv_heads, config.head_width, config.bias)
        self.feedforward = FeedForward(config.width, config.feedforward_width, config.gated, config.bias)

    def forward(self, x: Float[Tensor, "batch time width"], shared: Shared, state: Any = None):
        y, state = self.mixer(self.norm1(x), shared, state)
        x = x + y
        return x + self.feedforward(self.norm2(x)), state


class LanguageModel(nn.Module):
    """Tokens in, a distribution over the next token out: ``logits, state = model(ids)``.

    ``source`` says where its weights came from.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.source = "random"
        self.embed = nn.Embedding(config.vocabulary, config.width)
        self.position = nn.Embedding(config.context, config.width) if config.positions == "learned" else None
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = make_norm(config)
        self.head = None if config.tied else nn.Linear(config.width, config.vocabulary, bias=False)
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Small embeddings, and residual writes scaled so that depth does not swell the stream (GPT-2, section 2.3)."""
        for embedding in (self.embed, self.position):
            if embedding is not None:
                nn.init.normal_(embedding.weight, std=0.02)
        for block in self.blocks:
            for write in (block.mixer.o, block.feedforward.down):
                write.weight.mul_((2 * self.config.layers) ** -0.5)

    def shared(self, batch: int, time: int, past: int = 0, padding: Int[Tensor, " batch"] | None = None) -> Shared:
        """Positions and mask of ``time`` new tokens after ``past`` earlier ones; see `Shared`."""
        device = self.embed.weight.device
        index = torch.arange(past, past + time, device=device)[None]
        valid = None
        if padding is not None:
            index = index - padding.to(device)[:, None]
            valid = index >= 0
        rotary = self.rotary(index.clamp(min=0)) if self.config.positions == "rotary" else None
        if padding is None and (past == 0 or time == 1 or not self.config.causal):
            return Shared(rotary, None, None, causal=self.config.causal and time > 1)
        keys = torch.arange(past + time, device=device)
        mask = torch.ones(time, past + time, dtype=torch.bool, device=device)
        if self.config.causal:
            mask = keys <= torch.arange(past, past + time, device=device)[:, None]
        mask = mask[None, None]
        if padding is not None:  # a padded query may look at itself, else its softmax would be 0/0
            itself = keys == torch.arange(past, past + time, device=device)[:, None]
            mask = mask & (keys >= padding.to(device)[:, None, None, None]) | itself
        return Shared(rotary, mask, valid)

    def rotary(self, index: Int[Tensor, "b time"]) -> tuple[Tensor, Tensor]:
        """Cosines and sines of position x frequency, each (b, 1, time, head width)."""
        width = self.config.head_width or self.config.width // self.config.heads
        frequency = self.config.rotary_base ** (-torch.arange(0, width, 2, device=index.device).float() / width)
        angle = (index[..., None] * frequency).repeat(1, 1, 2)[:, None]
        dtype = self.embed.weight.dtype
        return angle.cos().to(dtype), angle.sin().to(dtype)

    def hidden(
        self, ids: Int[Tensor, "batch time"], state: State | None = None, padding: Int[Tensor, " batch"] | None = None
    ) -> tuple[Float[Tensor, "batch time width"], State]:
        """The residual stream after the final norm, and the state to go on from."""
        state = state or State([None] * self.config.layers, 0, padding)
        past, (batch, time) = state.length, ids.shape
        shared = self.shared(batch, time, past, state.padding)
        x = self.embed(ids)
        if self.position is not None:
            index = torch.arange(past, past + time, device=ids.device)[None]
            index = index if state.padding is None else (index - state.padding[:, None]).clamp(min=0)
            x = x + self.position(index)
        layers = []
        for block, before in zip(self.blocks, state.layers, strict=True):
            x, after = block(x, shared, before)
            layers.append(after)
        return self.norm(x), State(layers, past + time, state.padding)

    def unembed(self, hidden: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch vocabulary"]:
        """Logits; with tied weights, each is the dot product of the hidden vector with that token's embedding."""
        return F.linear(hidden, self.embed.weight) if self.head is None else self.head(hidden)

    def forward(
        self, ids: Int[Tensor, "batch time"], state: State | None = None, padding: Int[Tensor, " batch"] | None = None
    ) -> tuple[Float[Tensor, "batch time vocabulary"], State]:
        """Logits for the token after each position.

        ids: token numbers. state: from an earlier call, to go on from there. padding: how many tokens at the left of
        each row are padding (only in the first call; the state remembers it).
        """
        hidden, state = self.hidden(ids, state, padding)
        return self.unembed(hidden), state
