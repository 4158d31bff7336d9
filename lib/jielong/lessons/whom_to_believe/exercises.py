"""Exercises of "Whom to believe": from odds to probability, what a date is worth, and who is mixed up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from jielong.teaching.exercises import exercise


def _check_probability(answer: Any) -> str | None:
    got = [float(answer(lean)) for lean in (0.0, 2.0, -2.0)]
    if max(abs(a - b) for a, b in zip(got, (0.5, 0.880797, 0.119203), strict=True)) < 1e-5:
        return None
    if abs(got[0] - 1) < 1e-9:
        return "ratio"
    return "flipped" if abs(got[1] - 0.119203) < 1e-5 else "other"


@exercise(
    "whom-to-believe/probability",
    check=_check_probability,
    wrong=[
        (lambda lean: math.exp(lean), "ratio"),
        (lambda lean: 1 / (1 + math.exp(lean)), "flipped"),
        (lambda lean: 0.5 + lean / 10, "other"),
    ],
    hints={
        "ratio": (
            "That is how many times likelier the document is. With 2 to 1, what is the share of the first?",
            "這是文件比自己的答案可能幾倍。如果是 2 比 1，前者佔多少？",
        ),
        "flipped": (
            "Yours is the probability of what the model knew. A positive lean is towards the document.",
            "你算的是模型原本的答案的機率。偏向是正的，代表偏向文件。",
        ),
        "other": (
            "e to the lean is the ratio of the two probabilities, and together they are one.",
            "e 的「偏向」次方，就是兩個機率的比，而兩個機率加起來是一。",
        ),
    },
)
def probability(lean: float) -> float:
    return 1 / (1 + math.exp(-lean))


def _check_effects(answer: Any) -> str | None:
    got = tuple(float(x) for x in answer(0.3, -1.1))
    near = [abs(a - b) < 1e-9 for a, b in zip(got, (0.7, -0.4), strict=True)]
    if all(near):
        return None
    if len(got) == 2 and abs(got[0] + 0.4) < 1e-9 and abs(got[1] - 0.7) < 1e-9:
        return "swapped"
    return "doubled" if abs(got[0] - 1.4) < 1e-9 else "other"


@exercise(
    "whom-to-believe/effects",
    check=_check_effects,
    wrong=[
        (
            lambda newer_first, older_first: ((newer_first + older_first) / 2, (newer_first - older_first) / 2),
            "swapped",
        ),
        (lambda newer_first, older_first: (newer_first - older_first, newer_first + older_first), "doubled"),
        (lambda newer_first, older_first: (newer_first, older_first), "other"),
    ],
    hints={
        "swapped": (
            "You have the two the wrong way round: what stays when the dates are exchanged is the place's.",
            "你把兩個弄反了：日期對調之後還留著的那一部分，是位置的。",
        ),
        "doubled": (
            "Exchanging the dates counts the date twice: once for the first document, once against it.",
            "日期對調會把日期的影響算兩次：一次幫第一份，一次害第一份。",
        ),
        "other": (
            "newer_first = place + date, older_first = place − date. Solve for the two.",
            "newer_first = 位置 + 日期，older_first = 位置 − 日期，解這兩個未知數。",
        ),
    },
)
def effects(newer_first: float, older_first: float) -> tuple[float, float]:
    return (newer_first - older_first) / 2, (newer_first + older_first) / 2


_SHEETS = [["A", "A", "A"], ["A", "B", "A"], ["B", "B", "B"], ["B", "A", "A"], ["A", "A", "A"]]


def _check_mixed(answer: Any) -> str | None:
    got = round(float(answer(_SHEETS)), 4)
    return {0.4: None, 0.6: "wrong", 0.3333: "facts"}.get(got, "other")


@exercise(
    "whom-to-believe/mixed",
    check=_check_mixed,
    wrong=[
        (lambda sheets: sum("B" in sheet for sheet in sheets) / len(sheets), "wrong"),
        (lambda sheets: sum(sheet.count("B") for sheet in sheets) / sum(map(len, sheets)), "facts"),
        (lambda sheets: sum(len(set(sheet)) > 1 for sheet in sheets), "other"),
    ],
    hints={
        "wrong": (
            "A sheet that is B's from top to bottom is wrong, too, if A was meant; but it is nobody's mixture.",
            "如果要問的是 A，整張都是 B 的當然也錯，但那不算混在一起。",
        ),
        "facts": (
            "Yours is the share of facts. Count sheets.",
            "你算的是「有幾條」的比例，這裡要算的是「有幾張」。",
        ),
        "other": (
            "A sheet is a mixture if more than one person is in it.",
            "一張裡出現超過一個人，就是混在一起了。",
        ),
    },
)
def mixed(sheets: Sequence[Sequence[str]]) -> float:
    return sum(len(set(sheet)) > 1 for sheet in sheets) / len(sheets)
