"""Exercises of "The art of forgetting": half-life, what is left of each note, one step with a gate for each row."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise


def _check_half_life(answer: Any) -> str | None:
    got = [float(answer(gamma)) for gamma in (0.5, 0.9, 0.99)]
    if _near(got, [1.0, 6.5788, 68.9676]):
        return None
    if _near(got, [0.25, 0.45, 0.495]):
        return "one-step"
    return "linear" if _near(got, [1.0, 5.0, 50.0]) else "other"


def _near(got: Any, wanted: list[float]) -> bool:
    return all(math.isclose(g, w, rel_tol=1e-3, abs_tol=1e-4) for g, w in zip(got, wanted, strict=True))


@exercise(
    "the-art-of-forgetting/half-life",
    check=_check_half_life,
    wrong=[
        (lambda gamma: gamma / 2, "one-step"),
        (lambda gamma: 0.5 / (1 - gamma), "linear"),
        (lambda gamma: 1 / (1 - gamma), "other"),
    ],
    hints={
        "one-step": (
            "That is half of what one step leaves. How many steps does it take?",
            "這是走一步之後剩下的一半。要走幾步？",
        ),
        "linear": (
            "You take the same *amount* away at each step. But each takes a share of what is still there.",
            "這樣每一步拿走的量都一樣。可是每一步拿走的，是當時還剩下的一部分。",
        ),
        "other": (
            "After n steps the share gamma to the power n is left. For which n is it one half?",
            "走 n 步之後剩下 gamma 的 n 次方。n 是多少的時候剛好一半？",
        ),
    },
)
def half_life(gamma: float) -> float:
    return math.log(0.5) / math.log(gamma)


_GATES = torch.tensor([0.9, 0.5, 1.0, 0.2, 0.8], dtype=torch.float64)


def _check_left(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_GATES.clone())).tolist()
    if _near(got, [0.08, 0.16, 0.16, 0.8, 1.0]):
        return None
    if _near(got, _own_too(_GATES).tolist()):
        return "own-gate"
    return "from-start" if _near(got, _GATES.cumprod(0).tolist()) else "other"


def _own_too(gates: Tensor) -> Tensor:
    return gates.flip(0).cumprod(0).flip(0)


@exercise(
    "the-art-of-forgetting/left",
    check=_check_left,
    wrong=[
        (_own_too, "own-gate"),
        (lambda gates: gates.cumprod(0), "from-start"),
        (lambda gates: gates, "other"),
    ],
    hints={
        "own-gate": (
            "The gate comes before the note is written, so a step's own gate doesn't touch its own note.",
            "閘門在寫入之前，所以每一步自己的閘門碰不到自己寫的東西。",
        ),
        "from-start": (
            "That is what is left of something written before the first step. A note only meets the gates after it.",
            "這是第一步之前寫的東西剩下多少。每一則只會碰到後來的閘門。",
        ),
        "other": (
            "For each note, multiply all gates that come after it. After the last note there are none.",
            "每一則，把它之後的所有閘門乘起來。最後一則之後沒有閘門了。",
        ),
    },
)
def left(gates: Tensor) -> Tensor:
    later = torch.cat((gates[1:], gates.new_ones(1)))
    return later.flip(0).cumprod(0).flip(0)


_MEMORY = torch.tensor([[1.0, 2.0, 0.0], [3.0, -1.0, 4.0]], dtype=torch.float64)
_KEY, _VALUE, _GATE = (torch.tensor(x, dtype=torch.float64) for x in ([1.0, -2.0], [0.5, 0.0, 1.0], [0.0, 0.5]))


def _check_step(answer: Any) -> str | None:
    got = torch.as_tensor(answer(*(x.clone() for x in (_MEMORY, _KEY, _VALUE, _GATE)))).double()
    right = torch.tensor([[0.5, 0.0, 1.0], [0.5, -0.5, 0.0]], dtype=torch.float64)
    if got.shape == _MEMORY.shape and torch.allclose(got, right):
        return None
    if got.shape == _MEMORY.shape and torch.allclose(got, _forget_after(_MEMORY, _KEY, _VALUE, _GATE)):
        return "after"
    if got.shape == _MEMORY.T.shape:
        return "turned"
    return "other"


def _forget_after(memory: Tensor, key: Tensor, value: Tensor, gate: Tensor) -> Tensor:
    return gate[:, None] * (memory + torch.outer(key, value))


@exercise(
    "the-art-of-forgetting/step",
    check=_check_step,
    wrong=[
        (_forget_after, "after"),
        (lambda memory, key, value, gate: memory.T * gate + torch.outer(value, key), "turned"),
        (lambda memory, key, value, gate: memory + torch.outer(gate * key, value), "other"),
    ],
    hints={
        "after": (
            "Forget first, then write: the new note should stand there in full.",
            "先忘再寫：新寫的那一則要完整留著。",
        ),
        "turned": ("The memory has lain down: keep it at (rows, columns).", "記憶躺錯方向了：形狀要維持（列，行）。"),
        "other": (
            "Multiply each row by its gate: `gate[:, None] * memory`. Then add the outer product of key and value.",
            "每一列乘上自己的閘門：`gate[:, None] * memory`。再加上 key 和 value 的外積。",
        ),
    },
)
def step(memory: Tensor, key: Tensor, value: Tensor, gate: Tensor) -> Tensor:
    return gate[:, None] * memory + torch.outer(key, value)
