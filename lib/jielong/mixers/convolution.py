"""Causal convolution: each channel's last few values, weighted by how long ago they were.

    y_t = w_0 x_{t-n+1} + ... + w_{n-1} x_t     for each channel, n = ``window``

The weights depend on the distance alone, never on what is there: the layer is time-invariant. A short one (window 4)
stands before the memory of nearly every linear-time architecture (Mamba, DeltaNet, ...), where it lets a position see
its neighbours before it writes; see `jielong.mixers.layers`.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least
from jielong.mixers.attention import MixerConfig, PassContext

SHORT = 8
"""Up to this window, adding shifted copies trains faster on a CPU than torch's own convolution."""


class Tail(NamedTuple):
    """The last ``window - 1`` inputs: all that a convolution remembers."""

    tail: Float[Tensor, "batch past channels"]


class CausalConvolution(nn.Module):
    """One kernel of ``window`` weights for each channel; the last weight is that of the present. device: as torch's
    modules have it."""

    def __init__(self, channels: int, window: int, bias: bool = False, device: torch.device | str | None = None):
        super().__init__()
        at_least(1, channels=channels, window=window)
        self.window = window
        self.weight = nn.Parameter(torch.empty(channels, window, device=device).uniform_(-1, 1) * window**-0.5)
        self.bias = nn.Parameter(torch.zeros(channels, device=device)) if bias else None

    def forward(
        self, x: Float[Tensor, "batch time channels"], tail: Float[Tensor, "batch past channels"] | None = None
    ) -> tuple[Float[Tensor, "batch time channels"], Float[Tensor, "batch past channels"]]:
        """The outputs, and the inputs to go on from; before the first input there were zeros."""
        x = x.to(self.weight.dtype)  # autocast may have made it narrower
        if tail is None:
            tail = x.new_zeros(len(x), self.window - 1, x.shape[-1])
        x = torch.cat((tail, x), dim=1)
        time, weights = x.shape[1] - self.window + 1, self.weight.unbind(-1)
        if self.window <= SHORT or time == 0:
            y = x[:, :time] * weights[0]
            for i, weight in enumerate(weights[1:], start=1):
                y = torch.addcmul(y, x[:, i : i + time], weight)
        else:
            y = F.conv1d(x.transpose(1, 2), self.weight[:, None], groups=x.shape[-1]).transpose(1, 2)
        # a copy, so that remembering a few positions does not keep all of them alive
        return y if self.bias is None else y + self.bias, x[:, time:].clone()


class Convolution(nn.Module):
    """The convolution as a mixer: a kernel over the last ``window`` positions of each value channel, then ``o``."""

    def __init__(self, config: MixerConfig, window: int = 64):
        super().__init__()
        self.v = nn.Linear(config.width, config.inner, bias=config.bias)
        self.convolution = CausalConvolution(config.inner, window)
        self.o = nn.Linear(config.inner, config.width, bias=config.bias)

    def forward(
        self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Tail | None = None
    ) -> tuple[Float[Tensor, "batch time width"], Tail]:
        y, tail = self.convolution(shared.silence(self.v(x)), None if state is None else state.tail)
        return self.o(y), Tail(tail)
