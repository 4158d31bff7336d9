"""Exercises of "Transplants": the weights of linear attention, when a transplant pays, which layers to choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.mixers.linear_attention import normalised, recurrent
from jielong.teaching.exercises import exercise


def _check_weights(answer: Any) -> str | None:
    q, k = torch.rand(2, 1, 1, 6, 4, generator=torch.Generator().manual_seed(0))
    true = normalised(recurrent, q, k, torch.eye(6)[None, None])[0][0, 0]
    scores = q[0, 0] @ k[0, 0].T
    got = torch.as_tensor(answer(q[0, 0], k[0, 0]), dtype=true.dtype)
    near = {
        "the-future": scores / scores.sum(-1, keepdim=True),
        "too-early": (scores / scores.sum(-1, keepdim=True)).tril(),
        "no-sum": scores.tril(),
    }
    if got.shape == true.shape and torch.allclose(got, true, atol=1e-5):
        return None
    for hint, wrong in near.items():
        if got.shape == wrong.shape and torch.allclose(got, wrong, atol=1e-5):
            return hint
    return "other"


@exercise(
    "transplants/weights",
    check=_check_weights,
    wrong=[
        (lambda q, k: (q @ k.T) / (q @ k.T).sum(-1, keepdim=True), "the-future"),
        (lambda q, k: ((q @ k.T) / (q @ k.T).sum(-1, keepdim=True)).tril(), "too-early"),
        (lambda q, k: (q @ k.T).tril(), "no-sum"),
        (lambda q, k: (q @ k.T).softmax(-1), "other"),
    ],
    hints={
        "the-future": (
            "The rows sum to one, but words look at what comes after them. Which half of the table must be zero?",
            "每一列加起來是一，可是有字看到了後面的字。表格的哪一半應該是零？",
        ),
        "too-early": (
            "You divided by the sum over all words, the future ones too. Zero them first, then divide.",
            "你除的是所有字的總和，連未來的也算進去了。先填零，再除。",
        ),
        "no-sum": (
            "The scores are right and nobody looks ahead. Now make each row sum to one.",
            "分數對了，也沒有人偷看後面。接下來讓每一列加起來等於一。",
        ),
        "other": (
            "Scores are q · k for every pair; zero above the diagonal; then divide each row by its sum. No softmax.",
            "分數是每一對的 q · k，對角線以上填零，再把每一列除以自己的總和。沒有 softmax。",
        ),
    },
)
def weights(q: Float[Tensor, "time features"], k: Float[Tensor, "time features"]) -> Float[Tensor, "time time"]:
    scores = (q @ k.T).tril()
    return scores / scores.sum(-1, keepdim=True)


def _check_pays(answer: Any) -> str | None:
    sizes = [(9, 3, 64), (32, 8, 128), (4, 4, 16)]
    got = [answer(*size) for size in sizes]
    if got == [pays(*size) for size in sizes]:
        return None
    if got == [2 * pays(*size) for size in sizes]:
        return "keys-only"
    return "not-shared" if got == [d + 1 for _, _, d in sizes] else "other"


@exercise(
    "transplants/pays",
    check=_check_pays,
    wrong=[
        (lambda heads, kv_heads, d: 2 * heads * (d + 1) / kv_heads, "keys-only"),
        (lambda heads, kv_heads, d: d + 1, "not-shared"),
        (lambda heads, kv_heads, d: heads * d / kv_heads, "other"),
    ],
    hints={
        "keys-only": (
            "Twice too many: each word leaves a key and a value in the cache.",
            "多了一倍：每個字在 cache 裡留下一個 key，還有一個 value。",
        ),
        "not-shared": (
            "Right if every head had its own keys. The cache holds only kv_heads of them, but every head has a matrix.",
            "如果每個 head 都有自己的 key，這樣就對了。cache 裡只有 kv_heads 份，矩陣卻是每個 head 一個。",
        ),
        "other": (
            "Count the numbers on both sides for n words: 2 · kv_heads · d for each word, 2d · (d + 1) for each head.",
            "兩邊的數字都數一數：每個字是 2 · kv_heads · d 個，每個 head 是 2d · (d + 1) 個。",
        ),
    },
)
def pays(heads: int, kv_heads: int, d: int) -> float:
    matrices = heads * 2 * d * (d + 1)
    a_word_in_the_cache = 2 * kv_heads * d
    return matrices / a_word_in_the_cache


_CASES: list[tuple[list[float], float]] = [
    ([0.3, 0.1, 0.4, 0.05, 0.2], 0.4),
    ([0.5, 0.25, 0.25], 0.5),
    ([0.5, 0.6], 0.1),
]


def _check_choose(answer: Any) -> str | None:
    got = [list(answer(list(harm), most)) for harm, most in _CASES]
    if got == [choose(harm, most) for harm, most in _CASES]:
        return None
    if [sorted(some) for some in got] == [choose(harm, most) for harm, most in _CASES]:
        return "order"
    return "from-below" if got[0] == [0, 1] else "other"


def _from_below(harm: Sequence[float], most: float) -> list[int]:
    return [i for i in range(len(harm)) if sum(harm[: i + 1]) <= most + 1e-9]


def _unsorted(harm: Sequence[float], most: float) -> list[int]:
    by_harm = sorted(range(len(harm)), key=lambda i: harm[i])
    return [layer for place, layer in enumerate(by_harm) if sum(sorted(harm)[: place + 1]) <= most + 1e-9]


@exercise(
    "transplants/choose",
    check=_check_choose,
    wrong=[
        (_from_below, "from-below"),
        (_unsorted, "order"),
        (lambda harm, most: [i for i in range(len(harm)) if harm[i] <= most], "other"),
    ],
    hints={
        "from-below": (
            "You took layers from the bottom up until the sum was full. Which layers are the cheapest?",
            "你從最下面一層一層往上拿，拿到滿為止。哪幾層最便宜？",
        ),
        "order": (
            "The right layers. Return their numbers in increasing order.",
            "層選對了。編號請由小到大排好。",
        ),
        "other": (
            "Go through the layers from the least harmful on, add up, and stop before the sum is over the limit.",
            "從傷害最小的層開始一層一層加，加到快超過上限就停。",
        ),
    },
)
def choose(harm: Sequence[float], most: float) -> list[int]:
    chosen: list[int] = []
    for layer in sorted(range(len(harm)), key=lambda i: harm[i]):
        if sum(harm[i] for i in chosen) + harm[layer] <= most:
            chosen.append(layer)
    return sorted(chosen)
