"""One fit loop for every model in the book: AdamW, a short warm-up, a cosine down to zero, clipped gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

IGNORE = -100
"""A target with this value is not learned from (torch's own convention)."""


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
    return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORE)


def schedule(step: int, steps: int, warmup: int) -> float:
    """The learning rate's factor: a line up (over a fifth of the steps at most), then a cosine from one to zero."""
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
    warmup: int = 20,
    weight_decay: float = 0.01,
    betas: tuple[float, float] = (0.9, 0.98),
    clip: float = 1.0,
    progress: Progress | None = None,
    after: Callable[[Progress], None] | None = None,
) -> list[float]:
    """Train ``model`` in place for ``steps`` steps and return the loss of each.

    batches: yields tuples; each step minimises ``loss(model, *batch)``. parameters: which ones to train (default: all
    that require a gradient). The learning rate rises linearly over ``warmup`` steps and then falls as a cosine to zero.
    after: called with the progress after every step. progress: from an earlier call that was cut short, to go on from
    there; the model has its weights of then, and ``batches`` begins with the next one.
    Raises ValueError where there is nothing to train, the batches run out, or the loss is no longer a number.
    """
    trained = [p for p in (model.parameters() if parameters is None else parameters) if p.requires_grad]
    if not trained:
        raise ValueError("parameters: nothing to train; no parameter requires a gradient")
    if steps < 1:
        raise ValueError(f"steps={steps} must be at least 1")
    optimizer = torch.optim.AdamW(trained, lr=lr, betas=betas, weight_decay=weight_decay)
    progress = progress or Progress()
    losses = list(progress.losses)
    if progress.optimizer is not None:
        optimizer.load_state_dict(progress.optimizer)
    model.train()
    model.zero_grad(set_to_none=True)
    for step, batch in zip(range(len(losses), steps), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = lr * schedule(step, steps, warmup)
        value = loss(model, *batch)
        losses.append(value.item())
        if not math.isfinite(losses[-1]):
            raise ValueError(f"the loss became {losses[-1]} at step {step}; a smaller lr than {lr} would do")
        descend(value, model, optimizer, clip)
        if after is not None:
            after(Progress(losses, optimizer.state_dict()))
    model.eval()
    if len(losses) < steps:
        raise ValueError(f"batches ran out after {len(losses)} of {steps} steps")
    return losses


def descend(value: Tensor, model: nn.Module, optimizer: torch.optim.Optimizer, clip: float) -> None:
    """One step down the gradient of ``value``, whose length is cut to ``clip``; nobody's gradient is left behind."""
    value.backward()
    nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], clip)
    optimizer.step()
    model.zero_grad(set_to_none=True)  # also of what is not trained here
    optimizer.zero_grad(set_to_none=True)  # also of what is trained but is no part of the model
