"""ROME, rank-one model editing (Meng et al. 2022): rewrite one fact by a closed-form change of one matrix.

A feed-forward layer's second matrix is read as a memory: it turns a key k (its input) into a value v = W k. To change
what the model says of a subject, find the subject's key k*, find a value v* that makes the model answer as wished,
and make W answer v* to k* while it answers all other keys as before, as nearly as it can:

    minimise ||(W' - W) K||^2  subject to  W' k* = v*
    W' = W + (v* - W k*) u^T / (u^T k*),   u = C^-1 k*,   C = K K^T / n       (section 3.1, equation 2)

    W: blocks[layer].feedforward.down     k: its input at the subject's last token     C: second moment of its inputs
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.adaptation.answering import marked
from jielong.arguments import above, at_least, filled, finite, within
from jielong.model import LanguageModel
from jielong.precision import wide
from jielong.scoring import opening
from jielong.sites import Change, advance, intervene, trace
from jielong.tokenizer import Tokenizer


class Edit(NamedTuple):
    """Make ``template`` (with ``{}`` for the subject) go on with ``answer``. What is aimed at is the answer's opening:
    mostly its first token (see `jielong.scoring.opening`)."""

    subject: str
    template: str
    answer: str

    @property
    def prompt(self) -> str:
        return self.template.replace("{}", self.subject)


def memory(model: LanguageModel, layer: int) -> nn.Linear:
    """The matrix that an edit changes."""
    within(0, model.config.layers - 1, layer=layer)
    return model.blocks[layer].feedforward.down


@torch.no_grad()
def keys(
    model: LanguageModel, ids: Int[Tensor, "batch time"], layer: int, padding: Int[Tensor, " batch"] | None = None
) -> Float[Tensor, "batch time hidden"]:
    """What goes into the memory of a layer at every position; runs no layer beyond it."""
    within(0, model.config.layers - 1, layer=layer)
    model.check_ids(ids)
    site = f"blocks.{layer}.feedforward.activation"
    with trace(model, site) as seen:
        advance(model, model.enter(ids, 0, padding), 0, layer + 1, padding)
    return seen[site]


def second_moment(
    model: LanguageModel, ids: Int[Tensor, "batch time"], layer: int, ridge: float = 0.1
) -> Float[Tensor, "hidden hidden"]:
    """C, estimated on ordinary text; the first position of each row is left out, for its key is a giant.

    ridge: this share of the mean diagonal is added to the diagonal, since a little text cannot fill the matrix. In
    single precision at least. Raises ValueError where a row has no second position.
    """
    at_least(0, ridge=ridge)
    at_least(2, time=ids.shape[1])
    k = wide(keys(model, ids, layer)[:, 1:].flatten(0, 1))
    c = k.T @ k / len(k)
    c += ridge * c.diagonal().mean() * torch.eye(len(c), dtype=c.dtype, device=c.device)
    finite(**{f"the moment at ridge={ridge}": c})
    return c


def rank_one(
    weight: Float[Tensor, "out hidden"],
    key: Float[Tensor, " hidden"],
    value: Float[Tensor, " out"],
    moment: Float[Tensor, "hidden hidden"],
) -> Float[Tensor, "out hidden"]:
    """The matrix nearest to ``weight``, as text's keys see it, that turns ``key`` into ``value``.

    Reckoned in single precision at least, and rounded to the precision of ``weight``. Raises ValueError for what is no
    number, a key of which ``moment`` knows nothing (zero is such a one), and a moment that is singular.
    """
    finite(weight=weight, key=key, value=value, moment=moment)
    dtype = reduce(torch.promote_types, (x.dtype for x in (weight, key, value, moment)), torch.float32)
    w, k, v, c = (x.to(dtype) for x in (weight, key, value, moment))
    u, singular = torch.linalg.solve_ex(c, k)
    pull = u @ k
    if bool(singular) or not bool(pull.isfinite() & (pull != 0)):
        raise ValueError("key is zero, or moment is singular (a ridge would help): nothing of weight reads key alone")
    return (w + torch.outer(v - w @ k, u) / pull).to(weight)


def locate(tokenizer: Tokenizer, edits: Sequence[Edit]) -> tuple[Tensor, Tensor, Tensor]:
    """The edits' prompts as a padded batch, and where the subject's last token stands in each row."""
    rows, last = asked(tokenizer, edits)
    ids, padding = tokenizer.pad(rows)
    return ids, padding, padding + torch.tensor(last, device=padding.device)


def asked(tokenizer: Tokenizer, edits: Sequence[Edit]) -> tuple[list[list[int]], list[int]]:
    """Each edit's prompt as tokens, and which of them is the subject's last. Raises ValueError where none is."""
    rows = [tokenizer.encode(edit.prompt) for edit in edits]
    before = [tokenizer.encode(edit.template.split("{}")[0] + edit.subject) for edit in edits]
    for edit, row, start in zip(edits, rows, before, strict=True):
        if row[: len(start)] != start:
            raise ValueError(f"subject={edit.subject!r} does not end at the end of a token in {edit.prompt!r}")
    return rows, [len(start) - 1 for start in before]


def add_at(position: Int[Tensor, " batch"], extra: Float[Tensor, "batch width"]) -> Change:
    """A change: ``extra`` is added at one position of each row."""
    rows = torch.arange(len(position), device=position.device)
    return lambda x: x.index_put((rows, position), extra.to(x.dtype), accumulate=True)


def wished_values(
    model: LanguageModel,
    tokenizer: Tokenizer,
    edits: Sequence[Edit],
    layer: int,
    steps: int = 8,
    lr: float = 0.5,
    decay: float = 1e-3,
) -> tuple[Float[Tensor, "edits hidden"], Float[Tensor, "edits width"]]:
    """Keys k* at each subject's last token, and values v* to put there; each edit for itself, all in one batch.

    v* = W k* + d, where d is found by gradient descent so that the answer becomes probable. decay: price of d's squared
    length, in nats. No parameter of the model changes. (The paper averages k* over contexts; here it is the prompt's.)
    So few steps keep the last digits of two processors together: d needs no grid, but a model in float64. Raises
    ValueError for no edits, an answer that is empty or begins with a blank, and where d is no number any more.
    """
    filled(edits=edits)
    at_least(1, steps=steps)
    above(0, lr=lr)
    within(0, model.config.layers - 1, layer=layer)
    rows, last = asked(tokenizer, edits)
    answers = [opening(tokenizer, edit.answer) for edit in edits]
    ids, padding, learn = marked(tokenizer, list(zip(rows, answers, strict=True)), model.device)
    ids, learn, wanted = ids[:, :-1], learn[:, 1:], ids[learn]
    position = padding + torch.tensor(last, device=padding.device)
    key = keys(model, ids, layer, padding)[range(len(edits)), position]
    d = wide(key).new_zeros(len(edits), model.config.width).requires_grad_()
    optimizer = torch.optim.Adam([d], lr=lr)
    for _ in range(steps):
        with intervene(model, {f"blocks.{layer}.feedforward.out": add_at(position, d)}):
            hidden, _ = model.hidden(ids, padding=padding)
        logits = wide(model.unembed(hidden[learn]))
        loss = F.cross_entropy(logits, wanted, reduction="sum") + decay * d.square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    finite(**{f"the values at lr={lr}": d.detach()})
    return key, F.linear(key, memory(model, layer).weight.detach()) + d.detach()


@contextmanager
def edited(linear: nn.Linear, weight: Float[Tensor, "out hidden"]) -> Iterator[None]:
    """Within the block, the linear map has another matrix; afterwards its own again, whatever happens.

    Raises ValueError for a matrix of another shape, or one that is not of numbers.
    """
    if weight.shape != linear.weight.shape:
        raise ValueError(f"weight is of shape {tuple(weight.shape)}, not {tuple(linear.weight.shape)}")
    finite(weight=weight)
    before = linear.weight.detach().clone()
    try:
        with torch.no_grad():
            linear.weight.copy_(weight)
        yield
    finally:
        with torch.no_grad():
            linear.weight.copy_(before)
