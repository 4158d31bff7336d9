"""Exercises of "Between the layers": when a word settles, which place it has, what the norm can change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise


def _check_settle(answer: Any) -> str | None:
    if int(answer([3, 1, 3, 3])) == 0:
        return "first"
    if int(answer([3, 1, 3, 3])) == 3:
        return "last"
    if int(answer([3, 1, 3, 3])) == 1:
        return "off-by-one"
    cases = {(3, 1, 3, 3): 2, (5, 5, 5): 0, (1, 2, 3): 2, (7,): 0, (2, 2, 9, 2): 3}
    return None if all(int(answer(list(tokens))) == depth for tokens, depth in cases.items()) else "other"


def _leaves(tokens: Sequence[int]) -> int:
    return max((k for k, token in enumerate(tokens) if token != tokens[-1]), default=0)


@exercise(
    "between-the-layers/settle",
    check=_check_settle,
    wrong=[
        (lambda tokens: list(tokens).index(tokens[-1]), "first"),
        (lambda tokens: len(tokens) - 1, "last"),
        (_leaves, "off-by-one"),
        (lambda tokens: 2, "other"),
    ],
    hints={
        "first": (
            "That is where it says the final word for the first time. It may change its mind after that: [3, 1, 3, 3].",
            "這是它第一次說出最後那個字的地方，但之後它可能又改口：[3, 1, 3, 3]。",
        ),
        "last": (
            "It always agrees with the end at the end. How far back does the agreement reach?",
            "最後一層當然跟最後一樣。往回數，一直都一樣的最早是哪一層？",
        ),
        "off-by-one": (
            "That is the last depth at which it still says something else. It settles one later.",
            "這是它最後一次說別的字的那一層，下一層才定下來。",
        ),
        "other": ("Try it by hand on [5, 5, 5], which settles at 0.", "拿 [5, 5, 5] 手算看看，它在 0 就定了。"),
    },
)
def settle(tokens: Sequence[int]) -> int:
    depth = len(tokens) - 1
    while depth > 0 and tokens[depth - 1] == tokens[-1]:
        depth -= 1
    return depth


def _check_place(answer: Any) -> str | None:
    logits = torch.tensor([0.5, 2.0, -1.0, 1.0])
    got = [int(answer(logits, k)) for k in range(4)]
    if got == [3, 1, 4, 2]:
        return None
    if got == [2, 0, 3, 1]:
        return "from-one"
    return "upside-down" if got == [2, 4, 1, 3] else "other"


@exercise(
    "between-the-layers/place",
    check=_check_place,
    wrong=[
        (lambda logits, k: (logits > logits[k]).sum(), "from-one"),
        (lambda logits, k: 1 + (logits < logits[k]).sum(), "upside-down"),
        (lambda logits, k: logits.argsort(descending=True)[k], "other"),
    ],
    hints={
        "from-one": ("Yours starts at 0: the winner has place 1.", "你從 0 開始數了，第一名要是 1。"),
        "upside-down": (
            "You count those who are smaller. A place counts those ahead.",
            "你數的是比它小的，名次要數排在它前面的。",
        ),
        "other": (
            "How many logits are larger than that of k? `logits > logits[k]` tells for each.",
            "有幾個 logit 比 k 的大？`logits > logits[k]` 會一個一個告訴你。",
        ),
    },
)
def place(logits: Tensor, k: int) -> int:
    return 1 + int((logits > logits[k]).sum())


def _check_norm(answer: Any) -> str | None:
    word = str(answer).strip().lower()
    return None if word == "weights" else word if word in ("length", "both", "neither") else "unknown"


@exercise(
    "between-the-layers/norm",
    check=_check_norm,
    wrong=[("length", "length"), ("both", "both"), ("neither", "neither"), ("the norm", "unknown")],
    hints={
        "length": (
            "Divide all logits by one positive number: which is the largest now?",
            "把所有 logit 都除以同一個正數，最大的還是哪一個？",
        ),
        "both": (
            "One of the two does nothing to the order: every logit is divided by the same number.",
            "其中一個不會改變順序：每個 logit 都除以同一個數。",
        ),
        "neither": (
            "The weights are different for each direction: some directions get louder than others.",
            "每個方向的權重都不一樣：有的方向會變得比較大聲。",
        ),
        "unknown": (
            'Hand in "length", "weights", "both" or "neither".',
            '請交 "length"、"weights"、"both" 或 "neither"。',
        ),
    },
)
def norm() -> str:
    return "weights"
