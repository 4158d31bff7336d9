"""Exercises of "Pictures without attention": patches, the order of products, how far a convolution sees."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.lessons.pictures_without_attention.painting import linear as exact
from jielong.lessons.pictures_without_attention.patches import reach
from jielong.teaching.exercises import exercise


def _check_memory_first(answer: Any) -> str | None:
    q, k, v = torch.rand(3, 9, 4, generator=torch.Generator().manual_seed(0))
    true = exact(q[None, None], k[None, None], v[None, None])[0, 0]
    got = torch.as_tensor(answer(q, k, v), dtype=true.dtype)
    sums = (q @ k.T).sum(-1, keepdim=True)
    if got.shape == true.shape and torch.allclose(got, true, atol=1e-3):
        return None
    if got.shape == true.shape and torch.allclose(got, true * sums, atol=1e-3):
        return "no-sum"
    scores = (q @ k.T).tril()
    if got.shape == true.shape and torch.allclose(got, scores @ v / scores.sum(-1, keepdim=True), atol=1e-3):
        return "causal"
    return "other"


@exercise(
    "pictures-without-attention/memory-first",
    check=_check_memory_first,
    wrong=[
        (lambda q, k, v: q @ (k.T @ v), "no-sum"),
        (lambda q, k, v: (q @ k.T).tril() @ v / (q @ k.T).tril().sum(-1, keepdim=True), "causal"),
        (lambda q, k, v: (q @ k.T).softmax(-1) @ v, "other"),
    ],
    hints={
        "no-sum": (
            "The products are right. Now divide each row by the sum of its weights: q · (the sum of all keys).",
            "乘的順序對了。再把每一列除以它的權重總和：q ·（所有 key 的和）。",
        ),
        "causal": (
            "You let each patch see only those before it. In a picture there is no before: everybody sees everybody.",
            "你讓每一塊只看得到前面的。圖片沒有先後，大家都看得到大家。",
        ),
        "other": (
            "Weights are q · k, divided by their sum. First make the matrix of k and v, then let the queries read it.",
            "權重就是 q · k 除以總和。先用 k 和 v 做出那個矩陣，再讓 query 去讀。",
        ),
    },
)
def memory_first(
    q: Float[Tensor, "patches d"], k: Float[Tensor, "patches d"], v: Float[Tensor, "patches d"]
) -> Float[Tensor, "patches d"]:
    memory, total = k.T @ v, k.sum(0)
    return (q @ memory) / (q @ total)[:, None]


def _check_cheaper(answer: Any) -> str | None:
    cases = [(64, 2, 12), (16, 4, 12), (16, 8, 12)]
    got = [bool(answer(*case)) for case in cases]
    if got == [cheaper(*case) for case in cases]:
        return None
    return "pixels" if got == [size * size > d for size, _, d in cases] else "other"


@exercise(
    "pictures-without-attention/cheaper",
    check=_check_cheaper,
    wrong=[
        (lambda size, patch, d: size * size > d, "pixels"),
        (lambda size, patch, d: size // patch > d, "other"),
        (lambda size, patch, d: True, "pixels"),
    ],
    hints={
        "pixels": (
            "You counted pixels. Attention sees patches: how many are there?",
            "你數的是像素。attention 看的是小塊：總共有幾塊？",
        ),
        "other": (
            "n patches: softmax multiplies n · n · d numbers twice, linear n · d · d twice. Compare n with d.",
            "有 n 塊：softmax 要乘 n · n · d 兩次，linear 是 n · d · d 兩次。拿 n 跟 d 比。",
        ),
    },
)
def cheaper(size: int, patch: int, d: int) -> bool:
    patches = (size // patch) ** 2
    return patches > d


def _check_deep_enough(answer: Any) -> str | None:
    cases = [(16, 4), (64, 4), (64, 7)]
    got = [answer(*case) for case in cases]
    if got == [deep_enough(*case) for case in cases]:
        return None
    return "overlap" if got == [-(-length // window) for length, window in cases] else "other"


@exercise(
    "pictures-without-attention/deep-enough",
    check=_check_deep_enough,
    wrong=[
        (lambda length, window: -(-length // window), "overlap"),
        (lambda length, window: length // (window - 1), "other"),
    ],
    hints={
        "overlap": (
            "Windows overlap: a new layer adds only window - 1 positions, since one of them was seen already.",
            "視窗會重疊：多一層只多看到 window - 1 個位置，因為有一個本來就看到了。",
        ),
        "other": (
            "One layer sees window positions, each further one adds window - 1. How many until all of them are seen?",
            "一層看得到 window 個位置，之後每層多 window - 1 個。幾層才能全部看到？",
        ),
    },
)
def deep_enough(length: int, window: int) -> int:
    layers = 1
    while reach(layers, window) < length:
        layers += 1
    return layers
