"""Linear attention: attention without its softmax is a matrix that is written to at every step.

    S_t = S_{t-1} + k_t v_t^T        write the pair (key, value) into the memory
    y_t = q_t . S_t                  read with the query

Symbols, beside Katharopoulos et al. 2020 ("Transformers are RNNs", arXiv 2006.16236, equations 16 to 20):
``q``, ``k`` their phi(x W_Q), phi(x W_K): queries and keys after the feature map. ``v`` their x W_V. ``state`` S their
s, the attention memory. Their z, the normaliser memory, is one more column of S: see `normalised`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from jielong.mixers.checks import check_inputs
from jielong.mixers.forms import Form, apply, by_hand, form

CHUNK = 64


def empty(q: Float[Tensor, "batch heads time d_k"], v: Float[Tensor, "batch heads time d_v"]) -> Tensor:
    """A memory in which nothing was written."""
    return q.new_zeros(*q.shape[:2], q.shape[3], v.shape[3])


def no_steps(
    q: Tensor, k: Tensor, v: Tensor, *, state: Tensor | None = None, **gates: Tensor | None
) -> tuple[Tensor, Tensor]:
    """What every form of a matrix memory makes of a text of length 0."""
    memory = empty(q, v) if state is None else state
    return q @ memory, memory


@form(check_inputs, no_steps)
def recurrent(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The definition: one step at a time. Raises ValueError for arguments that do not fit together."""
    memory = empty(q, v) if state is None else state
    y = []
    for q_t, k_t, v_t in zip(q.unbind(2), k.unbind(2), v.unbind(2), strict=True):
        memory = memory + k_t[..., :, None] * v_t[..., None, :]
        y.append((q_t[..., None, :] @ memory).squeeze(-2))
    return torch.stack(y, dim=2), memory


@form(check_inputs, no_steps)
def parallel(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The same as attention: scores of every query with every earlier key, without a softmax."""
    memory = empty(q, v) if state is None else state
    scores = (q @ k.mT).tril()
    return scores @ v + q @ memory, memory + k.mT @ v


@form(check_inputs, no_steps)
def chunkwise(
    q: Float[Tensor, "batch heads time d_k"],
    k: Float[Tensor, "batch heads time d_k"],
    v: Float[Tensor, "batch heads time d_v"],
    *,
    state: Float[Tensor, "batch heads d_k d_v"] | None = None,
) -> tuple[Float[Tensor, "batch heads time d_v"], Float[Tensor, "batch heads d_k d_v"]]:
    """The fast one: attention inside each chunk, and one memory that is handed from chunk to chunk."""
    memory = empty(q, v) if state is None else state
    y, memory = apply(Chunks, plain, *(x.flatten(0, 1) for x in (q, k, v, memory)))
    return y.unflatten(0, q.shape[:2]), memory.unflatten(0, q.shape[:2])


def chunk_by_chunk(
    form: Form,
    q: Float[Tensor, "n time d_k"],
    k: Float[Tensor, "n time d_k"],
    v: Float[Tensor, "n time d_v"],
    memory: Float[Tensor, "n d_k d_v"],
    **gates: Float[Tensor, "n time"] | None,
) -> tuple[Float[Tensor, "n time d_v"], Float[Tensor, "n d_k d_v"]]:
    """A form on one chunk after the other, n memories at once: what a fast one does, in operations autograd knows."""
    y, last = [], memory[None]
    for start in range(0, q.shape[1], CHUNK):
        now = (slice(None), slice(start, start + CHUNK))
        here = {name: None if gate is None else gate[now][None] for name, gate in gates.items()}
        y_c, last = form.trusted(q[now][None], k[now][None], v[now][None], state=last, **here)
        y.append(y_c[0])
    return torch.cat(y, dim=1), last[0]


plain = partial(chunk_by_chunk, parallel)


class Chunks(torch.autograd.Function):
    """`chunkwise`, batch and heads as one dimension, with its gradient by hand.

    One chunk at a time: all that belongs to it stays in the processor's cache, where it is several times faster.
    The gradient is linear attention too. With dM the gradient of the memory after a chunk, which runs backward in time:
    dq reads (v, k) from earlier steps with dy; dk and dv read (q, dy) of later steps with v and k.
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        y, first, saved = torch.empty_like(v), memory, []
        for q_c, k_c, v_c, y_c in zip(*(x.split(CHUNK, dim=1) for x in (q, k, v, y)), strict=True):
            scores = torch.bmm(q_c, k_c.mT).tril_()
            y_c.copy_(torch.bmm(scores, v_c).baddbmm_(q_c, memory))
            if any(ctx.needs_input_grad):
                saved += [scores, memory]
            memory = torch.baddbmm(memory, k_c.mT, v_c)
        ctx.save_for_backward(q, k, v, first, *saved)
        return y, memory

    @staticmethod
    @by_hand(plain)
    def backward(ctx: Any, dy: Tensor, dmemory: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        q, k, v, _, *saved = ctx.saved_tensors
        dq, dk, dv = (torch.empty_like(x) for x in (q, k, v))
        chunks = zip(*(x.split(CHUNK, dim=1) for x in (q, k, v, dy, dq, dk, dv)), saved[::2], saved[1::2], strict=True)
        for q_c, k_c, v_c, dy_c, dq_c, dk_c, dv_c, scores, memory in reversed(list(chunks)):
            dscores = torch.bmm(dy_c, v_c.mT).tril_()
            dq_c.copy_(torch.bmm(dscores, k_c).baddbmm_(dy_c, memory.mT))
            dk_c.copy_(torch.bmm(dscores.mT, q_c).baddbmm_(v_c, dmemory.mT))
            dv_c.copy_(torch.bmm(scores.mT, dy_c).baddbmm_(k_c, dmemory))
            dmemory = torch.baddbmm(dmemory, q_c.mT, dy_c)
        return dq, dk, dv, dmemory


def elu_plus_one(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The feature map of Katharopoulos et al. 2020, equation 7: positive everywhere, so that scores are too."""
    return F.elu(x) + 1


def hedgehog(x: Float[Tensor, "*shape d"]) -> Float[Tensor, "*shape twice"]:
    """(softmax(x), softmax(-x)): spiky like softmax attention; Zhang et al. 2024 (arXiv 2402.04347), section 4.2."""
    return torch.cat((x.softmax(-1), (-x).softmax(-1)), dim=-1)


def normalised(
    form: Callable[..., tuple[Tensor, Tensor]], q: Tensor, k: Tensor, v: Tensor, state: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Weights that sum to one: each read is divided by its sum of scores (Katharopoulos et al. 2020, equation 5).

    A value that is always 1 adds these sums up, as the last column of the memory: ``state`` is (B, H, d_k, d_v + 1).
    For feature maps that are positive.
    """
    y, state = form(q, k, F.pad(v, (0, 1), value=1.0), state=state)
    return y[..., :-1] / y[..., -1:], state
