"""One fit loop for every model in the book: AdamW, a short warm-up, a cosine down to zero, clipped gradients.

**Numbers that hang on the seed and on nothing else.** Processors round differently in the last digit, and training lets
such a difference grow until whole heads learn other things: two of them, 1,000 steps into learning to copy, end 17 %
apart in their weights in float32, and still 14 % in float64. Therefore what learns here learns in float64, and after
every step each weight is rounded to a multiple of `GRID`. The last digits of two machines, some 1e-16, fall on the
same multiple and are equal again before they can grow.

Where that holds, and where it ends:

* Everything upstream is float64, too: the weights at the start (`seeded`) and the data. In float32 the draws
  themselves differ between processors.
* A weight whose true value lies within rounding of the middle between two multiples may still fall on either; that is
  one rounding in some 1e8. The deeper a network, the larger its errors: 64 plain layers want a coarser grid.
* What forgets needs no grid: the optimizer's moments, a state that is carried along. Nor do tables that are learned by
  addition.
* A step below half of `GRID`, 1.2e-7, does nothing. Columns of length one: normalise, then round (`constrain`).
* Multiples of `GRID` up to 4 fit into float32 as they are; a larger weight must stay in float64.
* A real model is read in float32. What learns from it (thin detours, a dictionary, a transplant) takes its states, and
  the model as their base, in float64. Training all its weights so is out of reach (``exact=False``): numbers that come
  of it are to be decided with margins.
* Graphics processors of Apple's have no float64, and others are slow at it: there, too, ``exact=False``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import above, at_least, finite, within
from jielong.precision import wide

IGNORE = -100
"""A target with this value is not learned from (torch's own convention)."""
GRID = 2.0**-22
"""Weights that learn are multiples of it; see the head of this module."""

Model = TypeVar("Model", bound=nn.Module)


def seeded(build: Callable[[], Model], seed: int) -> Model:
    """What ``build`` makes, in float64, from a die of its own that is set to ``seed``, with weights on the grid.

    torch's modules draw their first weights from the global die; here it is lent for as long as ``build`` takes, and
    put back as it was. All is drawn on the CPU, so that a seed means the same everywhere; move the model afterwards.
    """
    before = torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)
        torch.set_default_dtype(torch.float64)
        try:
            model = build()
        finally:
            torch.set_default_dtype(before)
    settle(model.parameters())
    return model


@torch.no_grad()
def settle(weights: Iterable[Tensor], grid: float = GRID) -> None:
    """Round every weight to the nearest multiple of ``grid``, in place."""
    above(0, grid=grid)
    for weight in weights:
        weight.copy_(wide(weight).div_(grid).round_().mul_(grid))  # half precision cannot count so many steps


def next_token_loss(
    model: nn.Module, ids: Int[Tensor, "batch time"], learn: Bool[Tensor, "batch time"] | None = None
) -> Float[Tensor, ""]:
    """Mean cross-entropy, in nats, of predicting each token from those before it.

    learn: (batch, time) bool, True at the tokens to learn to write; default all but the first.
    Raises ValueError where no token would be learned.
    """
    if ids.shape[1] < 2 or (learn is not None and not learn[:, 1:].any()):
        raise ValueError(f"ids of shape {tuple(ids.shape)}: nothing to learn; the first token of a row never is")
    logits, _ = model(ids[:, :-1])
    target = ids[:, 1:] if learn is None else ids[:, 1:].masked_fill(~learn[:, 1:], IGNORE)
    return F.cross_entropy(wide(logits).flatten(0, 1), target.flatten(), ignore_index=IGNORE)


