"""Exercises of "Notes that know each other": how far a walk reaches, what was really found, what fits a window."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from jielong.teaching.exercises import exercise

_EDGES = [("Ada", "Solvo"), ("Boris", "Rome"), ("Solvo", "Oslo"), ("Oslo", "cheese"), ("Rome", "fish")]


def _check_reach(answer: Any) -> str | None:
    got = [set(answer(_EDGES, start, steps)) for start, steps in (("Ada", 2), ("cheese", 1), ("Oslo", 0))]
    if got == [{"Ada", "Solvo", "Oslo"}, {"cheese", "Oslo"}, {"Oslo"}]:
        return None
    if got[0] == {"Ada", "Solvo"}:
        return "one-step"
    return "one-way" if got[0] == {"Ada", "Solvo", "Oslo"} and got[1] == {"cheese"} else "other"


def _spread(edges: Sequence[tuple[str, str]], start: str, steps: int, both: bool = True) -> set[str]:
    reached = {start}
    for _ in range(steps):
        reached |= {b for a, b in edges if a in reached} | {a for a, b in edges if both and b in reached}
    return reached


@exercise(
    "notes-that-know-each-other/reach",
    check=_check_reach,
    wrong=[
        (lambda edges, start, steps: _spread(edges, start, min(steps, 1)), "one-step"),
        (lambda edges, start, steps: _spread(edges, start, steps, both=False), "one-way"),
        (lambda edges, start, steps: {node for edge in edges for node in edge}, "other"),
    ],
    hints={
        "one-step": (
            "You stop after the first step. From what you have reached, step again.",
            "你走一步就停了。從已經走到的地方，再走一步。",
        ),
        "one-way": (
            "An edge can be walked both ways: from the town to its firm, too.",
            "每條線兩個方向都能走：也可以從城市走回公司。",
        ),
        "other": (
            "Begin with a set that holds only the start; in each step add the neighbours of all that is in it.",
            "從只有起點的集合開始；每走一步，就把集合裡每個點的鄰居加進來。",
        ),
    },
)
def reach(edges: Sequence[tuple[str, str]], start: str, steps: int) -> set[str]:
    reached = {start}
    for _ in range(steps):
        reached |= {b for a, b in edges if a in reached} | {a for a, b in edges if b in reached}
    return reached


_FOUND = [[1, 2, 3], [4, 5], [6], [7, 8, 9]]
_NEEDED = [[1, 3], [4, 6], [6], [1, 2]]


def _check_all(answer: Any) -> str | None:
    got = round(float(answer(_FOUND, _NEEDED)), 4)
    return {0.5: None, 0.75: "any", 0.5714: "records"}.get(got, "other")


@exercise(
    "notes-that-know-each-other/all-found",
    check=_check_all,
    wrong=[
        (
            lambda found, needed: sum(bool(set(f) & set(n)) for f, n in zip(found, needed, strict=True)) / len(found),
            "any",
        ),
        (
            lambda found, needed: (
                sum(len(set(f) & set(n)) for f, n in zip(found, needed, strict=True)) / sum(map(len, needed))
            ),
            "records",
        ),
        (lambda found, needed: sum(f == n for f, n in zip(found, needed, strict=True)) / len(found), "other"),
    ],
    hints={
        "any": (
            "With half of what it needs, a question cannot be answered. All needed records must be there.",
            "需要的只找到一半，這題還是答不出來。需要的全部都要在。",
        ),
        "records": (
            "Yours is the share of records. Count the questions that have everything.",
            "你算的是找到幾筆。要數的是：有幾題，需要的全都找齊了。",
        ),
        "other": (
            "It does no harm if more was found than needed.",
            "多找了別的沒有關係。",
        ),
    },
)
def all_found(found: Sequence[Collection[int]], needed: Sequence[Collection[int]]) -> float:
    return sum(set(n) <= set(f) for f, n in zip(found, needed, strict=True)) / len(needed)


def _check_window(answer: Any) -> str | None:
    got = list(answer([5, 4, 9, 3, 2], 10))
    if got == [3, 4]:
        return None if list(answer([2, 2], 10)) == [0, 1] else "other"
    return {(0, 1): "oldest", (2, 3, 4): "overfull", (0, 3, 4): "skips", (1, 3, 4): "skips"}.get(tuple(got), "other")


def _skipping(lengths: Sequence[int], window: int) -> list[int]:
    kept: list[int] = []
    for i in reversed(range(len(lengths))):
        if sum(lengths[j] for j in kept) + lengths[i] <= window:
            kept.insert(0, i)
    return kept


@exercise(
    "notes-that-know-each-other/window",
    check=_check_window,
    wrong=[
        (lambda lengths, window: [i for i in range(len(lengths)) if sum(lengths[: i + 1]) <= window], "oldest"),
        (lambda lengths, window: [i for i in range(len(lengths)) if sum(lengths[i + 1 :]) <= window], "overfull"),
        (_skipping, "skips"),
        (lambda lengths, window: [len(lengths) - 1], "other"),
    ],
    hints={
        "oldest": (
            "You keep the oldest. A full window loses its oldest first.",
            "你留的是最舊的。視窗滿了，先丟最舊的。",
        ),
        "overfull": (
            "Your window holds one record too many: what is in it must fit.",
            "你的視窗多塞了一筆：裡面的東西加起來不能超過它的大小。",
        ),
        "skips": (
            "You skip a long record and keep an older one behind it. Whatever leaves takes all before it along.",
            "你跳過一筆長的，卻留下比它更早的。一筆離開視窗，它之前的也都離開了。",
        ),
        "other": (
            "Record i stays if it and all later ones fit into the window together.",
            "第 i 筆留下的條件：它和之後的每一筆加起來，放得進視窗。",
        ),
    },
)
def window(lengths: Sequence[int], window: int) -> list[int]:
    return [i for i in range(len(lengths)) if sum(lengths[i:]) <= window]
