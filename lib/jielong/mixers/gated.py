"""Gated linear attention: what to forget depends on the input, per head or per channel of the key.

    S_t = G_t * S_{t-1} + k_t v_t^T      G_t = exp(decay_t), one number per head, or one per row of S
    y_t = q_t . S_t

Symbols. One gate per head is Mamba-2, Dao and Gu 2024 ("Transformers are SSMs", arXiv 2405.21060): ``q``, ``k``, ``v``
are their C, B and X (already times Delta), ``decay`` is log a_t = Delta_t A, ``state`` their h, transposed, and the
matrix of what is kept between two steps is their L = exp(segsum). One gate per channel is GLA, Yang et al. 2024
("Gated Linear Attention Transformers", arXiv 2312.06635, equation 3): ``q``, ``k``, ``v`` are their Q, K, V, ``decay``
is log alpha_t, ``state`` is their S.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.mixers.checks import check_inputs
from jielong.mixers.linear_attention import empty

CHUNK = 64


def recurrent(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, "batch heads time d_k"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The definition: one step at a time. Raises ValueError for arguments that do not fit together."""
    check_inputs(q, k, v, decay=decay, state=state, channels=True)
    memory = empty(q, v) if state is None else state
    gate = (decay if decay.dim() == 4 else decay[..., None]).exp()
    y = []
    for q_t, k_t, v_t, g_t in zip(q.unbind(2), k.unbind(2), v.unbind(2), gate.unbind(2), strict=True):
        memory = g_t[..., None] * memory + k_t[..., :, None] * v_t[..., None, :]
        y.append((q_t[..., None, :] @ memory).squeeze(-2))
    return torch.stack(y, dim=2), memory


def parallel(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, "batch heads time d_k"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The same as attention whose scores fade by all the gates between key and query.

    With a gate per channel this needs (batch, heads, time, time, d_k) numbers: for short texts.
    """
    check_inputs(q, k, v, decay=decay, state=state, channels=True)
    memory = empty(q, v) if state is None else state
    rows = decay if decay.dim() == 4 else decay[..., None]
    kept = between(rows).exp()
    scores = torch.einsum("bhid, bhjd, bhijd -> bhij", q, k, kept) if decay.dim() == 4 else q @ k.mT * kept[..., 0]
    since_start = rows.cumsum(2).exp()
    y = scores.tril() @ v + (q * since_start) @ memory
    return y, since_start[:, :, -1, :, None] * memory + (k * kept[:, :, -1]).mT @ v


def between(decay: Float[Tensor, "batch heads time d"]) -> Float[Tensor, "batch heads time time d"]:
    """Log decay from step j to step i, the sum of decays after j up to i; 0 where j > i.

    Summed, not taken as a difference of two running sums, which would lose its digits where gates are strong.
    """
    later = torch.ones(decay.shape[2], decay.shape[2], dtype=torch.bool, device=decay.device).tril(-1)
    return decay[:, :, :, None].masked_fill(~later[:, :, None], 0.0).cumsum(2)


def chunkwise(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, "batch heads time d_k"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The fast one: attention inside a chunk, one memory from chunk to chunk."""
    check_inputs(q, k, v, decay=decay, state=state, channels=True)
    memory = empty(q, v) if state is None else state
    y = []
    size = CHUNK if decay.dim() == 3 else 16
    for parts in zip(*(x.split(size, 2) for x in (q, k, v, decay)), strict=True):
        y_c, memory = parallel(*parts[:3], decay=parts[3], state=memory)
        y.append(y_c)
    return torch.cat(y, dim=2), memory
