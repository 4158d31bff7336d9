"""Exercises of "A direction for no": an arrow between means, a fair control, a limit along a direction."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.teaching.exercises import exercise


def _check_steer(answer: Any) -> str | None:
    x, some, others = (torch.randn(n, 5, generator=torch.Generator().manual_seed(n)) for n in (1, 3, 4))
    got = torch.as_tensor(answer(x[0], some, others, 2.0))
    arrow = some.mean(0) - others.mean(0)
    if got.shape == (5,) and torch.allclose(got, x[0] + 2 * arrow, atol=1e-4):
        return None
    if got.shape == (5,) and torch.allclose(got, x[0] - 2 * arrow, atol=1e-4):
        return "backwards"
    return "no-difference" if got.shape == (5,) and torch.allclose(got, x[0] + 2 * some.mean(0), atol=1e-4) else "other"


@exercise(
    "a-direction-for-no/steer",
    check=_check_steer,
    wrong=[
        (lambda x, yes, no, dose: x + dose * (no.mean(0) - yes.mean(0)), "backwards"),
        (lambda x, yes, no, dose: x + dose * yes.mean(0), "no-difference"),
        (lambda x, yes, no, dose: x + dose * (yes - no.mean(0)), "other"),
    ],
    hints={
        "backwards": (
            "This arrow points from yes to no. An arrow from A to B is B minus A.",
            "這個箭頭是從 yes 指到 no。從 A 到 B 的箭頭，是 B 減 A。",
        ),
        "no-difference": (
            "The mean of yes alone also holds what all states have in common. Subtract the mean of no.",
            "只有 yes 的平均，裡面也有所有狀態共通的東西。要減掉 no 的平均。",
        ),
        "other": (
            "First one mean over the examples of each side, then their difference times the dose, added to x.",
            "兩邊各自對例子取平均，相減之後乘上 dose，再加到 x。",
        ),
    },
)
def steer(
    x: Float[Tensor, " width"], yes: Float[Tensor, "some width"], no: Float[Tensor, "others width"], dose: float
) -> Float[Tensor, " width"]:
    return x + dose * (yes.mean(0) - no.mean(0))


def _check_fair(answer: Any) -> str | None:
    v = torch.full((64,), 3.0)
    one, again, two = (torch.as_tensor(answer(v, seed)) for seed in (0, 0, 1))
    if one.shape != v.shape or torch.allclose(one, two) or not torch.allclose(one, again):
        return "not-random"
    if abs(float(one.norm() / v.norm()) - 1) > 1e-3:
        return "length"
    return "not-random" if abs(float(one @ v) / float(v @ v)) > 0.6 else None


@exercise(
    "a-direction-for-no/fair",
    check=_check_fair,
    wrong=[
        (lambda v, seed: torch.randn(len(v), generator=torch.Generator().manual_seed(seed)), "length"),
        (lambda v, seed: v.flip(0), "not-random"),
        (lambda v, seed: torch.nn.functional.normalize(torch.randn(len(v)), dim=0), "not-random"),
    ],
    hints={
        "length": (
            "A short arrow does little, whatever its direction. Give the random one the length of v.",
            "短的箭頭不管往哪裡指，效果都小。讓隨機的那個跟 v 一樣長。",
        ),
        "not-random": (
            "Draw the direction at random from the seed: the same arrow for one seed, others for other seeds.",
            "方向要由種子隨機抽出來：同一個種子，同一個箭頭；換了種子，就換一個。",
        ),
    },
)
def fair(v: Float[Tensor, " width"], seed: int) -> Float[Tensor, " width"]:
    noise = torch.randn(len(v), generator=torch.Generator().manual_seed(seed))
    return noise * v.norm() / noise.norm()


def _check_no_further(answer: Any) -> str | None:
    x = torch.tensor([[4.0, 1.0], [1.0, 2.0], [-3.0, 0.0]])
    v, good = torch.tensor([2.0, 0.0]), torch.tensor([[1.0, 9.0], [3.0, 5.0]])
    got = torch.as_tensor(answer(x, v, good)).float()
    known = {
        None: [[2.0, 1.0], [1.0, 2.0], [-3.0, 0.0]],
        "all": [[0.0, 1.0], [0.0, 2.0], [0.0, 0.0]],
        "two-sided": [[2.0, 1.0], [2.0, 2.0], [2.0, 0.0]],
    }
    for hint, states in known.items():
        if got.shape == x.shape and torch.allclose(got, torch.tensor(states), atol=1e-4):
            return hint
    return "other"


@exercise(
    "a-direction-for-no/no-further",
    check=_check_no_further,
    wrong=[
        (lambda x, v, good: x - (x @ v)[:, None] * v / (v @ v), "all"),
        (lambda x, v, good: x - ((x - good.mean(0)) @ v)[:, None] * v / (v @ v), "two-sided"),
        (lambda x, v, good: x - (x @ v - (good @ v).mean()).clamp(min=0)[:, None] * v, "other"),
    ],
    hints={
        "all": (
            "This takes out everything along v. Leave what the innocent have: only what goes beyond it is too much.",
            "這樣把沿著 v 的全部拿掉了。正當請求本來就有的要留著，超出的才算太多。",
        ),
        "two-sided": (
            "Now every state lies exactly at the limit. Those that were below it should stay where they are.",
            "這樣每個狀態都剛好落在界線上。本來就沒到界線的，應該留在原地。",
        ),
        "other": (
            "Measure along v at length one: u = v / |v|. How far is x @ u beyond the mean of good @ u, at least 0?",
            "先把 v 變成長度一：u = v / |v|。x @ u 比 good @ u 的平均超出多少（至少是 0）？",
        ),
    },
)
def no_further(
    x: Float[Tensor, "time width"], v: Float[Tensor, " width"], good: Float[Tensor, "examples width"]
) -> Float[Tensor, "time width"]:
    u = v / v.norm()
    beyond = (x @ u - (good @ u).mean()).clamp(min=0)
    return x - beyond[:, None] * u
