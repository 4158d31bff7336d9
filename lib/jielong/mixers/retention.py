"""Retention: linear attention that forgets a fixed share at every step, each head at its own rate.

    S_t = gamma S_{t-1} + k_t v_t^T
    y_t = q_t . S_t

Symbols, beside Sun et al. 2023 ("Retentive Network", arXiv 2307.08621, equations 6 to 8): ``q``, ``k``, ``v`` their Q,
K, V (their xPos rotation, which is not part of these forms, turns q and k beforehand). ``decay`` is log gamma of each
head at every step, or, in short, (heads,). ``state`` S is their S. In the parallel form the matrix of gamma^(n - m) is
their D.
"""

from __future__ import annotations

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.arguments import at_least
from jielong.mixers import gated
from jielong.mixers.checks import check_inputs
from jielong.mixers.forms import form
from jielong.mixers.linear_attention import empty, no_steps


def decays(heads: int, device: torch.device | None = None) -> Float[Tensor, " heads"]:
    """log gamma of each head: gamma = 1 - 2^-5, 1 - 2^-6, ... (Sun et al. 2023, section 3.1)."""
    at_least(1, heads=heads)
    decays = torch.log1p(-(2.0 ** -(5.0 + torch.arange(heads, dtype=torch.float64, device=device))))
    return decays.to(torch.get_default_dtype())


@form(partial(check_inputs, fixed=True), no_steps)
def recurrent(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, " heads"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The definition: one step at a time. Raises ValueError for arguments that do not fit together."""
    return gated.recurrent.trusted(q, k, v, decay=at_every_step(decay, q), state=state)


@form(partial(check_inputs, fixed=True), no_steps)
def parallel(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, " heads"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The same as attention whose scores fade with distance."""
    return gated.parallel.trusted(q, k, v, decay=at_every_step(decay, q), state=state)


@form(partial(check_inputs, fixed=True), no_steps)
def chunkwise(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, " heads"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The fast one. Of decays in short, the shares that are kept are the same in every chunk, and computed once."""
    memory = empty(q, v) if state is None else state
    return gated.with_head_gates(q, k, v, decay if decay.dim() == 3 else at_every_step(decay, q)[:, :, :1], memory)


def at_every_step(
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, " heads"], q: Float[Tensor, "batch heads time d_k"]
) -> Float[Tensor, "batch heads time"]:
    """The decays of all steps, without a copy."""
    return decay if decay.dim() == 3 else decay[None, :, None].expand(q.shape[:3])
