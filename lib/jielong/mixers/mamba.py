"""Mamba's selective scan: a linear recurrence with a state of N numbers per channel, whose steps depend on the input.

    h_t = exp(dt_t A) h_{t-1} + dt_t B_t x_t        forget and write; for each channel d and each n of its N numbers
    y_t = C_t . h_t + D x_t                         read, and let the input through

A large step ``dt`` forgets the past and writes what comes in; a step of 0 passes over the input. That choice is what
"selective" means.

Symbols, as in Gu and Dao 2023 ("Mamba: Linear-Time Sequence Modeling with Selective State Spaces", arXiv 2312.00752,
section 3 and algorithm 2): ``x`` input, ``A``, ``B``, ``C``, ``D`` theirs, ``dt`` their Delta, ``state`` their h.
exp(dt A) is their A-bar (equation 4, zero-order hold); for B-bar we take dt B, as their code does, instead of equation
4's (dt A)^-1 (exp(dt A) - 1) dt B: for small dt the two agree.

In terms of gated linear attention: C is the query, B the key, dt x the value, and dt A the log decay. But the decay is
a different one in every cell of the memory, so that no product of matrices can take many steps at once. What remains is
to take them one after the other, quickly.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.mixers.checks import check_alike, check_shape, known
from jielong.mixers.forms import apply, by_hand, form

# so many steps at once that their states stay in the processor's cache
CHUNK = 16


def empty(x: Float[Tensor, "batch time channels"], A: Float[Tensor, "channels n"]) -> Tensor:
    """A state in which nothing was written."""
    return x.new_zeros(x.shape[0], *A.shape)


def check_scan(
    x: Tensor,
    dt: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None = None,
    state: Tensor | None = None,
    values: bool = True,
) -> None:
    """Raise ValueError where these don't fit the signature of `selective_scan`. values: whether to look at numbers."""
    if x.dim() != 3 or x.shape[2] == 0:
        raise ValueError(f"x must be (batch, time, channels), with channels; it is {tuple(x.shape)}")
    batch, time, channels = x.shape
    n = A.shape[1] if A.dim() == 2 else "n"
    wanted = {"dt": (dt, x.shape), "A": (A, (channels, n)), "B": (B, (batch, time, n)), "C": (C, (batch, time, n))}
    wanted |= {} if D is None else {"D": (D, (channels,))}
    wanted |= {} if state is None else {"state": (state, (batch, channels, n))}
    for name, (tensor, shape) in wanted.items():
        check_shape(name, tensor, shape, fit="x and A")
    check_alike({"dt": dt, "A": A, "D": D, "state": state}, x=x, B=B, C=C)
    if values and known(A) and not (highest := A.detach().max().item()) <= 0:
        raise ValueError(f"A is never positive (-exp(log_A) would do), or states would grow; its largest is {highest}")
    if values and known(dt) and not (lowest := dt.detach().min().item()) >= 0:
        raise ValueError(f"dt is a length of time, never negative (softplus(x) would do); its smallest is {lowest}")


