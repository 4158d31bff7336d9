"""What a training does, seen from outside: by the optimizer's steps, and by what goes into the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim.optimizer import register_optimizer_step_pre_hook


class Watched(NamedTuple):
    """rates, decays: the optimizer's, of each step. rows: how long the first thing was that went into the model."""

    rates: list[float]
    rows: list[int]
    decays: list[float]


class Enough(Exception):
    """The training was watched for as long as was asked."""


def watched(train: Callable[[], object], count: int) -> Watched:
    """The first steps of a training, which is then cut short; all of them where it has no more than ``count``."""
    seen = Watched([], [], [])
    new = True

    def goes_in(_: nn.Module, inputs: tuple) -> None:
        nonlocal new
        if new and inputs and isinstance(inputs[0], Tensor):
            seen.rows.append(len(inputs[0]))
            new = False

    def stepped(optimizer: torch.optim.Optimizer, *_: object) -> None:
        nonlocal new
        new = True
        if len(seen.rates) == count:
            raise Enough
        seen.rates.append(optimizer.param_groups[0]["lr"])
        seen.decays.append(optimizer.param_groups[0]["weight_decay"])

    handles = register_module_forward_pre_hook(goes_in), register_optimizer_step_pre_hook(stepped)
    try:
        train()
    except Enough:
        pass
    finally:
        for handle in handles:
            handle.remove()
    return seen


def cosine(lr: float, steps: int, count: int, warmup: int = 20) -> list[float]:
    """The learning rates of the first ``count`` of so many steps: a line up, then a cosine down to zero."""
    rise = max(1, min(warmup, steps // 5))
    return [lr * min((t + 1) / rise, (1 + math.cos(math.pi * t / steps)) / 2) for t in range(count)]


def plain(
    model: nn.Module,
    batches: Iterable[tuple],
    loss: Callable[..., Tensor],
    rates: list[float],
    betas: tuple[float, float] = (0.9, 0.98),
    decay: float = 0.01,
    clip: float = 1.0,
    grid: float = 0.0,
) -> nn.Module:
    """A copy of the model after torch's AdamW with these learning rates and this clipping, on a grid or not."""
    model = deepcopy(model)
    optimizer = torch.optim.AdamW(model.parameters(), betas=betas, weight_decay=decay)
    for rate, batch in zip(rates, batches, strict=False):
        optimizer.zero_grad()
        loss(model, *batch).backward()
        length = math.sqrt(sum(p.grad.square().sum().item() for p in model.parameters()))
        for p in model.parameters():
            p.grad *= min(1.0, clip / length)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        for p in model.parameters():
            p.data = (p.data / grid).round() * grid if grid else p.data
    return model


def near(ours: nn.Module, theirs: nn.Module, within: float = 3e-6) -> None:
    """Raise AssertionError where two models' weights differ by more than the grid's rounding."""
    for (name, p), q in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p.detach(), q.detach(), rtol=0, atol=within, msg=lambda m, n=name: f"{n}: {m}")
