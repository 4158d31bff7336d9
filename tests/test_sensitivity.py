"""Every kind of training in the book ends in the same weights, to the last bit, when its gradients are disturbed.

Another processor rounds otherwise, in the last digit. Here one processor plays another: to every gradient is added
noise of 1e-13 of its tensor's largest entry, hundreds of times what rounding does. On the grid
(`jielong.training.GRID`) the weights must not notice. How near they came is printed: the differences before rounding,
summed over steps and weights and counted in grid steps, are the number of weights that are expected to fall on another
multiple. Without the grid the same disturbance must show.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import jielong.training
import pytest
import torch
from jielong.adaptation.classifiers import covered_batches, fit_head, masked_loss
from jielong.adaptation.lora import add_lora
from jielong.adaptation.preference import Preferences, prefer
from jielong.agents.worlds import four_rooms
from jielong.corpora import wonderland
from jielong.interpretability import sparse_autoencoders
from jielong.lessons.a_reason_for_every_shape import towers, vision
from jielong.lessons.depth_and_length import piecewise
from jielong.lessons.goal_look_act import learners
from jielong.lessons.pictures_without_attention import painting, patches
from jielong.mixers import MIXERS
from jielong.programs import race
from jielong.programs.transplant import transplant
from jielong.toys import cards, recall
from jielong.toys.models import small_model
from jielong.training import GRID, fit, seeded, settle
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

NOISE, MOST = 1e-13, 0.05
Training = Callable[[], object]


@contextmanager
def disturbed(noise: float, by_row: bool) -> Iterator[None]:
    """Within the block, every optimizer's gradients are off by ``noise`` of their tensor's, or their row's, largest."""
    generator = torch.Generator().manual_seed(0)

    def disturb(optimizer: torch.optim.Optimizer, *_: object) -> None:
        for weight in (weight for group in optimizer.param_groups for weight in group["params"]):
            if weight.grad is not None:
                off = torch.randn(weight.shape, dtype=weight.dtype, generator=generator)
                size = weight.grad.abs()
                largest = (
                    size.amax(tuple(range(1, size.dim())), keepdim=True) if by_row and size.dim() > 1 else size.max()
                )
                # what is exactly zero stays so: rounding makes nothing of nothing
                weight.grad.add_(off * largest * (size > 0), alpha=noise)

    handle = register_optimizer_step_pre_hook(disturb)
    try:
        yield
    finally:
        handle.remove()


def weights_of(
    kind: str, monkeypatch: pytest.MonkeyPatch, noise: float, grid: bool = True
) -> tuple[list[Tensor], Tensor]:
    """What is trained, in steps of the grid, after each step and before it is rounded; and at the end as it is."""
    seen: list[Tensor] = []
    end = torch.empty(0)

    def look(weights: list[nn.Parameter], size: float = GRID) -> None:
        nonlocal end
        if not isinstance(weights, list):
            return settle(weights, size)  # of a model that has just been made
        seen.append(torch.cat([weight.detach().flatten() for weight in weights]) / size)
        if grid:
            settle(weights, size)
        end = torch.cat([weight.detach().flatten() for weight in weights])

    monkeypatch.setattr(jielong.training, "settle", look)
    with disturbed(noise, kind in BY_ROW):
        KINDS[kind]()
    monkeypatch.undo()
    return seen, end


def copying() -> None:
    """Two layers of attention learn to say again what was said: the kind that drifts most."""
    model, generator = small_model(16, seed=0, width=32), torch.Generator().manual_seed(1)
    once = (torch.randint(16, (16, 8), generator=generator) for _ in itertools.count())
    fit(model, ((torch.cat((ids, ids), 1),) for ids in once), steps=320, lr=1e-2)


def recalling(mixer: str) -> None:
    """One layer of a memory learns to keep cards."""
    model = cards.card_model(mixer, 8, seed=0)
    fit(model, cards.practice([4, 8], seed=0, count=16), steps=40, lr=0.02, loss=cards.answer_loss)


def filling_in() -> None:
    """A model that looks both ways learns to fill in words."""
    model = small_model(20, causal=False)
    ids = torch.randint(19, (100, 12), generator=torch.Generator().manual_seed(0))
    fit(model, covered_batches(ids, mask=19, seed=0), steps=40, loss=masked_loss)


