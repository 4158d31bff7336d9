"""The layers around the memories: one body, in which each architecture is a few lines.

    q, k, v = silu(convolution(x W))                 each position sees three neighbours before it asks, or writes
    y, S = form(q, k, v, decay, beta, S)             one memory S (d_k, d_v) per head: here the architectures differ
    out = (norm(y) * silu(x W_gate)) W_o             the norm, per head, takes out how much was written

This is the body of DeltaNet (Yang et al. 2024, arXiv 2406.06484) and Gated DeltaNet (Yang et al. 2024, arXiv
2412.06464); RetNet and GLA differ from it by having no convolution. Keys and values can be shared by groups of heads,
as in `Attention`. There is no scale on q: the norm would take it out again. `Mamba` has a body of its own.

A layer's state is of constant size. Single steps use a form's definition, longer pieces its chunks.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.mixers import delta, gated, linear_attention, mamba, retention
from jielong.mixers.attention import MixerConfig, MultiHead, PassContext
from jielong.mixers.convolution import CausalConvolution

WINDOW = 4
"""Positions that the short convolution sees: itself and three before, as in all these papers."""
EPS = 1e-6
RANK = 16
"""Of the two thin matrices that make a gate for each channel (GLA, section 4.4)."""
STATE = 16
"""Numbers that Mamba remembers in each channel."""

ByHead = Float[Tensor, "batch heads time head_width"]
Matrices = Float[Tensor, "batch heads d_k d_v"]


class Remembered(NamedTuple):
    """What a layer goes on from: its memory, and the inputs that its short convolution still sees."""

    memory: Matrices | Float[Tensor, "batch channels n"]
    tail: Float[Tensor, "batch past channels"]


class MatrixMemory(MultiHead):
    """The body; a subclass names its ``forms`` and overrides `remember` where its rule takes more than q, k and v."""

    forms: ModuleType

    def __init__(self, config: MixerConfig):
        super().__init__(config)
        self.convolution = CausalConvolution((config.heads + 2 * config.groups) * config.per_head, WINDOW)
        self.gate = nn.Linear(config.width, config.inner, bias=config.bias)
        self.norm = nn.RMSNorm(config.per_head, eps=EPS)
        self.o = nn.Linear(config.inner, config.width, bias=config.bias)

    def forward(
        self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Remembered | None = None
    ) -> tuple[Float[Tensor, "batch time width"], Remembered]:
        memory, tail = (None, None) if state is None else state
        q, k, v, tail = self.qkv(x, shared, tail)
        y, memory = self.remember(x, q, k, v, memory)
        y = self.finish(y, self.split(self.gate(x)))
        return self.o(y.transpose(1, 2).flatten(2)), Remembered(memory, tail)

    def qkv(
        self,
        x: Float[Tensor, "batch time width"],
        shared: PassContext,
        tail: Float[Tensor, "batch past channels"] | None = None,
    ) -> tuple[ByHead, ByHead, ByHead, Float[Tensor, "batch past channels"]]:
        """Queries, keys and values, each (batch, heads, time, head width), and what the convolution goes on from."""
        mixed = torch.cat((self.q(x), self.k(x), self.v(x)), dim=-1)
        mixed, tail = self.convolution(shared.silence(mixed), tail)
        widths = [self.q.out_features, self.k.out_features, self.v.out_features]
        # zeros at padding stay zeros, and a key of zeros writes nothing
        q, k, v = (self.split(part) for part in F.silu(mixed).split(widths, dim=-1))
        return q, self.for_each_head(k), self.for_each_head(v), tail

    def remember(
        self, x: Float[Tensor, "batch time width"], q: ByHead, k: ByHead, v: ByHead, memory: Matrices | None
    ) -> tuple[ByHead, Matrices]:
        """Write and read: what was read, and the memory after the last position."""
        return self.run(q, k, v, memory)

    def run(
        self, q: ByHead, k: ByHead, v: ByHead, memory: Matrices | None, **controls: Tensor
    ) -> tuple[ByHead, Matrices]:
        """The definition for a single step, chunks for more. controls: the decay and the beta that the form takes.

        They are right by construction: to look at them would make a GPU wait at every step.
        """
        form = self.forms.recurrent if q.shape[2] == 1 else self.forms.chunkwise
        return form.trusted(q, k, v, state=memory, **{name: x.to(q.dtype) for name, x in controls.items()})

    def finish(self, y: ByHead, gate: ByHead) -> ByHead:
        return self.norm(y) * F.silu(gate)


class Linear(MatrixMemory):
    """Linear attention: writes and never forgets (Katharopoulos et al. 2020; the norm stands for their division)."""

    forms = linear_attention


class Retention(MatrixMemory):
    """RetNet: each head forgets at its own fixed rate (Sun et al. 2023). Without their rotation of q and k."""

    forms = retention
    decay: Tensor

    def __init__(self, config: MixerConfig):
        super().__init__(config)
        self.register_buffer("decay", retention.decays(config.heads, self.q.weight.device), persistent=False)

    def remember(
        self, x: Float[Tensor, "batch time width"], q: ByHead, k: ByHead, v: ByHead, memory: Matrices | None
    ) -> tuple[ByHead, Matrices]:
        return self.run(q, k, v, memory, decay=self.decay)


class Clock(nn.Module):
    """How much time passes at each step, and how much of the memory it takes (Mamba-2; Gated DeltaNet, section 3.4).

    dt = softplus(x W + bias) > 0, and decay = -A dt, so that long steps both write more and forget more.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.dt = nn.Linear(width, heads)
        self.A_log = nn.Parameter(torch.empty(heads, device=self.dt.weight.device).uniform_(1, 16).log())
        with torch.no_grad():
            self.dt.bias.copy_(first_steps(heads, self.dt.weight.device))

    def forward(
        self, x: Float[Tensor, "batch time width"]
    ) -> tuple[Float[Tensor, "batch heads time"], Float[Tensor, "batch heads time"]]:
        """dt and the decay."""
        dt = self.dt(x).transpose(1, 2)
        # a compiler mistakes the strides of softplus's gradient, unless this is contiguous
        dt = F.softplus(dt.contiguous() if torch.compiler.is_compiling() else dt)
        return dt, -self.A_log.exp()[:, None] * dt


