"""Exercises of "Ask the middle": what many tries are worth, how many there are, and who may judge them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jielong.teaching.exercises import exercise


def _check_once(answer: Any) -> str | None:
    got = float(answer(0.5, 3))
    if abs(got - 0.875) < 1e-9:
        return None if abs(float(answer(0.02, 28)) - (1 - 0.98**28)) < 1e-9 else "other"
    return {1.5: "sum", 0.125: "all"}.get(round(got, 6), "other")


@exercise(
    "ask-the-middle/at-least-once",
    check=_check_once,
    wrong=[(lambda p, n: n * p, "sum"), (lambda p, n: p**n, "all"), (lambda p, n: p, "other")],
    hints={
        "sum": (
            "Added up, three tries at one half would succeed with 1.5. What is the chance that all of them fail?",
            "直接相加，三次一半的機會就變成 1.5 了。先想：全部都失敗的機率是多少？",
        ),
        "all": (
            "That is the chance that every try succeeds. One is enough.",
            "這是每次都成功的機率，其實一次成功就夠了。",
        ),
        "other": (
            "All fail with (1 − p) × (1 − p) × ...; and otherwise?",
            "全部失敗的機率是 (1 − p) × (1 − p) × ……，那其他情況呢？",
        ),
    },
)
def at_least_once(p: float, n: int) -> float:
    return 1 - (1 - p) ** n


def _check_pairs(answer: Any) -> str | None:
    got = [int(answer(layers)) for layers in (1, 2, 4, 30)]
    if got == [0, 1, 6, 435]:
        return None
    if got == [0, 2, 12, 870]:
        return "both-ways"
    return "same" if got == [1, 3, 10, 465] else "other"


@exercise(
    "ask-the-middle/pairs",
    check=_check_pairs,
    wrong=[
        (lambda layers: layers * (layers - 1), "both-ways"),
        (lambda layers: layers * (layers + 1) // 2, "same"),
        (lambda layers: layers - 1, "other"),
    ],
    hints={
        "both-ways": (
            "Yours counts putting an early state in later, too. Only earlier targets count.",
            "你把「早的放到晚的」也算進去了，只有放到更早的才算。",
        ),
        "same": (
            "To put a state in where it was changes nothing: leave these out.",
            "放回原來的地方什麼都不會變，這種不算。",
        ),
        "other": (
            "The first layer has no earlier one, the second has one, the third two. Add them up.",
            "第一層前面沒有別層，第二層前面有一層，第三層有兩層，加起來。",
        ),
    },
)
def pairs(layers: int) -> int:
    return layers * (layers - 1) // 2


_FIXED = [[1, 1, 0], [0, 1, 1], [1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 1, 0]]


def _check_fair(answer: Any) -> str | None:
    got = round(float(answer([[bool(x) for x in row] for row in _FIXED])), 4)
    return {0.3333: None, 1.0: "peeked", 0.6667: "same-rows"}.get(got, "other")


def _share(rows: Sequence[Sequence[bool]], k: int) -> float:
    return sum(row[k] for row in rows) / len(rows)


def _best(rows: Sequence[Sequence[bool]]) -> int:
    return max(range(len(rows[0])), key=lambda k: _share(rows, k))


@exercise(
    "ask-the-middle/fair",
    check=_check_fair,
    wrong=[
        (lambda fixed: _share(fixed[1::2], _best(fixed)), "peeked"),
        (lambda fixed: _share(fixed[::2], _best(fixed[::2])), "same-rows"),
        (lambda fixed: sum(map(any, fixed)) / len(fixed) / 2, "other"),
    ],
    hints={
        "peeked": (
            "Your choice has seen the rows that it is judged on. Choose with rows 0, 2, 4 only.",
            "你挑的時候偷看了要拿來評分的那幾列。只能用第 0、2、4 列來挑。",
        ),
        "same-rows": (
            "You choose on these rows and report on the same ones. Report on the others.",
            "你在這幾列上挑，又在同樣這幾列上報告。要報告另外那幾列。",
        ),
        "other": (
            "One try for all questions: the column with most True among the even rows.",
            "所有題目共用同一種試法：偶數列裡 True 最多的那一行。",
        ),
    },
)
def fair(fixed: Sequence[Sequence[bool]]) -> float:
    chosen, judged = fixed[::2], fixed[1::2]
    best = max(range(len(fixed[0])), key=lambda k: sum(row[k] for row in chosen))
    return sum(row[best] for row in judged) / len(judged)
