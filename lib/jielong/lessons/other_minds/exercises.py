"""Exercises of the lesson "Other minds"."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise

_SAID = torch.tensor([3, 1, 2, 0, 1])
_OWN = torch.tensor([3, 1, 1, 0, 2])
_OTHER = torch.tensor([1, 1, 2, 2, 1])


def _check_followed(answer: Any) -> str | None:
    got = float(answer(_SAID.clone(), _OWN.clone(), _OTHER.clone()))
    if abs(got - 0.5) < 1e-4:
        return None
    if abs(got - 0.6) < 1e-4:
        return "same"
    return "own" if abs(got - 0.4) < 1e-4 or abs(got - 0.5) > 0.4 else "other"


@exercise(
    "other-minds/followed",
    check=_check_followed,
    wrong=[
        (lambda said, own, other: (said == other).float().mean(), "same"),
        (lambda said, own, other: (said != own).float().mean(), "own"),
        (lambda said, own, other: ((said == other) & (own != other)).float().mean() / 2, "other"),
    ],
    hints={
        "same": (
            "Where both stories have the same answer, it shows nothing. Leave those rows out.",
            "兩個故事的答案一樣的時候，什麼也看不出來。這些列要拿掉。",
        ),
        "own": (
            "Not to say one's own answer is one thing; to say the other's is another.",
            "沒說自己的答案是一回事，說出對方的答案又是另一回事。",
        ),
        "other": (
            "Of the rows where own and other differ, in what share is said equal to other?",
            "own 和 other 不同的那些列裡，said 等於 other 的占多少？",
        ),
    },
)
def followed(said: Tensor, own: Tensor, other: Tensor) -> float:
    differ = own != other
    return (said == other)[differ].float().mean().item()


_K, _V = torch.tensor([0.0, 2.0, 0.0]), torch.tensor([1.0, -1.0])
_S = torch.tensor([[5.0, 5.0], [1.0, 2.0], [3.0, 0.0]])


def _check_forget(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_S.clone(), _K.clone())).float()
    if got.shape != _S.shape:
        return "other"
    if torch.allclose(got, torch.tensor([[5.0, 5.0], [0.0, 0.0], [3.0, 0.0]])):
        return None
    if torch.allclose(got, torch.zeros_like(_S)):
        return "all"
    return "length" if torch.allclose(got, _S - torch.outer(_K, _K @ _S)) else "other"


@exercise(
    "other-minds/forget",
    check=_check_forget,
    wrong=[
        (lambda memory, key: memory * 0, "all"),
        (lambda memory, key: memory - torch.outer(key, key @ memory), "length"),
        (lambda memory, key: memory, "other"),
    ],
    hints={
        "all": (
            "That forgets everything. Only what this key reads should go.",
            "這樣全忘了。只要把這個 key 讀得到的拿掉。",
        ),
        "length": ("The key is not of length one: bring it there first.", "這個 key 的長度不是一：先把它變成一。"),
        "other": (
            "What the unit key reads is `unit @ memory`. Take the outer product of the two away.",
            "單位 key 讀到的是 `unit @ memory`。把這兩個的外積減掉。",
        ),
    },
)
def forget(memory: Tensor, key: Tensor) -> Tensor:
    unit = key / key.norm()
    return memory - torch.outer(unit, unit @ memory)