def first_steps(count: int, device: torch.device | None = None) -> Float[Tensor, " count"]:
    """Biases for which softplus gives steps between 0.001 and 0.1, evenly in the logarithm (Mamba, section 3.6)."""
    dt = torch.empty(count, device=device).uniform_(math.log(0.001), math.log(0.1)).exp()
    return dt + torch.log(-torch.expm1(-dt))


class Gated(MatrixMemory):
    """Mamba-2: one gate per head, made from the input (Dao and Gu 2024, section 7). The value also passes by, times D.

    Their C, B, X are q, k, v; their gate comes before the norm.
    """

    forms = gated

    def __init__(self, config: MixerConfig):
        super().__init__(config)
        self.clock = Clock(config.width, config.heads)
        self.D = nn.Parameter(torch.ones(config.heads, device=self.q.weight.device))

    def remember(
        self, x: Float[Tensor, "batch time width"], q: ByHead, k: ByHead, v: ByHead, memory: Matrices | None
    ) -> tuple[ByHead, Matrices]:
        dt, decay = self.clock(x)
        y, memory = self.run(q, k, v * dt[..., None], memory, decay=decay)
        return y + self.D[:, None, None] * v, memory

    def finish(self, y: ByHead, gate: ByHead) -> ByHead:
        return self.norm(y * F.silu(gate))


class GatedChannels(MatrixMemory):
    """Gated linear attention: a gate for each channel of the key (Yang et al. 2023, section 4.4)."""

    forms = gated
    SOFTER = 16
    """Their temperature: gates start near one."""

    def __init__(self, config: MixerConfig):
        super().__init__(config)
        self.forget = nn.Sequential(nn.Linear(config.width, RANK, bias=False), nn.Linear(RANK, config.inner))

    def remember(
        self, x: Float[Tensor, "batch time width"], q: ByHead, k: ByHead, v: ByHead, memory: Matrices | None
    ) -> tuple[ByHead, Matrices]:
        decay = F.logsigmoid(self.split(self.forget(x))) / self.SOFTER
        return self.run(q, k, v, memory, decay=decay)


