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

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from jielong.mixers.checks import check_inputs
from jielong.mixers.linear_attention import CHUNK, empty

# a log decay from which on nothing is left, in any dtype; a sum may hold it where it must not hold -inf
CLOSED = -1000.0


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
    """The fast one, at any gate: attention inside each chunk, and one memory that is handed from chunk to chunk."""
    check_inputs(q, k, v, decay=decay, state=state, channels=True)
    memory = empty(q, v) if state is None else state
    return (with_head_gates if decay.dim() == 3 else with_channel_gates)(q, k, v, decay, memory)


def with_head_gates(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, "batch heads 1"],
    memory: Float[Tensor, "batch heads d_k d_v"],
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """`chunkwise` for one gate per head; a decay of one step is the decay of all steps."""
    y, memory = HeadGates.apply(*(x.flatten(0, 1) for x in (q, k, v, decay, memory)))
    return y.unflatten(0, q.shape[:2]), memory.unflatten(0, q.shape[:2])


class HeadGates(torch.autograd.Function):
    """Chunks with one gate per head, batch and heads as one dimension, with the gradient by hand.

    Inside a chunk, ``kept[i, j]`` is the share of what was written at step j that is still there at step i,
    ``reads[i]`` the share of what was there before the chunk, and the last row of ``kept`` is what of each write
    outlives the chunk.
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, decay: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        y, saved = torch.empty_like(v), []
        for part in parts(q.shape[1]):
            q_c, k_c, v_c = q[:, part], k[:, part], v[:, part]
            if part.start == 0 or decay.shape[1] > 1 or len(q_c[0]) < CHUNK:
                kept, reads = shares(decay[:, part] if decay.shape[1] > 1 else decay.expand(-1, q_c.shape[1]))
            scores = torch.bmm(q_c, k_c.mT).mul_(kept)
            torch.bmm(scores, v_c, out=y[:, part]).baddbmm_(q_c * reads, memory)
            if any(ctx.needs_input_grad):
                saved += [scores, kept, reads, memory]
            memory = torch.baddbmm(memory * reads[:, -1:], (k_c * kept[:, -1, :, None]).mT, v_c)
        ctx.save_for_backward(q, k, v, decay, *saved)
        return y, memory

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor, dmemory: Tensor) -> tuple[Tensor, ...]:
        q, k, v, decay, *saved = ctx.saved_tensors
        dq, dk, dv = (torch.empty_like(x) for x in (q, k, v))
        ddecay = decay.new_zeros(q.shape[:2])
        for part in reversed(parts(q.shape[1])):
            *saved, scores, kept, reads, memory = saved
            q_c, k_c, v_c, dy_c, writes = q[:, part], k[:, part], v[:, part], dy[:, part], kept[:, -1, :, None]
            dscores = torch.bmm(dy_c, v_c.mT)
            dq_memory = torch.bmm(dy_c, memory.mT).mul_(reads)
            dk_memory = torch.bmm(v_c, dmemory.mT).mul_(writes)
            if ctx.needs_input_grad[3]:
                ends = (dmemory * memory).sum((1, 2)) * reads[:, -1, 0]
                reads_grad, writes_grad = (dq_memory * q_c).sum(-1), (dk_memory * k_c).sum(-1)
                ddecay[:, part] = shares_backward(dscores * scores, reads_grad, writes_grad, ends)
            dscores.mul_(kept)
            torch.baddbmm(dq_memory, dscores, k_c, out=dq[:, part])
            torch.baddbmm(dk_memory, dscores.mT, q_c, out=dk[:, part])
            torch.bmm(scores.mT, dy_c, out=dv[:, part]).baddbmm_(k_c * writes, dmemory)
            dmemory = torch.baddbmm(dmemory * reads[:, -1:], (q_c * reads).mT, dy_c)
        return dq, dk, dv, ddecay if decay.shape[1] > 1 else ddecay.sum(1, keepdim=True), dmemory


def parts(time: int) -> list[slice]:
    """Where each chunk starts and ends."""
    return [slice(start, min(start + CHUNK, time)) for start in range(0, time, CHUNK)]


def shares(decay: Float[Tensor, "n chunk"]) -> tuple[Float[Tensor, "n chunk chunk"], Float[Tensor, "n chunk 1"]]:
    """``kept`` and ``reads`` of `HeadGates`, from sums of decays after j up to i.

    The sums are one matrix product. Differences of a running sum would lose their digits where gates are strong.
    """
    steps = decay.new_ones(decay.shape[1], decay.shape[1]).tril()
    decay = decay.clamp(min=CLOSED)
    between = (decay[:, None] * steps) @ steps.tril(-1)
    return between.exp().tril_(), decay.cumsum(1).exp()[..., None]


def shares_backward(
    dkept: Float[Tensor, "n chunk chunk"],
    dreads: Float[Tensor, "n chunk"],
    dwrites: Float[Tensor, "n chunk"],
    dend: Float[Tensor, " n"],
) -> Float[Tensor, "n chunk"]:
    """Gradient of the decays: each adds up what it had a part in, so that nothing large cancels.

    The arguments are the gradients of the logarithms of ``kept``, of ``reads``, of the writes that outlive the chunk,
    and of the share of the memory that does. A decay at t is part of kept[i, j] where j < t <= i.
    """
    steps = torch.ones_like(dkept[0]).tril()
    before = steps.tril(-1).mT
    crossing = ((dkept @ before) * steps).sum(1)
    return crossing + dreads @ steps + dwrites @ before + dend[:, None]


def with_channel_gates(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    decay: Float[Tensor, "batch heads time d_k"],
    memory: Float[Tensor, "batch heads d_k d_v"],
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """`chunkwise` for one gate per channel."""
    y = []
    for q_c, k_c, v_c, decay_c in zip(*(x.split(CHUNK, dim=2) for x in (q, k, v, decay)), strict=True):
        y_c, reads, writes, end = by_halves(q_c, k_c, v_c, decay_c)
        y.append(y_c + reads @ memory)
        memory = end.mT * memory + writes.mT @ v_c
    return torch.cat(y, dim=2), memory


def by_halves(q: Tensor, k: Tensor, v: Tensor, decay: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One chunk's reads of its own writes; q and k times their share of the chunk's start and end; the chunk's decay.

    Blocks of 1, 2, 4, ... steps: in each pair of neighbours, the later one reads what the earlier one wrote. Both carry
    their share up to the border between them, so that all factors are products of gates, at most 1: nothing overflows,
    however strong the gates are.
    """
    time = q.shape[2]
    size = 1 << (time - 1).bit_length()
    q, k, v, decay = (F.pad(x, (0, 0, 0, size - time)) for x in (q, k, v, decay))
    end = decay.exp().unflatten(2, (-1, 1))
    y = (q * k).sum(-1, keepdim=True) * v
    reads, writes = q * end.flatten(2, 3), k
    for block in (1 << level for level in range(size.bit_length() - 1)):
        r, w, x = (z.unflatten(2, (-1, 2, block)) for z in (reads, writes, v))
        first, second = end.unflatten(2, (-1, 2)).unbind(3)
        later = (r[:, :, :, 1] @ w[:, :, :, 0].mT) @ x[:, :, :, 0]
        y = y + torch.stack((torch.zeros_like(later), later), dim=3).flatten(2, 4)
        one = torch.ones_like(first)
        reads = (r * torch.stack((one, first), dim=3)).flatten(2, 4)
        writes = (w * torch.stack((second, one), dim=3)).flatten(2, 4)
        end = first * second
    return y[:, :, :time], reads[:, :, :time], writes[:, :, :time], end[:, :, 0]
