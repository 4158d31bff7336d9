"""Retention: linear attention that forgets a fixed share at every step, each head at its own rate.

    S_t = gamma S_{t-1} + k_t v_t^T
    y_t = q_t . S_t

Symbols, beside Sun et al. 2023 ("Retentive Network", arXiv 2307.08621, equations 6 to 8): ``q``, ``k``, ``v`` their Q,
K, V (their xPos rotation, which is not part of these forms, turns q and k beforehand). ``decay`` (heads,) is log gamma
of each head. ``state`` S is their S. In the parallel form the matrix of gamma^(n - m) is their D.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.mixers import gated
from jielong.mixers.checks import check_alike, check_decay, check_inputs, check_shape
from jielong.mixers.linear_attention import empty


def decays(heads: int, device: torch.device | None = None) -> Float[Tensor, " heads"]:
    """log gamma of each head: gamma = 1 - 2^-5, 1 - 2^-6, ... (Sun et al. 2023, section 3.1)."""
    decays = torch.log1p(-(2.0 ** -(5.0 + torch.arange(heads, dtype=torch.float64, device=device))))
    return decays.to(torch.get_default_dtype())


def recurrent(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, " heads"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The definition: one step at a time. Raises ValueError for arguments that do not fit together."""
    return gated.recurrent(q, k, v, decay=at_every_step(decay, q), state=state)


def parallel(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, " heads"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The same as attention whose scores fade with distance."""
    return gated.parallel(q, k, v, decay=at_every_step(decay, q), state=state)


def chunkwise(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, " heads"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The fast one: the shares that are kept are the same in every chunk, so they are computed once."""
    decay = at_every_step(decay, q)[:, :, :1]
    check_inputs(q, k, v, state=state)
    return gated.with_head_gates(q, k, v, decay, empty(q, v) if state is None else state)


def at_every_step(decay: Float[Tensor, " heads"], q: Float[Tensor, "batch heads time d_k"]) -> Tensor:
    """The fixed decay of each head as (batch, heads, time), without a copy."""
    check_shape("decay", decay, (q.shape[1],))
    check_decay(decay)
    check_alike(q=q, decay=decay)
    return decay[None, :, None].expand(q.shape[:3])