class Delta(MatrixMemory):
    """DeltaNet: erase what the memory holds for a key before writing; beta says how much (Yang et al. 2024)."""

    forms = delta

    def __init__(self, config: MixerConfig):
        super().__init__(config)
        self.beta = nn.Linear(config.width, config.heads, bias=False)

    def remember(
        self, x: Float[Tensor, "batch time width"], q: ByHead, k: ByHead, v: ByHead, memory: Matrices | None
    ) -> tuple[ByHead, Matrices]:
        return self.run(unit(q), unit(k), v, memory, beta=self.strength(x))

    def strength(self, x: Float[Tensor, "batch time width"]) -> Float[Tensor, "batch heads time"]:
        return self.beta(x).sigmoid().transpose(1, 2)


class GatedDelta(Delta):
    """Gated DeltaNet: the delta rule in a memory that also forgets (Yang et al. 2025)."""

    def __init__(self, config: MixerConfig):
        super().__init__(config)
        self.clock = Clock(config.width, config.heads)

    def remember(
        self, x: Float[Tensor, "batch time width"], q: ByHead, k: ByHead, v: ByHead, memory: Matrices | None
    ) -> tuple[ByHead, Matrices]:
        _, decay = self.clock(x)
        return self.run(unit(q), unit(k), v, memory, beta=self.strength(x), decay=decay)


def unit(x: Float[Tensor, "*batch head_width"]) -> Float[Tensor, "*batch head_width"]:
    """Length one, so that writing with beta = 1 replaces exactly what was there; zeros stay zeros."""
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + EPS)


class Mamba(nn.Module):
    """Mamba: the input of each channel decides how far its own clock moves, what is written and what is read.

    u = silu(convolution(x W_u)); (dt, B, C) = u W_select; then `jielong.mixers.mamba` scans, for ``STATE`` numbers in
    each channel, and what it read passes a gate (Gu and Dao 2023, arXiv 2312.00752, figure 3 and algorithm 2).
    Channels: twice the width, as in the paper, or ``heads`` x ``head_width``. It has no heads and shares no keys.
    """

    def __init__(self, config: MixerConfig):
        super().__init__()
        width, bias = config.width, config.bias
        channels, rank = config.inner if config.head_width else 2 * width, math.ceil(width / 16)
        self.u = nn.Linear(width, channels, bias=bias)
        self.convolution = CausalConvolution(channels, WINDOW, bias=True)
        self.select = nn.Linear(channels, rank + 2 * STATE, bias=False)
        self.dt = nn.Linear(rank, channels)
        numbers = torch.arange(1.0, STATE + 1, device=self.dt.weight.device)
        self.A_log = nn.Parameter(numbers.log().repeat(channels, 1))
        self.D = nn.Parameter(torch.ones(channels, device=self.dt.weight.device))
        self.gate = nn.Linear(width, channels, bias=bias)
        self.o = nn.Linear(channels, width, bias=bias)
        with torch.no_grad():
            self.dt.bias.copy_(first_steps(channels, self.dt.weight.device))

    def forward(
        self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Remembered | None = None
    ) -> tuple[Float[Tensor, "batch time width"], Remembered]:
        memory, tail = (None, None) if state is None else state
        u, tail = self.convolution(shared.silence(self.u(x)), tail)
        u = shared.silence(F.silu(u))  # the convolution's bias spoke at padding too
        dt, B, C = self.select(u).split([self.dt.in_features, STATE, STATE], dim=-1)
        form = mamba.recurrent if x.shape[1] == 1 else mamba.chunkwise
        dt, B, C = (x.to(u.dtype) for x in (F.softplus(self.dt(dt)), B, C))
        y, memory = form.trusted(u, dt, -self.A_log.exp(), B, C, self.D, state=memory)
        return self.o(y * F.silu(self.gate(x))), Remembered(memory, tail)
