"""Exercises of "Crossed letters": all notes in one product, changing one note alone, and how far weights shrink."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise

_KEYS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], dtype=torch.float64)
_VALUES = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0], [1.0, 1.0, 5.0]], dtype=torch.float64)


def _check_memory(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_KEYS.clone(), _VALUES.clone())).double()
    right = memory(_KEYS, _VALUES)
    if got.shape == right.shape and torch.allclose(got, right):
        return None
    if got.shape == right.T.shape and torch.allclose(got, right.T):
        return "turned"
    return "last" if got.shape == right.shape and torch.allclose(got, memory(_KEYS[-1:], _VALUES[-1:])) else "other"


@exercise(
    "a-matrix-that-remembers/memory",
    check=_check_memory,
    wrong=[
        (lambda keys, values: values.T @ keys, "turned"),
        (lambda keys, values: torch.outer(keys[-1], values[-1]), "last"),
        (lambda keys, values: keys @ keys.T, "other"),
    ],
    hints={
        "turned": (
            "That is the memory as the lecture draws it. Ours has a row for each number of a key.",
            "這是課堂上畫的那個方向。我們的記憶是橫的一列對應 key 的一個數字，轉置一下就好。",
        ),
        "last": (
            "Only one note is in there. Add all of them up.",
            "裡面只有一則。要把每一則都加進去。",
        ),
        "other": (
            "Cell (i, j) holds the sum over all notes of key number i times value number j: a matrix product.",
            "第 (i, j) 格是每一則的「key 的第 i 個數字 × value 的第 j 個數字」加起來，也就是一個矩陣乘法。",
        ),
    },
)
def memory(keys: Tensor, values: Tensor) -> Tensor:
    return keys.T @ values


_HELD = _KEYS[:2].T @ _VALUES[:2]
_KEY, _NEW = torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([7.0, 7.0, 7.0], dtype=torch.float64)


def _check_replace(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_HELD.clone(), _KEY.clone(), _NEW.clone())).double()
    slanted = torch.as_tensor(answer(_HELD.clone(), _KEYS[2].clone(), _NEW.clone())).double()
    if torch.allclose(got, replace(_HELD, _KEY, _NEW)) and torch.allclose(slanted, replace(_HELD, _KEYS[2], _NEW)):
        return None
    if torch.allclose(_KEY @ got, _KEY @ _HELD + _NEW):
        return "adds"
    return "wipes" if torch.allclose(_KEYS[0] @ got, torch.zeros(3, dtype=torch.float64)) else "other"


@exercise(
    "a-matrix-that-remembers/replace",
    check=_check_replace,
    wrong=[
        (lambda memory, key, value: memory + torch.outer(key, value), "adds"),
        (lambda memory, key, value: torch.outer(key, value), "wipes"),
        (lambda memory, key, value: memory - torch.outer(key, key @ memory), "other"),
    ],
    hints={
        "adds": (
            "Asked with this key, the memory now says the old value plus the new one.",
            "現在拿這個 key 去讀，會讀出舊的加上新的。",
        ),
        "wipes": (
            "The new note is there, but all the others are gone.",
            "新的在，可是其他的全不見了。",
        ),
        "other": (
            "Read what stands at the key. Write the difference between what should stand there and what does.",
            "先讀出 key 那裡現在寫著什麼，再把「該有的減掉現有的」寫進去。",
        ),
    },
)
def replace(memory: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return memory + torch.outer(key, value - key @ memory)


_EARLY, _LATE = torch.tensor([2.0, 0.0, 1.0], dtype=torch.float64), torch.tensor([1.0, 3.0], dtype=torch.float64)


def _check_left(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_EARLY.clone(), _LATE.clone())).double()
    if got.ndim == 0 and torch.allclose(got, left(_EARLY, _LATE)):
        return None
    if got.ndim == 0 and torch.allclose(got, torch.tensor(3 / 5, dtype=torch.float64)):
        return "counts"
    return "lost" if got.ndim == 0 and torch.allclose(got, 1 - left(_EARLY, _LATE)) else "other"


@exercise(
    "a-matrix-that-remembers/left",
    check=_check_left,
    wrong=[
        (lambda early, late: len(early) / (len(early) + len(late)), "counts"),
        (lambda early, late: late.exp().sum() / (late.exp().sum() + early.exp().sum()), "lost"),
        (lambda early, late: early.sum() / (early.sum() + late.sum()), "other"),
        (lambda early, late: torch.cat((early, late)).softmax(0)[: len(early)], "other"),
    ],
    hints={
        "counts": (
            "That treats all alike. In a softmax a newcomer takes the more, the higher its logit.",
            "這樣是每個人分一樣多。softmax 裡，新來的 logit 越高，搶走的就越多。",
        ),
        "lost": (
            "That is what the newcomers took. How much is left of the old weights?",
            "這是新來的搶走的份。舊的還剩多少？",
        ),
        "other": (
            "Before, the early weights sum to one. What do they sum to in the softmax over all of them? One number.",
            "本來舊的權重加起來是 1；放進全部一起做 softmax 之後，舊的加起來是多少？答案是一個數字。",
        ),
    },
)
def left(early: Tensor, late: Tensor) -> Tensor:
    return torch.cat((early, late)).softmax(0)[: len(early)].sum()
