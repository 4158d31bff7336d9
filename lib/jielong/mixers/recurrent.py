"""Recurrent networks, all in the lecture's one form.

    H_t = f_A(H_{t-1}) + f_B(x_t)        memory: what is kept of the old, what comes in
    y_t = f_C(H_t)                       output: what is read from it

The three functions may stay the same for ever (`plain`), or depend on the input and the last output, so that each step
has an f_A, f_B and f_C of its own (`gated`, the LSTM of Hochreiter and Schmidhuber 1997 with the forget gate of Gers et
al. 2000). `recurrent` is the definition, a loop for reading. The layers `RNN` and `LSTM` train with torch's own cells,
which compute the same.

Symbols, with torch's names: ``H`` memory (an LSTM's ``c``; what a plain RNN puts through tanh), ``y`` output (torch's
``h``), ``cell`` the weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from jielong.mixers.attention import MixerConfig, PassContext


class Functions(NamedTuple):
    """The lecture's f_A, f_B and f_C of one step."""

    keep: Callable[[Tensor], Tensor]
    write: Callable[[Tensor], Tensor]
    read: Callable[[Tensor], Tensor]


Rule = Callable[[Tensor, Tensor | None], Functions]
"""From x_t and y_{t-1} to the functions of step t."""


def recurrent(
    x: Float[Tensor, "batch time *in_"], rule: Rule, memory: Tensor, y: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """One step after the other: the outputs (batch, time, ...) and the last memory.

    memory: what there is at the start. y: the output before the first, for a rule that looks at it.
    """
    outputs = []
    for x_t in x.unbind(1):
        f_A, f_B, f_C = rule(x_t, y)
        memory = f_A(memory) + f_B(x_t)
        y = f_C(memory)
        outputs.append(y)
    return torch.stack(outputs, dim=1), memory


def fixed(f_A: Callable, f_B: Callable, f_C: Callable) -> Rule:
    """The same three functions at every step."""
    return lambda x, y: Functions(f_A, f_B, f_C)


def plain(cell: nn.RNN) -> Rule:
    """Elman 1990, with the weights of ``cell``: the memory goes through tanh, then through a matrix."""
    W, U, b, c = cell.all_weights[0]
    return fixed(lambda H: F.linear(H.tanh(), U, c), lambda x: F.linear(x, W, b), torch.tanh)


class Gates(NamedTuple):
    """An LSTM's gates, between 0 (shut) and 1 (open), and the candidate, between -1 and 1, that it may write."""

    forget: Float[Tensor, "*batch hidden"]
    input: Float[Tensor, "*batch hidden"]
    output: Float[Tensor, "*batch hidden"]
    candidate: Float[Tensor, "*batch hidden"]


def gates(cell: nn.LSTM, x: Float[Tensor, "*batch in_"], before: Float[Tensor, "*batch hidden"]) -> Gates:
    """The gates at input ``x`` when the last output was ``before``; at one step, or at all steps together."""
    W, U, b, c = cell.all_weights[0]
    scores = F.linear(x, W, b) + F.linear(before, U, c)
    enter, forget, candidate, leave = scores.chunk(4, dim=-1)
    return Gates(forget.sigmoid(), enter.sigmoid(), leave.sigmoid(), candidate.tanh())


def gated(cell: nn.LSTM) -> Rule:
    """The LSTM with the weights of ``cell``: the forget gate is f_A, the input gate in f_B, the output gate in f_C."""

    def rule(x: Tensor, y: Tensor | None) -> Functions:
        assert y is not None, "y: an LSTM's gates look at the last output; start with zeros"
        gate = gates(cell, x, y)
        return Functions(
            lambda H: gate.forget * H,
            lambda x: gate.input * gate.candidate,
            lambda H: gate.output * H.tanh(),
        )

    return rule


class Output(NamedTuple):
    """What a plain RNN goes on from: its last output."""

    y: Float[Tensor, "batch hidden"]


class Memory(NamedTuple):
    """What an LSTM goes on from: its last output and its memory."""

    y: Float[Tensor, "batch hidden"]
    memory: Float[Tensor, "batch hidden"]


class RNN(nn.Module):
    """A plain recurrent network as a mixer; ``heads`` x ``head_width`` hidden units."""

    def __init__(self, config: MixerConfig):
        super().__init__()
        self.cell = nn.RNN(config.width, config.inner, batch_first=True)
        self.o = nn.Linear(config.inner, config.width, bias=config.bias)

    def forward(
        self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Output | None = None
    ) -> tuple[Float[Tensor, "batch time width"], Output]:
        y, last = through(self.cell, x, shared, None if state is None else state.y[None])
        return self.o(y), Output(last[0])


class LSTM(nn.Module):
    """An LSTM as a mixer. Its forget gates start mostly open (a bias of one: Jozefowicz et al. 2015, section 2.2)."""

    def __init__(self, config: MixerConfig):
        super().__init__()
        self.cell = nn.LSTM(config.width, config.inner, batch_first=True)
        self.o = nn.Linear(config.inner, config.width, bias=config.bias)
        *_, b, c = self.cell.all_weights[0]
        with torch.no_grad():
            b.copy_(torch.eye(4, device=b.device)[1].repeat_interleave(config.inner))  # torch's second gate is "forget"
            c.zero_()

    def forward(
        self, x: Float[Tensor, "batch time width"], shared: PassContext, state: Memory | None = None
    ) -> tuple[Float[Tensor, "batch time width"], Memory]:
        before = None if state is None else (state.y[None], state.memory[None])
        y, (last, memory) = through(self.cell, x, shared, before)
        return self.o(y), Memory(last[0], memory[0])

    def gates(self, x: Float[Tensor, "batch time width"], shared: PassContext) -> Gates:
        """The gates at every position, each (batch, time, hidden)."""
        y, _ = through(self.cell, x, shared)
        return gates(self.cell, x, F.pad(y, (0, 0, 1, -1)))


def through(cell: nn.RNN | nn.LSTM, x: Float[Tensor, "batch time width"], shared: PassContext, state: Any = None):
    """``cell`` over each row's own text: its outputs (zeros at padding) and its last state."""
    if shared.valid is None:
        return cell(x, state)
    if x.shape[1] == 1:  # in decoding, nobody should have to wait for the lengths
        y, after = cell(x, state)
        return y * shared.valid[..., None], keep(shared.valid[:, 0], after, state)
    padding = (~shared.valid).sum(1)
    lengths = (x.shape[1] - padding).cpu()
    packed = pack_padded_sequence(roll(x, padding), lengths, batch_first=True, enforce_sorted=False)
    y, state = cell(packed, state)
    y, _ = pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])
    return roll(y, -padding), state


def keep(valid: Bool[Tensor, " batch"], after: Any, before: Any) -> Any:
    """A cell's state (a tensor, or the LSTM's two) after a step, in rows where the step was padding, that before it."""
    if isinstance(after, tuple):
        return tuple(keep(valid, *pair) for pair in zip(after, before or (None, None), strict=True))
    return torch.where(valid[:, None], after, torch.zeros_like(after) if before is None else before)


def roll(x: Float[Tensor, "batch time channels"], by: Int[Tensor, " batch"]) -> Float[Tensor, "batch time channels"]:
    """Each row moved to the left by its own number of positions, around the end."""
    index = (torch.arange(x.shape[1], device=x.device) + by[:, None]) % x.shape[1]
    return x.gather(1, index[..., None].expand_as(x))
