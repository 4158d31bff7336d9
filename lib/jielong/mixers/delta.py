"""The delta rule: before it writes, the memory reads what it holds at this key, and writes only the difference.

    S_t = exp(decay_t) S_{t-1}          forget (the gated delta rule only)
    e_t = v_t - k_t . S_t               the error: what the memory should have said, minus what it says
    S_t = S_t + k_t (beta_t e_t)^T      write
    y_t = q_t . S_t                     read with the query

With ``beta_t = 1`` and a key of length one, the memory then answers ``k_t`` with exactly ``v_t``: the new value takes
the old one's place. It is also one step of gradient descent on ``|v_t - k_t . S|^2 / 2``, with step size ``beta_t``.

Symbols, beside Schlag et al. 2021 ("Linear Transformers Are Secretly Fast Weight Programmers", arXiv 2102.11174,
section 4.2), Yang et al. 2024 ("Parallelizing Linear Transformers with the Delta Rule", arXiv 2406.06484) and Yang et
al. 2025 ("Gated Delta Networks", arXiv 2412.06464): ``q``, ``k``, ``v``, ``beta`` are theirs; the forms normalise no
key. ``decay`` is log alpha_t of the third. ``state`` S is their S (W in the first), transposed. ``write`` = beta e is
the pseudo-value u_t of the second, and the triangular system is its UT transform.

Why a whole chunk can be done at once. Every position reads the memory twice, with its query and with its key. Both are
linear attention to what was written so far, where ``kept`` is what decay has left of it:

    p_i . S = kept_i0 p_i . S_0 + sum_{j < i} kept_ij (p_i . k_j) u_j        p = k, or p = q (with j = i, too)

So the errors solve a triangular system: ``(1 + W_k beta) e = v - kept_0 k . S_0``, with ``W_k`` the weights
``kept_ij k_i . k_j`` below the diagonal. Then the outputs are linear attention to ``u = beta e``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.mixers.checks import check_inputs
from jielong.mixers.forms import apply, by_hand, form
from jielong.mixers.gated import Kept, parts
from jielong.mixers.linear_attention import chunk_by_chunk, empty, no_steps


@form(check_inputs, no_steps)
def recurrent(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    beta: Float[Tensor, "batch heads time"],
    decay: Float[Tensor, "batch heads time"] | None = None,
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The definition: one step at a time. Raises ValueError for arguments that do not fit together."""
    memory = empty(q, v) if state is None else state
    decay = torch.zeros_like(beta) if decay is None else decay
    y = []
    for q_t, k_t, v_t, beta_t, decay_t in zip(*(x.unbind(2) for x in (q, k, v, beta, decay)), strict=True):
        memory = decay_t.exp()[..., None, None] * memory
        error = v_t - (k_t[..., None, :] @ memory).squeeze(-2)
        memory = memory + k_t[..., :, None] * (beta_t[..., None] * error)[..., None, :]
        y.append((q_t[..., None, :] @ memory).squeeze(-2))
    return torch.stack(y, dim=2), memory


