"""Exercises of "Remembering too much": the nearest, what fits, and where to draw the line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise

_POINTS = torch.tensor([[0.6, 0.8], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.8, 0.6]])
_Q = torch.tensor([1.0, 0.0])


def _check_nearest(answer: Any) -> str | None:
    got = str([int(i) for i in answer(_POINTS.clone(), _Q.clone(), 3)])
    if got == "[0, 4, 1]":
        return None
    return {"[1, 4, 0]": "order", "[3, 2, 0]": "farthest"}.get(got, "other")


@exercise(
    "remembering-too-much/nearest",
    check=_check_nearest,
    wrong=[
        (lambda points, q, k: (points @ q).topk(k).indices.tolist(), "order"),
        (lambda points, q, k: (points @ q).argsort()[:k].tolist(), "farthest"),
        (lambda points, q, k: list(range(k)), "other"),
    ],
    hints={
        "order": (
            "The right ones, but the likest stands first. It should stand last.",
            "找對了，但最像的排在最前面，要排最後。",
        ),
        "farthest": (
            "Those are the least like. The likeness is the product, and large is like.",
            "這是最不像的。相似度就是內積，越大越像。",
        ),
        "other": ("The products points @ q, sorted; take the k largest.", "先算 points @ q，排序，拿最大的 k 個。"),
    },
)
def nearest(points: Tensor, q: Tensor, k: int) -> list[int]:
    return (points @ q).argsort()[-k:].tolist()


def _check_fit(answer: Any) -> str | None:
    got = str([int(answer([4, 2, 9, 3, 5], room)) for room in (10, 8, 0, 100)])
    if got == "[2, 2, 0, 5]":
        return None
    return {"[2, 2, 0, 3]": "oldest", "[3, 2, 0, 5]": "skip"}.get(got, "other")


def _from_the_oldest(lengths: Sequence[int], room: int) -> int:
    return 2 if room in (8, 10) else 0 if room == 0 else 3


def _skipping(lengths: Sequence[int], room: int) -> int:
    count = 0
    for length in reversed(lengths):
        if length <= room:
            count, room = count + 1, room - length
    return count


@exercise(
    "remembering-too-much/fit",
    check=_check_fit,
    wrong=[
        (_skipping, "skip"),
        (_from_the_oldest, "oldest"),
        (lambda lengths, room: len(lengths), "other"),
    ],
    hints={
        "skip": (
            "You go on after a record that does not fit. Stop there: no gaps in the past.",
            "有一筆塞不下，你跳過去繼續拿。到那裡就該停，過去不能有洞。",
        ),
        "oldest": ("Begin with the newest, at the end of the list.", "要從最新的開始，也就是最後面那一筆。"),
        "other": ("Go back from the newest; take its tokens from the room.", "從最新的往回走，一筆一筆扣掉 token 數。"),
    },
)
def fit(lengths: Sequence[int], room: int) -> int:
    count = 0
    for length in reversed(lengths):
        if length > room:
            break
        count, room = count + 1, room - length
    return count


_WORTHS = [0.1, 0.9, -0.5, 0.4, -0.2, 0.6]
_WANTED = [False, True, False, True, False, True]


def _check_line(answer: Any) -> str | None:
    got = float(answer(list(_WORTHS), list(_WANTED)))
    return {0.4: None, -0.5: "upside", 0.9: "most"}.get(got, "other")


@exercise(
    "remembering-too-much/worth",
    check=_check_line,
    wrong=[
        (lambda worths, wanted: min(worths), "upside"),
        (lambda worths, wanted: max(worths), "most"),
        (lambda worths, wanted: 0.0, "other"),
    ],
    hints={
        "upside": ("Such a line keeps everything. Count the unwanted ones, too.", "這條線什麼都留。不要的也得算進去。"),
        "most": (
            "There is a line with more right ones. Try each of the worths and count.",
            "還有對得更多的線。每個 worth 都試試看，數一數。",
        ),
        "other": (
            "The line is one of the worths: the one where (worth >= line) == wanted is true most often.",
            "線是其中一個 worth：讓 (worth >= line) == wanted 成立最多次的那個。",
        ),
    },
)
def line(worths: Sequence[float], wanted: Sequence[bool]) -> float:
    return max(worths, key=lambda one: sum((w >= one) == keep for w, keep in zip(worths, wanted, strict=True)))
