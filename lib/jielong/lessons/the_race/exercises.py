"""Exercises of "The race": Mamba's clock, chatter between bells, one layer of attention in n."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from jielong.teaching.exercises import exercise


def _check_half_life(answer: Any) -> str | None:
    cases = [(0.1, -1.0), (0.02, -4.0), (2.0, -0.5)]
    got = [float(answer(*case)) for case in cases]

    def like(expected: list[float]) -> bool:
        return all(math.isclose(a, b, rel_tol=1e-3) for a, b in zip(got, expected, strict=True))

    if like([math.log(2) / (-dt * A) for dt, A in cases]):
        return None
    if like([math.log(0.5) / (-dt * A) for dt, A in cases]):
        return "sign"
    return "one-e" if like([1 / (-dt * A) for dt, A in cases]) else "other"


@exercise(
    "the-race/half-life",
    check=_check_half_life,
    wrong=[
        (lambda dt, A: math.log(0.5) / (-dt * A), "sign"),
        (lambda dt, A: 1 / (-dt * A), "one-e"),
        (lambda dt, A: 0.5 / dt, "other"),
    ],
    hints={
        "sign": (
            "That comes out negative. A is below zero, and so is the logarithm of a half.",
            "這樣算出來是負的。A 小於零，二分之一取對數也小於零。",
        ),
        "one-e": (
            "After that many steps 1/e is left, about 37%. For a half, the logarithm of 2 comes in.",
            "走這麼多步之後剩下 1/e，大約 37%。要剩一半，得用到 2 的對數。",
        ),
        "other": (
            "After n steps exp(n · dt · A) is left. Set it to one half and solve for n.",
            "走 n 步之後剩下 exp(n · dt · A)。讓它等於二分之一，解出 n。",
        ),
    },
)
def half_life(dt: float, A: float) -> float:
    return math.log(0.5) / (dt * A)


def _check_last_bell(answer: Any) -> str | None:
    heard = [2, 5, 3, 0, 7, 7, 1, 4]
    got = list(answer(list(heard)))
    if got == [None, 1, 1, 1, 3, 3, 3, 0]:
        return None
    if got == [None, 5, 5, 5, 7, 7, 7, 4]:
        return "token"
    if got == [None, None, 1, 1, 1, 3, 3, 3]:
        return "late"
    return "other"


def _late(heard: Sequence[int]) -> list[int | None]:
    return [None, *last_bell(heard)[:-1]]


@exercise(
    "the-race/last-bell",
    check=_check_last_bell,
    wrong=[
        (lambda heard: [None if a is None else a + 4 for a in last_bell(heard)], "token"),
        (_late, "late"),
        (lambda heard: [token % 4 for token in heard], "other"),
    ],
    hints={
        "token": (
            "The right moments. But the answer is the digit, not the token: take the bell's 4 away.",
            "時間點都對。不過要答的是數字，不是 token：把鈴聲的 4 減掉。",
        ),
        "late": (
            "One step late: a bell counts in the step in which it rings.",
            "慢了一步：鈴響的那一步就要算進去。",
        ),
        "other": (
            "Keep one variable. At a bell it takes the new digit; at chatter it stays as it is. Note it at every step.",
            "用一個變數就好。有鈴聲就換成新的數字，沒有就維持原樣；每一步都把它記下來。",
        ),
    },
)
def last_bell(heard: Sequence[int]) -> list[int | None]:
    memory, answers = None, []
    for token in heard:
        if token >= 4:
            memory = token - 4
        answers.append(memory)
    return answers


def _check_one_in_n(answer: Any) -> str | None:
    cases = [(32, 8, 1024, 65536, 1000), (8, 2, 16, 256, 100), (12, 3, 10, 40, 1)]
    got = [answer(*case) for case in cases]
    if got == [one_in_n(*case) for case in cases]:
        return None
    if got == [layers * a * words for layers, n, a, s, words in cases]:
        return "all-attention"
    if got == [layers // n * a * words + (layers - layers // n) * s * words for layers, n, a, s, words in cases]:
        return "memories-grow"
    return "other"


@exercise(
    "the-race/one-in-n",
    check=_check_one_in_n,
    wrong=[
        (lambda layers, n, a, s, words: layers * a * words, "all-attention"),
        (lambda layers, n, a, s, words: layers // n * a * words + (layers - layers // n) * s * words, "memories-grow"),
        (lambda layers, n, a, s, words: a * words + s, "other"),
    ],
    hints={
        "all-attention": (
            "That is a model with attention in every layer. How many layers have it here?",
            "這是每一層都用 attention 的模型。這裡有幾層用？",
        ),
        "memories-grow": (
            "Nearly: the other layers' memories do not grow with the words.",
            "差一點：其他層的記憶不會隨著字數變大。",
        ),
        "other": (
            "Add up two kinds of layers: layers / n of one, the rest of the other. Only the first kind counts words.",
            "把兩種 layer 加起來：一種有 layers / n 層，剩下的是另一種。只有第一種跟字數有關。",
        ),
    },
)
def one_in_n(layers: int, n: int, a: int, s: int, words: int) -> int:
    with_attention = layers // n
    return with_attention * a * words + (layers - with_attention) * s
