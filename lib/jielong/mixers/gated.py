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

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from jielong.mixers.checks import check_inputs
from jielong.mixers.forms import apply, by_hand, form
from jielong.mixers.linear_attention import CHUNK, chunk_by_chunk, empty, no_steps
from jielong.precision import wide

# a log decay from which on nothing is left, in any dtype; differences may hold it where they must not hold -inf
CLOSED = -1000.0
# with a gate per channel, so many steps are halved together: fewer calls, and still in cache
SPAN = 4 * CHUNK


@form(partial(check_inputs, channels=True), no_steps)
def recurrent(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, "batch heads time d_k"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The definition: one step at a time. Raises ValueError for arguments that do not fit together."""
    memory = empty(q, v) if state is None else state
    gate = (decay if decay.dim() == 4 else decay[..., None]).exp()
    y = []
    for q_t, k_t, v_t, g_t in zip(q.unbind(2), k.unbind(2), v.unbind(2), gate.unbind(2), strict=True):
        memory = g_t[..., None] * memory + k_t[..., :, None] * v_t[..., None, :]
        y.append((q_t[..., None, :] @ memory).squeeze(-2))
    return torch.stack(y, dim=2), memory


@form(partial(check_inputs, channels=True), no_steps)
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


@form(partial(check_inputs, channels=True), no_steps)
def chunkwise(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, "batch heads time d_k"],
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The fast one, at any gate: attention inside each chunk, and one memory that is handed from chunk to chunk."""
    memory = empty(q, v) if state is None else state
    return (with_head_gates if decay.dim() == 3 else with_channel_gates)(q, k, v, decay, memory)


class Kept(NamedTuple):
    """What decay leaves, as factors from 0 to 1."""

    inside: Float[Tensor, "*rows reads time"]  # when i reads, of what was written at j; 0 where j is yet to come
    start: Float[Tensor, "*rows reads 1"]  # when i reads, of the first memory
    end: Float[Tensor, "*rows time 1"]  # at the end, of what was written at j
    whole: Float[Tensor, "*rows 1 1"]  # at the end, of the first memory

    @classmethod
    def of(cls, inside: Float[Tensor, "*rows time time"], start: Float[Tensor, "*rows time 1"]) -> Kept:
        """All four from what is left at each read: at the end as much as when the last one reads."""
        return cls(inside, start, inside[..., -1, :, None], start[..., -1:, :])

    @classmethod
    def after(cls, decay: Float[Tensor, "*rows time"]) -> Kept:
        """Each is exp of its own sum: a difference of two running sums loses its digits where decay is strong."""
        inside = decay[..., None].expand(*decay.shape, decay.shape[-1]).tril(-1).cumsum(-2).exp().tril()
        return cls.of(inside, decay.cumsum(-1).exp()[..., None])


def with_head_gates(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    decay: Float[Tensor, "batch heads time"] | Float[Tensor, "batch heads 1"],
    memory: Float[Tensor, "batch heads d_k d_v"],
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """`chunkwise` for one gate per head; a decay of one step is the decay of all steps."""
    y, memory = apply(HeadGates, plain, *(x.flatten(0, 1) for x in (q, k, v, decay, memory)))
    return y.unflatten(0, q.shape[:2]), memory.unflatten(0, q.shape[:2])


def plain(
    q: Float[Tensor, "n time d_k"],
    k: Float[Tensor, "n time d_k"],
    v: Float[Tensor, "n time d_v"],
    decay: Float[Tensor, "n time_or_1"],
    memory: Float[Tensor, "n d_k d_v"],
) -> tuple[Float[Tensor, "n time d_v"], Float[Tensor, "n d_k d_v"]]:
    """`HeadGates` in operations that autograd knows."""
    return chunk_by_chunk(parallel, q, k, v, memory, decay=decay.expand(-1, q.shape[1]))


class HeadGates(torch.autograd.Function):
    """Chunks with one gate per head, batch and heads as one dimension, with the gradient by hand."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, decay: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        y, first, saved = torch.empty_like(v), memory, []
        for part, kept in zip(parts(q.shape[1]), kept_in_chunks(decay, q.shape[1]), strict=True):
            q_c, k_c, v_c = q[:, part], k[:, part], v[:, part]
            scores = torch.bmm(q_c, k_c.mT).mul_(kept.inside)
            y[:, part] = torch.bmm(scores, v_c).baddbmm_(q_c * kept.start, memory)
            if any(ctx.needs_input_grad):
                saved += [memory, kept.start, kept.inside, scores]
            memory = torch.baddbmm(memory * kept.whole, (k_c * kept.end).mT, v_c)
        ctx.save_for_backward(q, k, v, decay, first, *saved)
        return y, memory

    @staticmethod
    @by_hand(plain)
    def backward(ctx: Any, dy: Tensor, dmemory: Tensor) -> tuple[Tensor, ...]:
        q, k, v, decay, _, *saved = ctx.saved_tensors
        dq, dk, dv = (torch.empty_like(x) for x in (q, k, v))
        ddecay, steps = decay.new_zeros(q.shape[:2]), decay.new_ones(CHUNK, CHUNK).tril()
        for part in reversed(parts(q.shape[1])):
            scores, inside, start, memory = (saved.pop() for _ in range(4))
            kept, q_c, k_c, v_c, dy_c = Kept.of(inside, start), q[:, part], k[:, part], v[:, part], dy[:, part]
            dscores = torch.bmm(dy_c, v_c.mT)
            dq_memory = torch.bmm(dy_c, memory.mT).mul_(kept.start)
            dk_memory = torch.bmm(v_c, dmemory.mT).mul_(kept.end)
            if ctx.needs_input_grad[3]:
                ddecay[:, part] = decay_gradient(
                    inside=dscores * scores,
                    start=(dq_memory * q_c).sum(-1),
                    end=(dk_memory * k_c).sum(-1),
                    whole=(dmemory * memory).sum((1, 2)) * kept.whole[:, 0, 0],
                    steps=steps[: q_c.shape[1], : q_c.shape[1]],
                )
            dscores.mul_(kept.inside)
            dq[:, part] = dq_memory.baddbmm_(dscores, k_c)
            dk[:, part] = dk_memory.baddbmm_(dscores.mT, q_c)
            dv[:, part] = torch.bmm(scores.mT, dy_c).baddbmm_(k_c * kept.end, dmemory)
            dmemory = torch.baddbmm(dmemory * kept.whole, (q_c * kept.start).mT, dy_c)
        return dq, dk, dv, ddecay if decay.shape[1] > 1 else ddecay.sum(1, keepdim=True), dmemory


def parts(time: int) -> list[slice]:
    """Where each chunk starts and ends."""
    return [slice(start, min(start + CHUNK, time)) for start in range(0, time, CHUNK)]


def kept_in_chunks(decay: Float[Tensor, "n time_or_1"], time: int) -> Iterator[Kept]:
    """What decay leaves in each chunk, faster than `Kept.after`.

    The decays after j up to i are a difference of two running sums, which loses its digits where gates are strong. Not
    here: whole 256ths add up and subtract without any rounding in float32, and the rest of each decay is small.
    """
    if decay.shape[1] < time:  # the same decay at all steps: one chunk is as the other
        full = next(kept_in_chunks(decay.expand(-1, CHUNK), CHUNK))
        for size in (part.stop - part.start for part in parts(time)):
            yield Kept.of(full.inside[:, :size, :size], full.start[:, :size])
        return
    exact = wide(decay).clamp(min=CLOSED)
    whole = (exact * 256).round() / 256
    for a, b in zip(whole.split(CHUNK, dim=1), (exact - whole).split(CHUNK, dim=1), strict=True):
        a, b = a.cumsum(1), b.cumsum(1)
        between = (a[:, :, None] - a[:, None]).add_(b[:, :, None] - b[:, None])
        inside = between.tril_().exp_().tril_()  # masked before exp, too, where it would overflow
        yield Kept.of(inside.to(decay.dtype), (a + b).exp_()[..., None].to(decay.dtype))


def decay_gradient(
    inside: Float[Tensor, "n chunk chunk"],
    start: Float[Tensor, "n chunk"],
    end: Float[Tensor, "n chunk"],
    whole: Float[Tensor, " n"],
    steps: Float[Tensor, "chunk chunk"],
) -> Float[Tensor, "n chunk"]:
    """Gradient of the decays: each adds up what it had a part in, so that nothing large cancels.

    The arguments are the gradients of the logarithms of what was `Kept`. A decay at t is part of inside[i, j] where
    j < t <= i. steps: ones on and below the diagonal.
    """
    before = steps.tril(-1).mT  # [j, t] is 1 where j < t, as steps[i, t] is where t <= i
    crossing = ((inside @ before) * steps).sum(1)
    return crossing + start @ steps + end @ before + whole[:, None]


def with_channel_gates(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    decay: Float[Tensor, "batch heads time d_k"],
    memory: Float[Tensor, "batch heads d_k d_v"],
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """`chunkwise` for one gate per channel; autograd finds the gradient."""
    time, heads = q.shape[2], q.shape[:2]
    q, k, v, decay, memory = (x.flatten(0, 1) for x in (q, k, v, decay, memory))
    y = []
    for span in zip(*(x.split(SPAN, dim=1) for x in (q, k, v, decay)), strict=True):
        q_s, k_s, v_s, decay_s = (in_chunks(x) for x in span)
        chunks = (x.unbind(1) for x in (*by_halves(q_s, k_s, v_s, decay_s), v_s))
        for y_c, reads, writes, whole, v_c in zip(*chunks, strict=True):
            y.append(torch.baddbmm(y_c, reads, memory))
            memory = torch.baddbmm(memory * whole.mT, writes.mT, v_c)
    return torch.cat(y, dim=1)[:, :time].unflatten(0, heads), memory.unflatten(0, heads)


def in_chunks(x: Float[Tensor, "n time d"]) -> Float[Tensor, "n chunks chunk d"]:
    """Chunks that can be halved, filled up at the end with steps that write nothing and forget nothing."""
    chunk = min(CHUNK, 1 << (x.shape[1] - 1).bit_length())
    return F.pad(x, (0, 0, 0, -x.shape[1] % chunk)).unflatten(1, (-1, chunk)).contiguous()


def by_halves(
    q: Float[Tensor, "n chunks chunk d_k"],
    k: Float[Tensor, "n chunks chunk d_k"],
    v: Float[Tensor, "n chunks chunk d_v"],
    decay: Float[Tensor, "n chunks chunk d_k"],
) -> tuple[
    Float[Tensor, "n chunks chunk d_v"],
    Float[Tensor, "n chunks chunk d_k"],
    Float[Tensor, "n chunks chunk d_k"],
    Float[Tensor, "n chunks 1 d_k"],
]:
    """What each chunk reads of its own writes; q and k times their share of its start and its end; its whole gate.

    In each pair of neighbouring blocks of 1, 2, 4, ... steps, the later one reads what the earlier one wrote. Both
    carry their share as far as the border between them. So all factors are products of gates, at most 1: no gate is so
    strong that anything overflows. (Yang et al. 2024, section 4.3, do this with two sizes of blocks.)
    """
    reads, writes, whole = q * decay.exp(), k, decay.exp()
    y = (q * k).sum(-1, keepdim=True) * v
    for block in (1 << level for level in range(q.shape[2].bit_length() - 1)):
        y_1, y_2 = neighbours(y, block)
        v_1, _ = neighbours(v, block)
        reads_1, reads_2 = neighbours(reads, block)
        writes_1, writes_2 = neighbours(writes, block)
        whole_1, whole_2 = neighbours(whole, 1)
        y = torch.stack((y_1, torch.baddbmm(y_2, torch.bmm(reads_2, writes_1.mT), v_1)), dim=1)
        reads = torch.stack((reads_1, reads_2 * whole_1), dim=1)
        writes = torch.stack((writes_1 * whole_2, writes_2), dim=1)
        whole = whole_1 * whole_2
    return y.view_as(v), reads.view_as(q), writes.view_as(k), whole.view(*q.shape[:2], 1, q.shape[-1])


def neighbours(x: Float[Tensor, "*rows d"], size: int) -> tuple[Tensor, ...]:
    """The first and the second of each pair of neighbouring blocks of ``size`` rows: two of (pairs, size, d)."""
    return x.view(-1, 2, size, x.shape[-1]).unbind(1)
