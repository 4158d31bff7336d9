"""Exercises of "Erase, then write": what is left of an old value, why keys have length one, a step with momentum."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise


def _near(got: Any, wanted: list[float]) -> bool:
    return all(math.isclose(g, w, rel_tol=1e-4, abs_tol=1e-6) for g, w in zip(got, wanted, strict=True))


_WRITES = [(0.5, 1), (0.5, 3), (1.0, 2), (0.1, 10), (0.3, 0)]


def _check_left(answer: Any) -> str | None:
    got = [float(answer(beta, n)) for beta, n in _WRITES]
    if _near(got, [0.5, 0.125, 0.0, 0.3486784401, 1.0]):
        return None
    if _near(got, [beta**n for beta, n in _WRITES]):
        return "kept"
    return "amount" if _near(got, [1 - n * beta for beta, n in _WRITES]) else "other"


@exercise(
    "erase-then-write/left",
    check=_check_left,
    wrong=[
        (lambda beta, n: beta**n, "kept"),
        (lambda beta, n: 1 - n * beta, "amount"),
        (lambda beta, n: 1 / (1 + n * beta), "other"),
    ],
    hints={
        "kept": (
            "beta is the share that is *replaced*. With beta = 1 nothing should be left after one write.",
            "beta 是被換掉的比例。beta = 1 的話，寫一次之後應該什麼都不剩。",
        ),
        "amount": (
            "The second write replaces a share of what the first one has left, not of what was there at the start.",
            "第二次換掉的，是第一次之後還剩下的一部分，不是最開始的一部分。",
        ),
        "other": (
            "One write: S + k (beta (v - kS))^T. Read with k, which has length one: (1 - beta) old + beta new.",
            "寫一次：S + k (beta (v − kS))^T。用長度 1 的 k 去讀，得到 (1 − beta) 舊 + beta 新。",
        ),
    },
)
def left(beta: float, n: int) -> float:
    return (1 - beta) ** n


_KEYS = [(1.0, 1.0), (1.0, 2.0), (0.5, 1.0), (0.5, 2.0), (0.1, 3.0), (0.0, 5.0)]


def _check_error_after(answer: Any) -> str | None:
    got = [float(answer(beta, length)) for beta, length in _KEYS]
    right = [1 - beta * length**2 for beta, length in _KEYS]
    if _near(got, right) or _near(got, [abs(r) for r in right]):
        return None
    if _near(got, [1 - beta * length for beta, length in _KEYS]):
        return "once"
    return "short" if _near(got, [1 - beta for beta, _ in _KEYS]) else "other"


@exercise(
    "erase-then-write/error-after",
    check=_check_error_after,
    wrong=[
        (lambda beta, length: 1 - beta * length, "once"),
        (lambda beta, length: 1 - beta, "short"),
        (lambda beta, length: beta * length**2, "other"),
    ],
    hints={
        "once": (
            "The key counts twice: once when the difference is written, once when it is read.",
            "key 會用到兩次：寫進差的時候一次，讀的時候再一次。",
        ),
        "short": ("That is right for a key of length one.", "這只有在 key 的長度是 1 的時候才對。"),
        "other": (
            "Write e for the error v - kS. The new memory is S + beta k e^T. What does k read from it?",
            "把誤差 v − kS 寫成 e。新的記憶是 S + beta k e^T。用 k 去讀會讀到什麼？",
        ),
    },
)
def error_after(beta: float, length: float) -> float:
    return 1 - beta * length**2  # beyond -1 it grows: at beta = 1, for keys longer than the square root of 2


_MEMORY = torch.tensor([[1.0, 0.0, 2.0], [0.0, -1.0, 1.0]], dtype=torch.float64)
_SPEED = torch.tensor([[0.5, 0.0, 0.0], [0.0, 0.5, -1.0]], dtype=torch.float64)
_KEY, _VALUE = torch.tensor([0.6, 0.8], dtype=torch.float64), torch.tensor([1.0, 1.0, 1.0], dtype=torch.float64)


def _check_step(answer: Any) -> str | None:
    given = [x.clone() for x in (_MEMORY, _SPEED, _KEY, _VALUE)]
    got = answer(*given, 0.5, 0.8)
    if not (isinstance(got, tuple) and len(got) == 2):
        return "two"
    for wanted, hint in ((step, None), (_no_echo, "echo"), (_uphill, "uphill"), (_sum, "surprise")):
        pair = wanted(_MEMORY, _SPEED, _KEY, _VALUE, 0.5, 0.8)
        if all(g.shape == w.shape and torch.allclose(g.double(), w, atol=1e-5) for g, w in zip(got, pair, strict=True)):
            return hint
    return "other"


_Pair = tuple[Tensor, Tensor]


def _no_echo(memory: Tensor, speed: Tensor, key: Tensor, value: Tensor, beta: float, momentum: float) -> _Pair:
    speed = beta * torch.outer(key, value - key @ memory)
    return memory + speed, speed


def _uphill(memory: Tensor, speed: Tensor, key: Tensor, value: Tensor, beta: float, momentum: float) -> _Pair:
    speed = momentum * speed - beta * torch.outer(key, value - key @ memory)
    return memory + speed, speed


def _sum(memory: Tensor, speed: Tensor, key: Tensor, value: Tensor, beta: float, momentum: float) -> _Pair:
    speed = momentum * speed + beta * torch.outer(key, value)
    return memory + speed, speed


@exercise(
    "erase-then-write/step",
    check=_check_step,
    wrong=[
        (_no_echo, "echo"),
        (_uphill, "uphill"),
        (_sum, "surprise"),
        (lambda memory, speed, key, value, beta, momentum: memory, "two"),
        (lambda memory, speed, key, value, beta, momentum: (memory, speed), "other"),
    ],
    hints={
        "echo": (
            "Nothing is left of the old speed: begin with `momentum * speed`.",
            "舊的速度不見了：從 `momentum * speed` 開始。",
        ),
        "uphill": (
            "You went uphill. The step goes towards the value: plus beta k (v - kS)^T.",
            "你往上坡走了。這一步要走向 value：加上 beta k (v − kS)^T。",
        ),
        "surprise": (
            "Write the surprise, value minus what the key reads now, and not the value itself.",
            "要寫的是驚訝：value 減掉這個 key 現在讀到的，不是 value 本身。",
        ),
        "two": ("Return two things: the memory and the speed.", "要回傳兩樣：記憶和速度。"),
        "other": (
            "speed = momentum * speed + beta * outer(key, value - key @ memory); then memory + speed.",
            "speed = momentum * speed + beta * outer(key, value - key @ memory)，然後是 memory + speed。",
        ),
    },
)
def step(memory: Tensor, speed: Tensor, key: Tensor, value: Tensor, beta: float, momentum: float) -> _Pair:
    surprise = value - key @ memory
    speed = momentum * speed + beta * torch.outer(key, surprise)
    return memory + speed, speed