def head() -> None:
    """One linear layer learns to name clouds of points."""
    clouds = torch.randn(90, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    fit_head(clouds, torch.arange(90) % 3, classes=3)


def low_rank() -> None:
    """Thin detours beside frozen matrices learn a recall task."""
    task = recall.Recall(number=4, keys=16, values=16, asked=4)
    model = small_model(task.vocabulary).requires_grad_(False)
    fit(model, task.batches(0, count=16), steps=40, parameters=add_lora(model))


def with_feedback() -> None:
    """A model learns what is preferred: direct preference optimization."""
    model, generator = small_model(20), torch.Generator().manual_seed(0)
    chosen, rejected = torch.randint(20, (2, 60, 8), generator=generator)
    answers = (torch.arange(8) > 3).expand(60, 8)
    prefer(model, Preferences(chosen, answers, rejected, answers), steps=20, lr=3e-3)


def policy() -> None:
    """A policy learns from sentences' points where to go."""
    points = torch.randn(4, 24, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    learners.learn_by_words(points, four_rooms.FLOOR[:4], steps=60)


def dictionary(k: int | None) -> None:
    """A dictionary of features learns from vectors; its columns keep length one."""
    x = torch.randn(400, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    sparse_autoencoders.learn(x, 48, k, steps=40, batch=64)


def attention_transfer() -> None:
    """Linear attention learns to say what softmax attention says."""
    model = small_model(30).requires_grad_(False)
    ids = torch.randint(30, (12, 20), generator=torch.Generator().manual_seed(0))
    transplant(model, model.embed(ids), [1], steps=30)


def digits(kind: str) -> None:
    """A network learns to read digits that wander over a page."""
    lot = vision.lot(0)
    eye = seeded(lambda: vision.Eye(kind, pooled=kind == "shared"), 0)
    vision.school(eye, lot, seed=0, steps=10)


def two_towers() -> None:
    """A plain and a residual network learn side by side."""
    x, y = towers.ink(200)
    towers.build(towers.Towers(8, [0, 1], [0, 0]), x, y, steps=40)


MEMORIES = [mixer for mixer in MIXERS if mixer != "attention"]
SIZE = race.Size(parameters=8_000, layers=2, heads=2, context=24, batch=8, steps=25, lr=1e-2)
KINDS: dict[str, Training] = {
    "copying": copying,
    **{f"recalling, {mixer}": (lambda mixer=mixer: recalling(mixer)) for mixer in MEMORIES},
    **{
        f"racing, {racer}": (lambda racer=racer: race.train(racer, SIZE, 0, wonderland()[:4000]))
        for racer in race.RACERS
    },
    **{f"digits, {kind}": (lambda kind=kind: digits(kind)) for kind in vision.KINDS},
    **{f"patches, {kind}": (lambda kind=kind: patches.train(kind, 2, 0, 25)) for kind in ("mamba", "out", "wide")},
    **{
        f"painting, {look}": (lambda look=look: painting.train(look, 0, 12)) for look in ("linear", "softmax", "nobody")
    },
    "towers": two_towers,
    "pieces of lines": lambda: piecewise.learn(lambda x: x.sum(-1).abs(), 2, 3, 300, steps=60),
    "filling in": filling_in,
    "a head": head,
    "low rank": low_rank,
    "with feedback": with_feedback,
    "a policy": policy,
    "a dictionary, top k": lambda: dictionary(4),
    "a dictionary, ReLU": lambda: dictionary(None),
    "attention transfer": attention_transfer,
}

BY_ROW = {kind for kind in KINDS if kind.startswith(("digits", "painting"))} | {"patches, mamba"}
"""Some rows' gradients are 1e4 times smaller than others' in the same tensor: units that hardly ever speak, layers
behind an output that starts at zero, queries beside values. There a row's own largest is the measure of the noise."""


@pytest.mark.parametrize("kind", KINDS)
def test_disturbed_gradients_end_in_the_same_weights(kind, monkeypatch):
    plain, end = weights_of(kind, monkeypatch, noise=0.0)
    other, other_end = weights_of(kind, monkeypatch, noise=NOISE)
    near = sum((one - two).abs().sum().item() for one, two in zip(plain, other, strict=True))
    print(f"{kind}: {near:.1e} weights are expected on another multiple, of {len(end):,} over {len(plain)} steps")
    assert torch.equal(end, other_end)
    assert 0 < near < MOST


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_grid_they_drift(kind, monkeypatch):
    _, end = weights_of(kind, monkeypatch, noise=0.0, grid=False)
    _, other_end = weights_of(kind, monkeypatch, noise=NOISE, grid=False)
    apart = (end - other_end).abs().max().item()
    print(f"{kind}: {apart:.1e} apart")
    assert apart > (1e-4 if kind == "copying" else 0)
