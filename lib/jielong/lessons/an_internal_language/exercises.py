"""Exercises of "An internal language": how many translators, the nearest sentence, and roads between languages."""

from __future__ import annotations

from collections import deque
from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise


def _check_translators(answer: Any) -> str | None:
    got = [answer(n) for n in (2, 7, 100)]
    if got == [2, 42, 9900]:
        return None
    if got == [4, 49, 10_000]:
        return "itself"
    return "one-way" if got == [1, 21, 4950] else "other"


@exercise(
    "an-internal-language/translators",
    check=_check_translators,
    wrong=[(lambda n: n * n, "itself"), (lambda n: n * (n - 1) // 2, "one-way"), (lambda n: 2 * n, "other")],
    hints={
        "itself": ("Nobody needs a translator from a language into itself.", "沒有人需要把一種語言翻譯成它自己。"),
        "one-way": (
            "Into and out of are two jobs: French to Chinese does not do Chinese to French.",
            "來跟回是兩份工作：會法翻中的不見得會中翻法。",
        ),
        "other": (
            "From each of n languages into each of the others.",
            "從 n 種語言的每一種，翻到其他的每一種。",
        ),
    },
)
def translators(n: int) -> int:
    return n * (n - 1)


_ONE = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
_OTHER = torch.tensor([[5.0, 4.0], [0.2, 0.0], [0.0, -3.0], [-0.1, 0.5]])


def _check_nearest(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_ONE.clone(), _OTHER.clone()))
    if got.tolist() == [1, 3, 0]:
        return None
    if got.tolist() == (_ONE @ _OTHER.T).argmax(1).tolist():
        return "long"
    if got.tolist() == nearest(_OTHER, _ONE).tolist():
        return "turned"
    return "other"


@exercise(
    "an-internal-language/nearest",
    check=_check_nearest,
    wrong=[
        (lambda one, other: (one @ other.T).argmax(1), "long"),
        (lambda one, other: nearest(other, one), "turned"),
        (lambda one, other: nearest(one, -other), "other"),
    ],
    hints={
        "long": (
            "A long vector wins every dot product. Give all vectors the length 1 first.",
            "向量只要夠長，內積就都是它贏。先把每個向量的長度變成 1。",
        ),
        "turned": (
            "One answer for each row of the *first* tensor, please.",
            "要替「第一個」張量的每一列各找一個答案。",
        ),
        "other": (
            "Cosine: the dot product of vectors of length 1. Then the place of the largest, row by row.",
            "cosine 就是長度為 1 的向量的內積；再逐列找最大值的位置。",
        ),
    },
)
def nearest(one: Tensor, other: Tensor) -> Tensor:
    one = one / one.norm(dim=1, keepdim=True)
    other = other / other.norm(dim=1, keepdim=True)
    return (one @ other.T).argmax(dim=1)


_ROADS = [(0, 1), (1, 2), (2, 3), (3, 1), (5, 4)]


def _check_reachable(answer: Any) -> str | None:
    asked = {(0, 3): True, (0, 1): True, (3, 0): False, (0, 4): False, (4, 5): False, (3, 2): True}
    got = {pair: bool(answer(list(_ROADS), *pair)) for pair in asked}
    if got == asked:
        return None
    if not got[0, 3] and not got[3, 2]:
        return "direct"
    if not got[0, 3]:
        return "one-stop"
    return "both-ways" if got[4, 5] else "other"


def _one_stop(pairs: list[tuple[int, int]], source: int, target: int) -> bool:
    return (source, target) in pairs or any((source, m) in pairs and (m, target) in pairs for _, m in pairs)


def _both_ways(pairs: list[tuple[int, int]], source: int, target: int) -> bool:
    return reachable(pairs + [(b, a) for a, b in pairs], source, target)


@exercise(
    "an-internal-language/reachable",
    check=_check_reachable,
    wrong=[
        (lambda pairs, source, target: (source, target) in pairs, "direct"),
        (_one_stop, "one-stop"),
        (_both_ways, "both-ways"),
        (lambda pairs, source, target: True, "both-ways"),
        (lambda pairs, source, target: source < 4 and target < 4, "other"),
    ],
    hints={
        "direct": (
            "That is only the direct road. Change trains: from a language you have reached, take every road onward.",
            "這只看了直達的路。可以轉車：到了一種語言之後，從那裡出發的每條路都能走。",
        ),
        "one-stop": (
            "One change of trains is not always enough. Go on until there is nothing new to reach.",
            "有時候轉一次車還不夠。一直走，走到沒有新的語言可以到為止。",
        ),
        "both-ways": (
            "You took a road that isn't there: a pair (5, 4) leads from 5 to 4, and not back.",
            "你走了不存在的路：(5, 4) 是從 5 到 4，不能往回走。",
        ),
        "other": (
            "Start with the source, and again and again add the targets of all roads that begin where you already are.",
            "從來源出發，反覆把「起點已經到得了」的路的終點加進來。",
        ),
    },
)
def reachable(pairs: list[tuple[int, int]], source: int, target: int) -> bool:
    reached, waiting = {source}, deque([source])
    while waiting:
        here = waiting.popleft()
        for start, end in pairs:
            if start == here and end not in reached:
                reached.add(end)
                waiting.append(end)
    return target in reached