def no_steps(
    x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None = None, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """What every form makes of a text of length 0."""
    return dt * x, empty(x, A) if state is None else state


@form(check_scan, no_steps)
def recurrent(
    x: Float[Tensor, "batch time channels"],
    dt: Float[Tensor, "batch time channels"],
    A: Float[Tensor, "channels n"],
    B: Float[Tensor, "batch time n"],
    C: Float[Tensor, "batch time n"],
    D: Float[Tensor, " channels"] | None = None,
    state: Float[Tensor, "batch channels n"] | None = None,
) -> tuple[Float[Tensor, "batch time channels"], Float[Tensor, "batch channels n"]]:
    """The definition: one step at a time.

    dt is never negative, A never positive, so that no state grows by itself. Raises ValueError for arguments that do
    not fit together.
    """
    h = empty(x, A) if state is None else state
    y = []
    for x_t, dt_t, B_t, C_t in zip(x.unbind(1), dt.unbind(1), B.unbind(1), C.unbind(1), strict=True):
        h = (dt_t[..., None] * A).exp() * h + (dt_t * x_t)[..., None] * B_t[:, None, :]
        y.append((h @ C_t[..., None]).squeeze(-1))
    return skip(torch.stack(y, dim=1), x, D), h


@form(check_scan, no_steps)
def chunkwise(
    x: Float[Tensor, "batch time channels"],
    dt: Float[Tensor, "batch time channels"],
    A: Float[Tensor, "channels n"],
    B: Float[Tensor, "batch time n"],
    C: Float[Tensor, "batch time n"],
    D: Float[Tensor, " channels"] | None = None,
    state: Float[Tensor, "batch channels n"] | None = None,
) -> tuple[Float[Tensor, "batch time channels"], Float[Tensor, "batch channels n"]]:
    """The fast one: all decays and writes of a chunk at once, then its steps in place, while all of it is in cache."""
    h = empty(x, A) if state is None else state
    y, h = apply(Scan, plain, dt * x, dt, A.mT.contiguous(), B, C, h.mT.contiguous())
    return skip(y, x, D), h.mT


selective_scan = chunkwise  # the name by which the paper's code and every library know it


def skip(y: Tensor, x: Tensor, D: Tensor | None) -> Tensor:
    return y if D is None else y + D * x


def plain(
    u: Float[Tensor, "batch time channels"],
    dt: Float[Tensor, "batch time channels"],
    A: Float[Tensor, "n channels"],
    B: Float[Tensor, "batch time n"],
    C: Float[Tensor, "batch time n"],
    h: Float[Tensor, "batch n channels"],
) -> tuple[Float[Tensor, "batch time channels"], Float[Tensor, "batch n channels"]]:
    """The recurrence without the skip, from ``u`` = dt x; the longest dimension comes last, which is fast."""
    y = []
    for u_t, dt_t, B_t, C_t in zip(u.unbind(1), dt.unbind(1), B.unbind(1), C.unbind(1), strict=True):
        h = (dt_t[:, None] * A).exp() * h + B_t[..., None] * u_t[:, None]
        y.append((C_t[:, None] @ h).squeeze(1))
    return torch.stack(y, dim=1), h


class Scan(torch.autograd.Function):
    """`plain` in chunks, in place; its gradients by hand, from states that it makes again.

    Only the state before each chunk is kept, 1/16 of what autograd would.
    """

    @staticmethod
    def forward(ctx: Any, u: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, h: Tensor) -> Any:
        ctx.save_for_backward(u, dt, A, B, C, h)
        ctx.starts, y = [], []
        for u_c, dt_c, B_c, C_c in zip(*(x.split(CHUNK, 1) for x in (u, dt, B, C)), strict=True):
            if any(ctx.needs_input_grad):
                ctx.starts.append(h)
            _, states = run(u_c, dt_c, A, B_c, h)
            y.append((C_c[:, :, None] @ states).squeeze(2))
            h = states[:, -1].clone()
        return torch.cat(y, dim=1), h

    @staticmethod
    @by_hand(plain)
    def backward(ctx: Any, d_y: Tensor, d_h: Tensor) -> Any:
        u, dt, A, B, C, _ = ctx.saved_tensors
        d_A, parts = torch.zeros_like(A), []
        steps = zip(*(x.split(CHUNK, 1) for x in (u, dt, B, C, d_y)), ctx.starts, strict=True)
        for u_c, dt_c, B_c, C_c, d_y_c, h in reversed(list(steps)):
            decay, states = run(u_c, dt_c, A, B_c, h)
            d_states = C_c[..., None] * d_y_c[:, :, None]
            d_h = run_back(decay, d_states, d_h)
            d_u = (B_c[:, :, None] @ d_states).squeeze(2)
            d_B = torch.linalg.vecdot(d_states, u_c[:, :, None])
            d_C = torch.linalg.vecdot(states, d_y_c[:, :, None])
            # the gradient of log decay, dt A: each state before its step, times what came back through that step
            d_log = decay
            d_log[:, 1:] *= states[:, :-1]
            d_log[:, 0] *= h
            d_A += (d_log * dt_c[:, :, None]).sum((0, 1))
            d_dt = d_log.mul_(A).sum(2)
            parts.append((d_u, d_dt, d_B, d_C))
        d_u, d_dt, d_B, d_C = (torch.cat(part[::-1], dim=1) for part in zip(*parts, strict=True))
        return d_u, d_dt, d_A, d_B, d_C, d_h


def run(u: Tensor, dt: Tensor, A: Tensor, B: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """Decays and states at each step of one chunk, both (batch, size, n, channels), from the state before it."""
    decay = (dt[:, :, None] * (A / math.log(2))).exp2_()  # exp(dt A), but exp2 takes a third of exp's time
    states = B[..., None] * u[:, :, None]
    for decay_t, h_t in zip(decay.unbind(1), states.unbind(1), strict=True):
        h = h_t.addcmul_(decay_t, h)
    return decay, states


def run_back(decay: Tensor, d_states: Tensor, d_h: Tensor) -> Tensor:
    """The gradient of the state before a chunk, from that of the state after it.

    In place, ``d_states`` takes up what comes from later steps, and ``decay`` becomes decay times ``d_states``.
    """
    for decay_t, d_h_t in zip(decay.unbind(1)[::-1], d_states.unbind(1)[::-1], strict=True):
        d_h = decay_t.mul_(d_h_t.add_(d_h))
    return d_h.clone()
