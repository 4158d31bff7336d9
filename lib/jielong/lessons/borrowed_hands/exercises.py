"""Exercises of "Borrowed hands": what may come next, the nearest manuals, and when a tool is worth its price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jielong.teaching.exercises import exercise

_NAMES = ["add", "multiply", "move", "find"]


def _check_next(answer: Any) -> str | None:
    cases = ["", "m", "mu", "find", "x"]
    got = [set(answer(list(_NAMES), text)) for text in cases]
    if got == [set(next_letters(_NAMES, text)) for text in cases]:
        return None
    if got[0] == set("amf") and got[1] != set("uo"):
        return "first"
    return "dead-end" if got[4] else "other"


def _first_only(options: Sequence[str], written: str) -> set[str]:
    return {option[0] for option in options}


def _anything(options: Sequence[str], written: str) -> set[str]:
    return {option[len(written)] for option in options if len(option) > len(written)}


@exercise(
    "borrowed-hands/next-letters",
    check=_check_next,
    wrong=[(_first_only, "first"), (lambda options, written: {"m", "a", "f"} | {written[:1]}, "dead-end"),
           (lambda options, written: set(), "other")],
    hints={
        "first": (
            "Right for the first letter. Later, only the options that begin with what is written still count.",
            "第一個字母對了。之後只有開頭跟已經寫的一樣的選項才算數。",
        ),
        "dead-end": (
            "After an 'x' nothing fits any more, so no letter may follow.",
            "寫了 x 之後已經沒有選項了，所以什麼字母都不能接。",
        ),
        "other": (
            "Take the options that start with the text and are longer than it, and collect their next letters.",
            "找出以這段文字開頭、而且比它長的選項，收集它們的下一個字母。",
        ),
    },
)  # fmt: skip
def next_letters(options: Sequence[str], written: str) -> set[str]:
    longer = [option for option in options if option.startswith(written) and option != written]
    return {option[len(written)] for option in longer}


_POINTS = {"buy": [1.0, 0.0], "sell": [0.0, 1.0], "lend": [0.6, 0.8], "give": [-1.0, 0.0]}


def _check_nearest(answer: Any) -> str | None:
    cases = [([0.9, 0.1], 2), ([0.0, 1.0], 1), ([-1.0, 0.1], 3)]
    got = [list(answer(dict(_POINTS), list(question), k)) for question, k in cases]
    if got == [nearest(_POINTS, question, k) for question, k in cases]:
        return None
    return "farthest" if got == [_farthest(_POINTS, question, k) for question, k in cases] else "other"


def _farthest(points: dict[str, list[float]], question: list[float], k: int) -> list[str]:
    return sorted(points, key=lambda name: sum(a * b for a, b in zip(points[name], question, strict=True)))[:k]


@exercise(
    "borrowed-hands/nearest",
    check=_check_nearest,
    wrong=[(_farthest, "farthest"), (lambda points, question, k: sorted(points)[:k], "other")],
    hints={
        "farthest": (
            "These are the least alike. A large product means a like direction: sort the other way.",
            "這些是最不像的。內積大才是方向像：反過來排。",
        ),
        "other": (
            "Sort the names by the sum of products of point and question, largest first, and keep k.",
            "依照每個點跟問題的內積由大到小排，取前 k 個名字。",
        ),
    },
)
def nearest(points: dict[str, list[float]], question: list[float], k: int) -> list[str]:
    def likeness(name: str) -> float:
        return sum(a * b for a, b in zip(points[name], question, strict=True))

    return sorted(points, key=likeness, reverse=True)[:k]


def _check_worth(answer: Any) -> str | None:
    cases = [(0.9, 0.6, 30, 400, 0.0), (0.1, 0.7, 30, 400, 0.0), (0.1, 0.7, 30, 400, 0.01), (0.9, 0.95, 30, 400, 0.001)]
    got = [bool(answer(*case)) for case in cases]
    if got == [worth(*case) for case in cases]:
        return None
    return "free" if got == [case[1] > case[0] for case in cases] else "other"


@exercise(
    "borrowed-hands/worth",
    check=_check_worth,
    wrong=[(lambda heart, tool, short, long, price: tool > heart, "free"),
           (lambda heart, tool, short, long, price: long < short, "other")],
    hints={
        "free": (
            "As if tokens cost nothing. Take price times tokens off each way's accuracy before you compare.",
            "你把 token 當成免費的。比較之前，兩種做法的正確率都要先扣掉「價錢乘 token 數」。",
        ),
        "other": (
            "Accuracy minus price times tokens, for both ways; the tool is worth it if its number is larger.",
            "兩種做法各算「正確率減去價錢乘 token 數」，工具的比較大就值得。",
        ),
    },
)  # fmt: skip
def worth(heart: float, tool: float, short: int, long: int, price: float) -> bool:
    return tool - price * long > heart - price * short
