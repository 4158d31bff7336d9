"""Exercises of "Keys and values": a sum of values, an integral, and neurons of one's own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise

_A = torch.tensor([1.0, -2.0, 3.0])
_W = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])


def _check_without(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_A.clone(), _W.clone(), 1), dtype=torch.float32)
    if got.shape != (2,):
        return "shape"
    if torch.allclose(got, torch.tensor([7.0, 3.0])):
        return None
    return "only" if torch.allclose(got, torch.tensor([0.0, -2.0])) else "other"


@exercise(
    "keys-and-values/add",
    check=_check_without,
    wrong=[
        (lambda a, W, i: a[i] * W[:, i], "only"),
        (lambda a, W, i: W * a, "shape"),
        (lambda a, W, i: W @ a, "other"),
    ],
    hints={
        "only": (
            "That is what neuron i adds. Wanted is all the rest.",
            "這是第 i 個神經元加上去的，題目要的是其他全部。",
        ),
        "shape": (
            "The neurons' values have to be summed: the result is (width,).",
            "要把各神經元的 value 加起來，結果是 (width,)。",
        ),
        "other": (
            "Everything is W @ a. Take the i-th column, times a[i], away.",
            "全部是 W @ a，把第 i 行乘上 a[i] 扣掉。",
        ),
    },
)
def without(a: Tensor, W: Tensor, i: int) -> Tensor:
    return W @ a - a[i] * W[:, i]


def _cube(z: float) -> float:
    return 3 * z * z


def _check_integrated(answer: Any) -> str | None:
    got = float(answer(_cube, 2.0, 4))
    if abs(got - 7.875) < 1e-6:
        return None if abs(float(answer(math.cos, 1.0, 50)) - math.sin(1.0)) < 1e-4 else "other"
    return {24.0: "end", 3.9375: "no-x", 11.25: "edges", 5.25: "edges"}.get(round(got, 4), "other")


@exercise(
    "keys-and-values/integrate",
    check=_check_integrated,
    wrong=[
        (lambda slope, x, steps: x * slope(x), "end"),
        (lambda slope, x, steps: sum(slope(x * (k + 0.5) / steps) for k in range(steps)) / steps, "no-x"),
        (lambda slope, x, steps: x * sum(slope(x * (k + 1) / steps) for k in range(steps)) / steps, "edges"),
        (lambda slope, x, steps: 0.0, "other"),
    ],
    hints={
        "end": (
            "You took the slope at the end alone. Take it all along the way from 0.",
            "你只拿了終點的斜率，要從 0 開始，沿路都拿。",
        ),
        "no-x": ("The mean slope still has to be multiplied by the way: x.", "平均斜率還要乘上走過的距離 x。"),
        "edges": (
            "Those are the pieces' edges. The midpoints are at x (k + 0.5) / steps.",
            "這是每一段的端點，中點在 x (k + 0.5) / steps。",
        ),
        "other": ("x times the mean of slope(z), z at the midpoints.", "x 乘上 slope(z) 的平均，z 取中點。"),
    },
)
def integrated(slope: Callable[[float], float], x: float, steps: int) -> float:
    return x * sum(slope(x * (k + 0.5) / steps) for k in range(steps)) / steps


_TABLE = torch.tensor([[9.0, 3.0, 1.0], [9.5, 0.0, 1.5], [8.0, 1.0, 5.0]])


def _check_own(answer: Any) -> str | None:
    got = [int(answer(_TABLE.clone(), k)) for k in range(3)]
    if got == [1, 0, 2]:
        return None
    return "strongest" if got == [0, 0, 0] else "other"


@exercise(
    "keys-and-values/own",
    check=_check_own,
    wrong=[
        (lambda table, k: table[k].argmax(), "strongest"),
        (lambda table, k: (table.mean(0) - table[k]).argmax(), "other"),
    ],
    hints={
        "strongest": (
            "Neuron 0 is strong for every fact. How far does it stand above what it does for the others?",
            "0 號神經元對每件事都很強，它比對別件事強多少？",
        ),
        "other": (
            "Row k, less the mean of the other rows; then the largest.",
            "第 k 列，減掉其他列的平均，再找最大的。",
        ),
    },
)
def own(table: Tensor, k: int) -> int:
    others = (table.sum(0) - table[k]) / (len(table) - 1)
    return int((table[k] - others).argmax())
