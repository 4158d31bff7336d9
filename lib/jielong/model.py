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

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import above, at_least, indices
from jielong.mixers import MIXERS, MixerConfig, PassContext, Tap

LEARNED = 256
"""Learned positions, where no other number is said."""


@dataclass(frozen=True)
class Config:
    """The architecture: everything that people choose before any training (the lecture's hyperparameters).

    vocabulary: number of different tokens. width: length of the residual stream's vectors. heads, kv_heads, head_width:
    see `MixerConfig`. mixer: a name in `MIXERS`, or one for each layer (a hybrid). hidden: feed-forward units (default:
    4 x width; 8/3 x width if gated). context: the longest text, in tokens, that training reads; of a longer one it
    warns, once (None: nobody knows). There are as many learned positions (default: `LEARNED`), and no more. causal: no
    position looks ahead. positions: of attention; the other mixers know the order by themselves. tied: the unembedding
    is the embedding. rotary_base: the slowest wavelength of rotary positions, in positions / 2 pi. norm_eps: added to
    the variance in the norms. norm_first: norms stand before mixer and feed-forward, and at the end; else after each,
    and after the embedding, as in Vaswani et al. 2017 and BERT. extrapolate: no warning, for longer texts are meant.
    """

    vocabulary: int
    width: int = 64
    layers: int = 2
    heads: int = 4
    kv_heads: int | None = None
    head_width: int | None = None
    hidden: int | None = None
    context: int | None = None
    mixer: str | tuple[str, ...] = "attention"
    causal: bool = True
    norm: Literal["rms", "layer"] = "rms"
    positions: Literal["rotary", "learned", "none"] = "rotary"
    gated: bool = True
    tied: bool = True
    bias: bool = False
    rotary_base: float = 10_000.0
    norm_eps: float = 1e-5
    norm_first: bool = True
    extrapolate: bool = False

    def __post_init__(self) -> None:
        if len(self.mixers) != self.layers:
            raise ValueError(f"mixer={self.mixer!r} must be one name, or one for each of {self.layers} layers")
        for mixer in self.mixers:
            if mixer not in MIXERS:
                raise ValueError(f"mixer={mixer!r} is unknown; there are {sorted(MIXERS)}")
            if not self.causal and mixer != "attention":
                raise ValueError(f"mixer={mixer!r} only ever looks back: causal=False needs attention in all layers")
        hidden = self.feedforward_width if self.hidden is None else self.hidden
        at_least(1, vocabulary=self.vocabulary, width=self.width, hidden=hidden)
        if self.context is not None:
            at_least(1, context=self.context)
        if self.extrapolate and self.positions == "learned":
            raise ValueError("extrapolate=True: beyond the last of learned positions there are none")
        above(0, rotary_base=self.rotary_base, norm_eps=self.norm_eps)
        heads = self.mixer_config  # which checks that they fit
        if self.positions == "rotary" and "attention" in self.mixers and heads.per_head % 2:
            raise ValueError(f"head_width={heads.per_head} must be even, for rotary positions turn pairs of numbers")

    @property
    def mixers(self) -> tuple[str, ...]:
        """The mixer of each layer."""
        return (self.mixer,) * self.layers if isinstance(self.mixer, str) else tuple(self.mixer)

    @property
    def mixer_config(self) -> MixerConfig:
        """What each layer's mixer is made from."""
        return MixerConfig(self.width, self.heads, self.kv_heads, self.head_width, self.bias)

    @property
    def places(self) -> int:
        """How many learned positions there are."""
        return (self.context or LEARNED) if self.positions == "learned" else 0

    @property
    def feedforward_width(self) -> int:
        return self.hidden or (8 * self.width // 3 if self.gated else 4 * self.width)


@dataclass
class State:
    """What decoding carries from step to step: each layer's state, how many positions were read, and the padding.

    A model never changes a state that it was given: going on twice from the same one makes two branches.
    """

    layers: list[Any]
    length: int
    batch: int
    padding: Int[Tensor, " batch"] | None = None

    def rows(self, index: Int[Tensor, " rows"]) -> State:
        """The state of some rows of the batch, in this order; a row may come more than once."""
        indices(self.batch, index=index)
        layers = [type(layer)(*(part[index] for part in layer)) for layer in self.layers]
        return State(layers, self.length, len(index), None if self.padding is None else self.padding[index])

    def copies(self, count: int) -> State:
        """The state of the first row, ``count`` times."""
        at_least(1, count=count)
        return self.rows(torch.zeros(count, dtype=torch.long, device=self.layers[0][0].device))

    @property
    def floats(self) -> int:
        """How many numbers one row remembers, in all layers together."""
        return sum(part.numel() for layer in self.layers for part in layer) // self.batch


class FeedForward(nn.Module):
    """Each position for itself: down(activation(up(x))), or, gated, down(silu(gate(x)) * up(x)) (Shazeer 2020)."""

    def __init__(self, width: int, hidden: int, gated: bool, bias: bool):
        super().__init__()
        at_least(1, width=width, hidden=hidden)
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

    def __init__(self, config: Config, mixer: str):
        super().__init__()
        self.norm1, self.norm2 = make_norm(config), make_norm(config)
        self.mixer = MIXERS[mixer](config.mixer_config)
        self.feedforward = FeedForward(config.width, config.feedforward_width, config.gated, config.bias)
        self.mid = Tap()
        self.norm_first = config.norm_first

    def forward(self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Any = None):
        if not self.norm_first:
            y, state = self.mixer(x, shared, state)
            x = self.mid(self.norm1(x + y))
            return self.norm2(x + self.feedforward(x)), state
        y, state = self.mixer(self.norm1(x), shared, state)
        x = self.mid(x + y)
        return x + self.feedforward(self.norm2(x)), state


class LanguageModel(nn.Module):
    """Tokens in, a distribution over the next token out: ``logits, state = model(ids)``.

    ``source`` says where its weights came from. The first ones come from torch's global die, as all of torch's modules
    draw them; `jielong.training.seeded` lends a model a die of its own.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.source = "random"
        self.warned = False
        self.embed = nn.Embedding(config.vocabulary, config.width)
        self.position = nn.Embedding(config.places, config.width) if config.places else None
        self.blocks = cast("Sequence[Block]", nn.ModuleList(Block(config, mixer) for mixer in config.mixers))
        self.norm = make_norm(config)
        self.head = None if config.tied else nn.Linear(config.width, config.vocabulary, bias=False)
        self.places, self.logits = Tap(), Tap()
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

    @property
    def device(self) -> torch.device:
        """Where its weights are, and where ids and padding must be."""
        return self.embed.weight.device

    def shared(self, batch: int, time: int, past: int = 0, padding: Int[Tensor, " batch"] | None = None) -> PassContext:
        """Positions and mask of ``time`` new tokens after ``past`` earlier ones; see `PassContext`."""
        index = self.places(self.index(time, past, padding))
        if "attention" not in self.config.mixers:
            return PassContext(valid=None if padding is None else index >= 0)
        rotary = self.rotary(index.clamp(min=0)) if self.config.positions == "rotary" else None
        if padding is None and (past == 0 or time == 1 or not self.config.causal):
            return PassContext(rotary, causal=self.config.causal and time > 1)
        keys = torch.arange(past + time, device=index.device)
        queries = keys[past:, None]
        mask = keys <= queries if self.config.causal else torch.ones_like(keys <= queries)
        if padding is None:
            return PassContext(rotary, mask[None, None])
        # a padded query may look at itself, else its softmax would be 0/0
        mask = mask & (keys >= padding[:, None, None, None]) | (keys == queries)
        return PassContext(rotary, mask, valid=index >= 0)

    def index(self, time: int, past: int, padding: Int[Tensor, " batch"] | None) -> Int[Tensor, "b time"]:
        """Each new token's position in its own text; negative at padding."""
        self.check_length(past + time)
        index = torch.arange(past, past + time, device=self.device)[None]
        return index if padding is None else index - padding[:, None]

    def rotary(self, index: Int[Tensor, "b time"]) -> tuple[Tensor, Tensor]:
        """Cosines and sines of position x frequency, each (b, 1, time, head width)."""
        width = self.config.mixer_config.per_head
        dtype = self.embed.weight.dtype
        # in float64 wherever there is one: far into a text, float32 leaves an angle only a few digits
        fine = torch.float32 if index.device.type == "mps" else torch.float64
        frequency = self.config.rotary_base ** (-torch.arange(0, width, 2, device=index.device, dtype=fine) / width)
        angle = (index[..., None] * frequency).repeat(1, 1, 2)[:, None]
        return angle.cos().to(dtype), angle.sin().to(dtype)

    def hidden(
        self, ids: Int[Tensor, "batch time"], state: State | None = None, padding: Int[Tensor, " batch"] | None = None
    ) -> tuple[Float[Tensor, "batch time width"], State]:
        """The residual stream after the last norm, and the state to go on from."""
        self.check_ids(ids)
        state = self.start(ids, padding) if state is None else self.check_state(ids, state, padding)
        past, (batch, time) = state.length, ids.shape
        shared = self.shared(batch, time, past, state.padding)
        x = self.enter(ids, past, state.padding)
        layers = []
        for block, before in zip(self.blocks, state.layers, strict=True):
            x, after = block(x, shared, before)
            layers.append(after)
        return self.leave(x), State(layers, past + time, batch, state.padding)

    def enter(
        self, ids: Int[Tensor, "batch time"], past: int = 0, padding: Int[Tensor, " batch"] | None = None
    ) -> Float[Tensor, "batch time width"]:
        """The residual stream that the first block reads: embeddings, learned positions, and the norm that stands here
        where norms come last. past: how many tokens were read before ``ids``."""
        x = self.embed(ids)
        if self.position is not None:
            x = x + self.position(self.index(ids.shape[1], past, padding).clamp(min=0))
        return x if self.config.norm_first else self.norm(x)

    def leave(self, x: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch width"]:
        """What is unembedded, from the stream after the last block: its norm, or the stream itself where norms come
        last."""
        return self.norm(x) if self.config.norm_first else x

    def start(self, ids: Shaped[Tensor, "batch time *_"], padding: Int[Tensor, " batch"] | None) -> State:
        """The state before anything was read. Raises ValueError where ``padding`` does not fit ``ids``."""
        batch, time = ids.shape[:2]
        if padding is not None:
            if padding.shape != (batch,) or padding.is_floating_point():
                raise ValueError(f"padding must be {batch} whole numbers, one per row, not {tuple(padding.shape)}")
            if not 0 <= int(padding.min()) <= int(padding.max()) < time:
                raise ValueError(f"padding={padding.tolist()} must leave at least one of {time} tokens in each row")
            padding = padding.to(ids.device)
        return State([None] * self.config.layers, 0, batch, padding)

    def check_ids(self, ids: Int[Tensor, "batch time"]) -> None:
        """Raise ValueError for what are no ids of this model's vocabulary."""
        if ids.is_floating_point() or ids.dim() != 2 or 0 in ids.shape:
            raise ValueError(f"ids must be whole numbers (batch, time), not {ids.dtype} of shape {tuple(ids.shape)}")
        low, high = torch.aminmax(ids)
        if low < 0 or high >= self.config.vocabulary:
            raise ValueError(f"ids must lie in 0 to {self.config.vocabulary - 1}; these go from {low} to {high}")

    def check_state(self, ids: Shaped[Tensor, "batch time *_"], state: State, padding: Tensor | None = None) -> State:
        """The state. Raises ValueError for one from which ``ids`` cannot go on, or read with other ``padding``."""
        if state.batch != len(ids):
            raise ValueError(f"state is of {state.batch} rows, but ids has {len(ids)}; see State.rows")
        if len(state.layers) != self.config.layers:
            raise ValueError(f"state is of {len(state.layers)} layers, but this model has {self.config.layers}")
        if state.length and not self.config.causal:
            raise ValueError("state: a model that looks ahead (causal=False) reads a text whole, not piece by piece")
        known = ids.new_zeros(len(ids)) if state.padding is None else state.padding
        if padding is not None and not torch.equal(known, padding.to(known)):
            read = "none" if state.padding is None else known.tolist()
            raise ValueError(f"padding={padding.tolist()}, but the state was read with {read}; it remembers its own")
        return state

    def check_length(self, length: int) -> None:
        """Raise ValueError beyond the last learned position, and warn, once, beyond the longest text of training."""
        places, context = self.config.places, self.config.context
        if places and length > places:
            raise ValueError(f"ids: {length} tokens do not fit into the {places} learned positions (config.context)")
        if context and length > context and not (self.config.extrapolate or self.warned):
            self.warned = True
            warnings.warn(
                f"{length} tokens are more than the {context} that this model was trained to read (config.context), so "
                "what it says beyond them was never trained; whoever means that says extrapolate=True",
                stacklevel=2,
            )

    def unembed(self, hidden: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch vocabulary"]:
        """Logits; with tied weights, each is the dot product of the hidden vector with that token's embedding."""
        return self.logits(F.linear(hidden, self.embed.weight) if self.head is None else self.head(hidden))

    def next_logits(self, hidden: Float[Tensor, "batch time width"]) -> Float[Tensor, "batch vocabulary"]:
        """Logits for the token after the last position alone; most of the unembedding is spared."""
        return self.unembed(hidden[:, -1:].contiguous())[:, 0]  # a slice would go the slow way through F.linear

    def forward(
        self, ids: Int[Tensor, "batch time"], state: State | None = None, padding: Int[Tensor, " batch"] | None = None
    ) -> tuple[Float[Tensor, "batch time vocabulary"], State]:
        """Logits for the token after each position.

        ids: token numbers. state: from an earlier call, to go on from there. padding: how many tokens at the left of
        each row are padding (in the first call; the state remembers it). Raises ValueError for input that does not fit.
        """
        hidden, state = self.hidden(ids, state, padding)
        return self.unembed(hidden), state