@form(check_inputs, no_steps)
def parallel(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    beta: Float[Tensor, "batch heads time"],
    decay: Float[Tensor, "batch heads time"] | None = None,
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """Attention without a softmax, to values from which was first taken what earlier writes say at their keys."""
    memory = empty(q, v) if state is None else state
    kept = Kept.after(torch.zeros_like(beta) if decay is None else decay)
    by_query = (q @ k.mT) * kept.inside
    by_key = (k @ k.mT) * kept.inside.tril(-1)
    missing = v - kept.start * (k @ memory)
    error = solve(by_key * beta[..., None, :], missing)
    write = beta[..., None] * error
    y = by_query @ write + kept.start * (q @ memory)
    return y, kept.whole * memory + (kept.end * k).mT @ write


@form(check_inputs, no_steps)
def chunkwise(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    beta: Float[Tensor, "batch heads time"],
    decay: Float[Tensor, "batch heads time"] | None = None,
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The fast one: the parallel form inside a chunk, one memory from chunk to chunk."""
    memory = empty(q, v) if state is None else state
    flat = [None if x is None else x.flatten(0, 1) for x in (q, k, v, beta, decay, memory)]
    y, memory = apply(Chunks, plain, *flat)
    return y.unflatten(0, q.shape[:2]), memory.unflatten(0, q.shape[:2])


def plain(
    q: Float[Tensor, "n time d_k"],
    k: Float[Tensor, "n time d_k"],
    v: Float[Tensor, "n time d_v"],
    beta: Float[Tensor, "n time"],
    decay: Float[Tensor, "n time"] | None,
    memory: Float[Tensor, "n d_k d_v"],
) -> tuple[Float[Tensor, "n time d_v"], Float[Tensor, "n d_k d_v"]]:
    """`Chunks` in operations that autograd knows."""
    return chunk_by_chunk(parallel, q, k, v, memory, beta=beta, decay=decay)


class Chunks(torch.autograd.Function):
    """The chunks, with gradients by hand: autograd would take many more steps, and keep what each of them made.

    Batch and heads are one first dimension here. In a chunk, queries and keys stand below each other as ``readers``
    (rows, 2 size, d_k), because they read in the same way.
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, beta: Tensor, decay: Tensor | None, memory: Tensor) -> Any:
        ctx.save_for_backward(q, k, v, beta, decay, memory)
        ctx.chunks, y = [], []
        for q_c, k_c, v_c, beta_c, kept in in_chunks(q, k, v, beta, decay):
            size = k_c.shape[1]
            readers = torch.cat((q_c, k_c), dim=1)
            weights = (readers @ k_c.mT).mul_(kept.inside)
            read = (readers @ memory).mul_(kept.start)
            error = solve(weights[:, size:] * beta_c.mT, v_c - read[:, size:])
            write = beta_c * error
            y.append(torch.baddbmm(read[:, :size], weights[:, :size], write))
            if any(ctx.needs_input_grad):
                ctx.chunks.append((memory, weights, error))
            memory = torch.baddbmm(kept.whole * memory, (kept.end * k_c).mT, write)
        return torch.cat(y, dim=1), memory

    @staticmethod
    @by_hand(plain)
    def backward(ctx: Any, d_y: Tensor, d_memory: Tensor) -> Any:
        q, k, _, beta, decay, _ = ctx.saved_tensors
        steps = zip(in_chunks(q, k, d_y, beta, decay), ctx.chunks, strict=True)
        found = []
        for inputs, made in reversed(list(steps)):
            d_memory, *gradients = backward_chunk(d_memory, *inputs, *made)
            found.append(gradients)
        d_q, d_k, d_v, d_beta, d_decay = (torch.cat(each[::-1], dim=1) for each in zip(*found, strict=True))
        return d_q, d_k, d_v, d_beta, None if decay is None else d_decay, d_memory


def in_chunks(q: Tensor, k: Tensor, v: Tensor, beta: Tensor, decay: Tensor | None) -> Iterator[tuple[Any, ...]]:
    """Pieces of q, k, v and beta (rows, size, 1), and what decay leaves in each."""

    @cache  # only the last chunk may have another size
    def nothing_fades(size: int) -> Kept:
        return for_readers(Kept.after(q.new_zeros(1, size)))

    for part in parts(q.shape[1]):
        pieces = [x[:, part] for x in (q, k, v, beta[..., None])]
        yield (
            *pieces,
            nothing_fades(part.stop - part.start) if decay is None else for_readers(Kept.after(decay[:, part])),
        )


def for_readers(kept: Kept) -> Kept:
    """The same for queries and, below them, keys, which read before their own write."""
    inside = torch.cat((kept.inside, kept.inside.tril(-1)), dim=-2)
    return kept._replace(inside=inside, start=torch.cat((kept.start, kept.start), dim=-2))


def solve(below: Float[Tensor, "*rows time time"], right: Float[Tensor, "*rows time d"]) -> Tensor:
    """x of (1 + below) x = right, where only what is under the diagonal of ``below`` counts.

    By substitution, since the series 1 - L + L^2 - ... loses all digits in float32 where keys repeat. Solved as
    x^T (1 + below)^T = right^T: a transposed tensor has the layout that LAPACK wants, so nothing is copied.
    """
    return torch.linalg.solve_triangular(below.mT, right.mT, upper=True, left=False, unitriangular=True).mT


def solve_transposed(below: Float[Tensor, "*rows time time"], right: Float[Tensor, "*rows time d"]) -> Tensor:
    """x of (1 + below)^T x = right: the same system as later positions see it, for gradients."""
    return torch.linalg.solve_triangular(below, right.mT, upper=False, left=False, unitriangular=True).mT


def backward_chunk(
    d_memory: Tensor,
    q: Tensor,
    k: Tensor,
    d_y: Tensor,
    beta: Tensor,
    kept: Kept,
    memory: Tensor,
    weights: Tensor,
    error: Tensor,
) -> tuple[Tensor, ...]:
    """Gradients of one chunk's first memory, q, k, v, beta and decay, from those of its y and its last memory."""
    size = k.shape[1]
    readers, write = torch.cat((q, k), dim=1), beta * error
    d_write = torch.baddbmm((kept.end * k) @ d_memory, weights[:, :size].mT, d_y)
    # later errors depend on this write, too
    d_write = solve_transposed(beta * weights[:, size:], d_write)
    d_error = beta * d_write
    d_read = torch.cat((d_y, -d_error), dim=1)
    # from here on it is linear attention: reads of the first memory, reads of writes, what is left at the end
    d_weights = d_read @ write.mT
    d_scores = d_weights * kept.inside
    by_start = (d_read @ memory.mT).mul_(kept.start)
    by_end = (write @ d_memory.mT).mul_(kept.end)
    d_readers = torch.baddbmm(by_start, d_scores, k)
    d_k = torch.baddbmm(d_readers[:, size:] + by_end, d_scores.mT, readers)
    d_start = kept.whole * d_memory
    d_decay = decay_gradient(
        inside=(d_weights * weights).unflatten(1, (2, size)).sum(1),
        start=(by_start * readers).sum(-1).unflatten(1, (2, size)).sum(1),
        end=(by_end * k).sum(-1),
        whole=(d_start * memory).sum((-2, -1)),
    )
    d_start = d_start.baddbmm_((kept.start * readers).mT, d_read)
    return d_start, d_readers[:, :size], d_k, d_error, (d_write * error).sum(-1), d_decay


def decay_gradient(
    inside: Float[Tensor, "rows size size"],
    start: Float[Tensor, "rows size"],
    end: Float[Tensor, "rows size"],
    whole: Float[Tensor, " rows"],
) -> Float[Tensor, "rows size"]:
    """A decay scales all that passes its step: what was written before it and is read at it or later.

    So its gradient is the sum of that, each as value times gradient: ``inside`` from write j to read i, ``start`` from
    the first memory to read i, ``end`` from write j to the last memory, ``whole`` from the first to the last.
    """
    rows, size = end.shape
    flow = end.new_empty(rows, size + 1, size + 1)  # [read at, written before]; the last row is the last memory
    flow[:, :size, 0], flow[:, :size, 1:], flow[:, size, 0], flow[:, size, 1:] = start, inside, whole, end
    still_to_be_read = flow.flip(1).cumsum(1).flip(1)
    return still_to_be_read[:, :size].tril().sum(-1)