def cosine(step: int, steps: int, warmup: int = 20) -> float:
    """The learning rate's factor: a line up (over a fifth of the steps at most), then a cosine from one to zero."""
    at_least(1, steps=steps)
    within(0, steps, step=step)
    rise = (step + 1) / max(1, min(warmup, steps // 5))
    return min(rise, 0.5 * (1 + math.cos(math.pi * step / steps)))


@dataclass
class Progress:
    """How far `fit` has come: with the model's weights, all that it takes to go on as if it had never stopped."""

    losses: list[float] = field(default_factory=list)
    optimizer: dict[str, Any] | None = None


def fit(
    model: nn.Module,
    batches: Iterable[tuple],
    *,
    steps: int,
    lr: float = 3e-3,
    loss: Callable[..., Tensor] = next_token_loss,
    parameters: Iterable[nn.Parameter] | None = None,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW,
    schedule: Callable[[int, int], float] = cosine,
    weight_decay: float = 0.01,
    betas: tuple[float, float] = (0.9, 0.98),
    clip: float = 1.0,
    exact: bool = True,
    grid: float = GRID,
    constrain: Callable[[], None] | None = None,
    progress: Progress | None = None,
    after: Callable[[Progress], None] | None = None,
) -> list[float]:
    """Train ``model`` in place for ``steps`` steps and return the loss of each.

    batches: yields tuples; each step minimises ``loss(model, *batch)``, the tensors in it moved to where the weights
    are. parameters: which ones to train (default: all that require a gradient). optimizer: makes one from the
    parameters, lr, betas and weight_decay. schedule: from step and steps to the factor of lr. clip: the gradient's
    greatest length. constrain: called after every step, to put weights back where they belong (columns of length one,
    say), and before they are rounded.
    exact: the weights are float64 and stay multiples of ``grid``, so that every processor ends in the same ones (a very
    deep network, whose errors grow on the way through it, needs a coarser grid); False leaves them as they are, in any
    precision, and the last digits to the processor.
    after: called with the progress after every step. progress: from an earlier call that was cut short, to go on from
    there; the model has its weights of then, and ``batches`` begins with the next one.
    Raises ValueError where there is nothing to train, exact weights are not float64, the batches run out, or the loss
    is no longer a number.
    """
    trained = [p for p in (model.parameters() if parameters is None else parameters) if p.requires_grad]
    check(trained, steps, exact)
    finite(lr=lr, weight_decay=weight_decay)
    at_least(0, lr=lr)
    descent = optimizer(trained, lr=lr, betas=betas, weight_decay=weight_decay)
    progress = progress or Progress()
    losses = list(progress.losses)
    if progress.optimizer is not None:
        descent.load_state_dict(progress.optimizer)
    model.train()
    model.zero_grad(set_to_none=True)
    for step, batch in zip(range(len(losses), steps), batches, strict=False):
        for group in descent.param_groups:
            group["lr"] = lr * schedule(step, steps)
        value = loss(model, *(x.to(trained[0].device) if isinstance(x, Tensor) else x for x in batch))
        losses.append(value.item())
        if not math.isfinite(losses[-1]):
            half = "weights wider than float16, or " if trained[0].dtype == torch.float16 else ""
            raise ValueError(f"the loss became {losses[-1]} at step {step}; {half}a smaller lr than {lr} would do")
        descend(value, model, descent, clip)
        if constrain is not None:
            constrain()
        if exact:
            settle(trained, grid)
        if after is not None:
            after(Progress(losses, descent.state_dict()))
    model.eval()
    if len(losses) < steps:
        raise ValueError(f"batches ran out after {len(losses)} of {steps} steps")
    return losses


def check(trained: list[nn.Parameter], steps: int, exact: bool) -> None:
    """Raise ValueError where `fit` could not do what it is asked to."""
    if not trained:
        raise ValueError("parameters: nothing to train; no parameter requires a gradient")
    if steps < 1:
        raise ValueError(f"steps={steps} must be at least 1")
    if exact and (coarse := {p.dtype for p in trained} - {torch.float64}):
        raise ValueError(
            f"exact=True needs weights in torch.float64, not {', '.join(map(str, coarse))}: make the model with "
            "`seeded` or call .double() on it; exact=False gives numbers that hang on the processor"
        )


def descend(value: Tensor, model: nn.Module, optimizer: torch.optim.Optimizer, clip: float) -> None:
    """One step down the gradient of ``value``, whose length is cut to ``clip``; nobody's gradient is left behind."""
    value.backward()
    if not clip > 0:
        raise ValueError(f"clip={clip} must be above 0")
    length = nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], clip)
    if not length.isfinite():
        raise ValueError(f"the loss is {value.item()}, but its gradient has the length {length.item()}")
    optimizer.step()
    model.zero_grad(set_to_none=True)  # also of what is not trained here
    optimizer.zero_grad(set_to_none=True)  # also of what is trained but is no part of the model
