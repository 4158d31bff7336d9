"""Exercises of "Editing and merging": one fact by hand, two models in one, a quarrel settled."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise

_W = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]])
_K, _V = torch.tensor([2.0, 0.0, 1.0]), torch.tensor([5.0, 3.0])


def _check_edit(answer: Any) -> str | None:
    new = torch.as_tensor(answer(_W.clone(), _K.clone(), _V.clone()), dtype=torch.float32)
    if new.shape != _W.shape:
        return "turned"
    away = torch.tensor([1.0, 3.0, -2.0])  # at a right angle to the key
    if not torch.allclose(new @ away, _W @ away, atol=1e-4):
        return "careless"
    if torch.allclose(new @ _K, _V, atol=1e-4):
        return None
    if torch.allclose(new @ _K, _W @ _K + _V, atol=1e-4):
        return "on-top"
    return "too-far" if torch.allclose(new @ _K, _W @ _K + (_V - _W @ _K) * (_K @ _K), atol=1e-4) else "careless"


@exercise(
    "editing-and-merging/edit",
    check=_check_edit,
    wrong=[
        (lambda W, k, v: W + torch.outer(v, k) / (k @ k), "on-top"),
        (lambda W, k, v: W + torch.outer(v - W @ k, k), "too-far"),
        (lambda W, k, v: W.T + torch.outer(k, v - W @ k) / (k @ k), "turned"),
        (lambda W, k, v: W + (v - W @ k)[:, None] / k.sum(), "careless"),
    ],
    hints={
        "on-top": (
            "Yours answers W k + v: the old value is still there. Add only what is missing, v − W k.",
            "你的矩陣會回答 W k + v：舊的值還在。只要補上差的那一段，v − W k。",
        ),
        "too-far": (
            "Right direction, too far: k · k is not 1. Divide by it.",
            "方向對了，但走過頭：k · k 不是 1，要除掉它。",
        ),
        "turned": (
            "W has a row for each output. The outer product has to be (what is missing) times (key), in this order.",
            "W 的每一列對應一個輸出。外積的順序是（差的那一段）乘（key），不能反過來。",
        ),
        "careless": (
            "A key at a right angle to k must get the same answer as before; yours changes it. Change W only along k.",
            "跟 k 垂直的 key，答案應該跟以前一樣，你的卻變了。只能沿著 k 的方向改 W。",
        ),
    },
)
def edit(W: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return W + torch.outer(v - W @ k, k) / (k @ k)


def _check_add(answer: Any) -> str | None:
    base, a, b = torch.tensor([1.0, 1.0, 1.0]), torch.tensor([3.0, 1.0, 0.0]), torch.tensor([1.0, 6.0, 2.0])
    got = torch.as_tensor(answer(base.clone(), a.clone(), b.clone()), dtype=torch.float32)
    if torch.allclose(got, a + b - base):
        return None
    if torch.allclose(got, (a + b) / 2):
        return "half"
    return "twice-base" if torch.allclose(got, a + b) else "other"


@exercise(
    "editing-and-merging/add",
    check=_check_add,
    wrong=[
        (lambda base, a, b: (a + b) / 2, "half"),
        (lambda base, a, b: a + b, "twice-base"),
        (lambda base, a, b: (a - base) + (b - base), "other"),
    ],
    hints={
        "half": (
            "The average moves only half of each way. That can be wise, but here each task vector is wanted whole.",
            "取平均的話，兩個方向都只走了一半。這樣做有時候很聰明，不過這題要的是整條 task vector。",
        ),
        "twice-base": (
            "Both tuned models contain the base, so yours has it twice.",
            "兩個微調過的模型裡面都有一份原本的模型，你的就有兩份了。",
        ),
        "other": (
            "Start at the base, walk what training changed in a, then what it changed in b.",
            "從原本的模型出發，先走 a 訓練出來的那一段，再走 b 訓練出來的那一段。",
        ),
    },
)
def add(base: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return base + (a - base) + (b - base)


def _check_elect(answer: Any) -> str | None:
    got = float(answer(torch.tensor([5.0, -1.0, -2.0])))
    if abs(got - 5) < 1e-5:
        return None if abs(float(answer(torch.tensor([4.0, 2.0, -3.0]))) - 3) < 1e-5 else "divisor"
    if abs(got + 1.5) < 1e-5:
        return "heads"
    return "plain" if abs(got - 2 / 3) < 1e-5 else "divisor"


def _heads(values: Tensor) -> Tensor:
    return values[values.sign() == values.sign().sum().sign()].mean()


@exercise(
    "editing-and-merging/elect",
    check=_check_elect,
    wrong=[
        (lambda values: values.mean(), "plain"),
        (_heads, "heads"),
        (lambda values: values[values.sign() == values.sum().sign()].sum() / len(values), "divisor"),
    ],
    hints={
        "plain": (
            "The plain average lets opposite signs cancel. Elect a sign first, then listen only to those who have it.",
            "直接平均，正負就互相抵消了。先選出一個正負號，再只聽跟它同號的。",
        ),
        "heads": (
            "You counted heads. TIES weighs them: the sign of the sum wins, so 5 beats −1 and −2 together.",
            "你是數人頭，TIES 是秤重量：總和的正負號獲勝，所以 5 贏過 −1 加 −2。",
        ),
        "divisor": (
            "Right voices, wrong average: divide by how many were listened to.",
            "聽的對象對了，平均算錯：要除以真正被採納的個數。",
        ),
    },
)
def elect(values: Tensor) -> Tensor:
    winners = values[values.sign() == values.sum().sign()]
    return winners.mean()
