"""Exercises of "Lifelong learning": what was forgotten, what to rehearse, how small a detour is."""

from __future__ import annotations

import random
from typing import Any

from jielong.teaching.exercises import exercise

_BEFORE = [True, True, True, True, False, False, False]
_AFTER = [True, False, False, False, True, False, False]


def _check_forgotten(answer: Any) -> str | None:
    got = float(answer(list(_BEFORE), list(_AFTER)))
    if abs(got - 3 / 4) < 1e-6:
        return None if abs(float(answer([True, False], [False, True])) - 1) < 1e-6 else "other"
    if abs(got - 2 / 7) < 1e-6:
        return "hidden"
    return "of-all" if abs(got - 3 / 7) < 1e-6 else "other"


def _hidden(before: list[bool], after: list[bool]) -> float:
    return (sum(before) - sum(after)) / len(before)


def _of_all(before: list[bool], after: list[bool]) -> float:
    return sum(b and not a for b, a in zip(before, after, strict=True)) / len(before)


@exercise(
    "lifelong-learning/forgotten",
    check=_check_forgotten,
    wrong=[(_hidden, "hidden"), (_of_all, "of-all"), (lambda before, after: sum(after) / sum(before), "other")],
    hints={
        "hidden": (
            "A question that is newly right hides one that is newly wrong. Look at the questions one by one.",
            "新答對的那一題，會把新答錯的一題遮住。要一題一題比，不能只比總分。",
        ),
        "of-all": (
            "Right count. But only what was known can be forgotten: divide by the questions that were right before.",
            "題數算對了。但是會的東西才忘得掉：要除以原本答對的題數。",
        ),
        "other": (
            "Of the questions that were right before, which share is wrong now?",
            "原本答對的題目裡面，現在答錯的佔幾成？",
        ),
    },
)
def forgotten(before: list[bool], after: list[bool]) -> float:
    lost = [b and not a for b, a in zip(before, after, strict=True)]
    return sum(lost) / sum(before)


def _check_mix(answer: Any) -> str | None:
    new, old = ["new 1", "new 2"], [f"old {i}" for i in range(20)]
    generator = random.Random(0)
    batches = [list(answer(list(new), list(old), 3, generator)) for _ in range(30)]
    rehearsed = [[fact for fact in batch if fact in old] for batch in batches]
    if any(batch.count(fact) != 1 for batch in batches for fact in new):
        return "all-new"
    if len({tuple(sorted(facts)) for facts in rehearsed}) == 1:
        return "same-old"
    if any(len(set(facts)) != 3 or len(facts) != 3 for facts in rehearsed):
        return "twice"
    return None


@exercise(
    "lifelong-learning/mix",
    check=_check_mix,
    wrong=[
        (lambda new, old, n, generator: new + old[:n], "same-old"),
        (lambda new, old, n, generator: generator.sample(new + old, n), "all-new"),
        (lambda new, old, n, generator: new + generator.choices(old, k=n), "twice"),
    ],
    hints={
        "all-new": (
            "Every batch needs every new fact, exactly once; the old ones come on top.",
            "每一批都要有全部的新知識，各一次；舊的是另外加上去的。",
        ),
        "same-old": (
            "These are the same old facts each time, so all the others are free to fade. Draw afresh.",
            "每次複習的都是同樣那幾題，其他的就放著讓它忘光了。每一批都要重新抽。",
        ),
        "twice": (
            "Now and then the same old fact comes twice in one batch. Draw without putting back.",
            "有時候同一題舊的在一批裡出現兩次。抽過的不要放回去。",
        ),
    },
)
def mix(new: list, old: list, n: int, generator: random.Random) -> list:
    return new + generator.sample(old, n)


def _check_detour(answer: Any) -> str | None:
    got = int(answer(576, 1536, 4))
    known = {4 * (576 + 1536): None, 4 * 576 * 1536: "product", 4 * 576: "half", 4 * 1536: "half"}
    return known.get(got, "other")


@exercise(
    "lifelong-learning/detour",
    check=_check_detour,
    wrong=[
        (lambda inputs, outputs, rank: rank * inputs * outputs, "product"),
        (lambda inputs, outputs, rank: rank * inputs, "half"),
        (lambda inputs, outputs, rank: inputs * outputs, "other"),
    ],
    hints={
        "product": (
            "B A is as large as W, but nobody stores the product: count A and B.",
            "B 乘 A 的結果跟 W 一樣大沒錯，但沒有人存那個乘積：數 A 跟 B 就好。",
        ),
        "half": (
            "That is one of the two. The detour goes down to the rank with A and up again with B.",
            "這只算了一半。這條小路先用 A 降到 rank 那麼窄，再用 B 升回去。",
        ),
        "other": (
            "A has one row for each rank and a column for each input; B has one row for each output.",
            "A 有 rank 列，每列的長度是輸入的維度；B 的每一列對應一個輸出。",
        ),
    },
)
def detour(inputs: int, outputs: int, rank: int) -> int:
    return rank * inputs + outputs * rank
