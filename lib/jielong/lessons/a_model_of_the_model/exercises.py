"""Exercises of "A model of the model": a tangent, what faithful means, and an inverse that does not blow up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.teaching.exercises import exercise


def _check_tangent(answer: Any) -> str | None:
    cases: list[tuple[Callable[[float], float], float]] = [(math.sin, 0.5), (lambda x: x * x, 3.0)]

    def near(got: Sequence[float], wanted: Sequence[float]) -> bool:
        return all(abs(a - b) < 1e-2 for a, b in zip(got, wanted, strict=True))

    found = [tuple(float(x) for x in answer(f, s)) for f, s in cases]
    if all(near(got, tangent(f, s)) for got, (f, s) in zip(found, cases, strict=True)):
        return None
    if all(near(got, (tangent(f, s)[0], f(s))) for got, (f, s) in zip(found, cases, strict=True)):
        return "value"
    return "other"


@exercise(
    "a-model-of-the-model/tangent",
    check=_check_tangent,
    wrong=[
        (lambda f, s: ((f(s + 1e-6) - f(s)) / 1e-6, f(s)), "value"),
        (lambda f, s: (f(s) / s, 0.0), "other"),
    ],
    hints={
        "value": (
            "The slope is right. But b is what is missing at s: f(s) minus slope times s.",
            "斜率對了。不過 b 是在 s 這裡還缺的：f(s) 減掉斜率乘 s。",
        ),
        "other": (
            "The slope is (f(s + step) - f(s)) / step for a tiny step; the line must pass through (s, f(s)).",
            "斜率是 (f(s + step) - f(s)) / step，step 要很小；而且線要通過 (s, f(s))。",
        ),
    },
)
def tangent(f: Callable[[float], float], s: float) -> tuple[float, float]:
    step = 1e-6
    w = (f(s + step) - f(s)) / step
    return w, f(s) - w * s


def _check_faithfulness(answer: Any) -> str | None:
    large, small, truth = list("PRLBx"), list("PRMBx"), list("PRLCy")
    got = float(answer(large, small, truth))
    if math.isclose(got, 2 / 3, abs_tol=1e-6):
        return None
    if math.isclose(got, 4 / 5, abs_tol=1e-6):
        return "all"
    return "right" if math.isclose(got, 2 / 5, abs_tol=1e-6) else "other"


@exercise(
    "a-model-of-the-model/faithfulness",
    check=_check_faithfulness,
    wrong=[
        (lambda large, small, truth: sum(a == b for a, b in zip(large, small, strict=True)) / len(large), "all"),
        (lambda large, small, truth: sum(b == t for b, t in zip(small, truth, strict=True)) / len(truth), "right"),
        (lambda large, small, truth: 1.0, "other"),
    ],
    hints={
        "all": (
            "First leave out the subjects that the large model gets wrong; then count.",
            "先把大模型答錯的主詞拿掉，再來算。",
        ),
        "right": (
            "You compare the small model with the truth. Faithful means: it says what the large model says.",
            "你拿小模型跟正確答案比。忠實的意思是：它跟大模型說的一樣。",
        ),
        "other": (
            "Keep the subjects where large equals truth; among those, the share where small equals large.",
            "留下 large 跟 truth 一樣的主詞，再看其中 small 跟 large 一樣的比例。",
        ),
    },
)
def faithfulness(large: Sequence[str], small: Sequence[str], truth: Sequence[str]) -> float:
    known = [(a, b) for a, b, t in zip(large, small, truth, strict=True) if a == t]
    return sum(a == b for a, b in known) / len(known)


def _check_back(answer: Any) -> str | None:
    generator = torch.Generator().manual_seed(0)
    weight, change = torch.randn(5, 5, generator=generator), torch.randn(5, generator=generator)
    got, true = torch.as_tensor(answer(weight, change, 2)), back(weight, change, 2)
    if got.shape == true.shape and torch.allclose(got, true, atol=1e-3):
        return None
    if got.shape == true.shape and torch.allclose(got, torch.linalg.solve(weight, change), atol=1e-3):
        return "full"
    u, s, vh = torch.linalg.svd(weight)
    if got.shape == true.shape and torch.allclose(got, (change @ u[:, :2] * s[:2]) @ vh[:2], atol=1e-3):
        return "times"
    return "other"


def _times(weight: Tensor, change: Tensor, rank: int) -> Tensor:
    u, s, vh = torch.linalg.svd(weight)
    return (change @ u[:, :rank] * s[:rank]) @ vh[:rank]


@exercise(
    "a-model-of-the-model/back",
    check=_check_back,
    wrong=[
        (lambda weight, change, rank: torch.linalg.solve(weight, change), "full"),
        (_times, "times"),
        (lambda weight, change, rank: weight @ change, "other"),
    ],
    hints={
        "full": (
            "That is the full inverse. Use only the first rank singular values and their directions.",
            "這是完整的反矩陣。只用前 rank 個奇異值和它們的方向。",
        ),
        "times": (
            "To go back, divide by the singular values; you multiply.",
            "要往回走，是除以奇異值；你用乘的。",
        ),
        "other": (
            "u, s, vh = torch.linalg.svd(weight): read change along u's columns, divide by s, write along vh's rows.",
            "u, s, vh = torch.linalg.svd(weight)：用 u 的行去讀 change，除以 s，再沿著 vh 的列寫回去。",
        ),
    },
)
def back(weight: Float[Tensor, "out width"], change: Float[Tensor, " out"], rank: int) -> Float[Tensor, " width"]:
    u, s, vh = torch.linalg.svd(weight)
    return (change @ u[:, :rank] / s[:rank]) @ vh[:rank]
