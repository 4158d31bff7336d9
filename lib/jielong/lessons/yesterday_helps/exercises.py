"""Exercises of "Yesterday helps": a running share, a neighbour that was right, and what two runs have in common."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise

_HITS = [False, True, True, False]


def _check_so_far(answer: Any) -> str | None:
    got = str([round(float(x), 3) for x in answer(list(_HITS))])
    return {
        "[0.0, 0.5, 0.667, 0.5]": None,
        "[0.0, 1.0, 2.0, 2.0]": "counts",
        "[0.0, 0.25, 0.5, 0.5]": "whole",
    }.get(got, "other")


@exercise(
    "yesterday-helps/so-far",
    check=_check_so_far,
    wrong=[
        (lambda hits: list(accumulate(hits)), "counts"),
        (lambda hits: [count / len(hits) for count in accumulate(hits)], "whole"),
        (lambda hits: [float(hit) for hit in hits], "other"),
    ],
    hints={
        "counts": (
            "Those are numbers of right answers. Divide each by how many there were so far.",
            "這是答對的題數，每一個都要除以到那時為止的題數。",
        ),
        "whole": (
            "You divide by the whole length each time. So far there were fewer.",
            "你每次都除以全部的長度，可是到那時還沒這麼多題。",
        ),
        "other": (
            "After n answers: the right ones among the first n, divided by n.",
            "答了 n 題之後：前 n 題答對幾題，除以 n。",
        ),
    },
)
def so_far(hits: Sequence[bool]) -> list[float]:
    return [count / (i + 1) for i, count in enumerate(accumulate(hits))]


_POINTS = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [0.6, 0.8]])
_SAID = ["red", "blue", "green", "gold"]
_RIGHT = [False, True, True, False]


def _check_neighbour(answer: Any) -> str | None:
    got = [answer(_POINTS.clone(), list(_SAID), list(_RIGHT), torch.tensor(q)) for q in ([1.0, 0.0], [0.6, 0.8])]
    if got == ["blue", "blue"]:
        return None
    return "wrong-too" if got == ["red", "gold"] else "other"


@exercise(
    "yesterday-helps/neighbour",
    check=_check_neighbour,
    wrong=[
        (lambda points, said, right, q: said[int((points @ q).argmax())], "wrong-too"),
        (lambda points, said, right, q: "green", "other"),
    ],
    hints={
        "wrong-too": (
            "Its nearest neighbour had been wrong. Look only among the right ones.",
            "最近的那個鄰居當時答錯了，只能從答對的裡面找。",
        ),
        "other": (
            "Of the outcomes that were right, the one with the largest points @ q; return what was said there.",
            "答對的經驗裡，找 points @ q 最大的那一個，傳回當時的答案。",
        ),
    },
)
def neighbour(points: Tensor, said: Sequence[str], right: Sequence[bool], q: Tensor) -> str:
    likeness = points @ q
    return said[max((i for i, ok in enumerate(right) if ok), key=lambda i: float(likeness[i]))]


_ONE = ["lock", "weigh", "Tom", "burn", "stamp"]
_TWO = ["lock", "weigh", "Anna", "burn", "stamp"]


def _check_blanked(answer: Any) -> str | None:
    got = [str(word) for word in answer(list(_ONE), list(_TWO))]
    if got == ["lock", "weigh", "X", "burn", "stamp"]:
        return None
    if got == ["X", "X", "Tom", "X", "X"]:
        return "upside"
    return "dropped" if got == ["lock", "weigh", "burn", "stamp"] else "other"


@exercise(
    "yesterday-helps/recipe",
    check=_check_blanked,
    wrong=[
        (lambda one, two: [a for a, b in zip(one, two, strict=True) if a == b], "dropped"),
        (lambda one, two: ["X" if a == b else a for a, b in zip(one, two, strict=True)], "upside"),
        (lambda one, two: one, "other"),
    ],
    hints={
        "dropped": (
            "The step is missing. Something has to be done there: leave a blank.",
            "少了一步。那裡還是得做點什麼，要留一格空白。",
        ),
        "upside": ("The blank belongs where the two differ.", "空白要留在兩邊不一樣的地方。"),
        "other": (
            "Step by step: the word if both have it, else X.",
            "一步一步看：兩邊一樣就留下那個字，不一樣就寫 X。",
        ),
    },
)
def blanked(one: Sequence[str], two: Sequence[str]) -> list[str]:
    return [a if a == b else "X" for a, b in zip(one, two, strict=True)]
