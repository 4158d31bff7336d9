"""Exercises of "Depth or length": how many units a flat network needs, thinking in steps, and counting votes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from jielong.teaching.exercises import exercise


def _check_units(answer: Any) -> str | None:
    got = [answer(2, 8), answer(3, 4), answer(4, 1)]
    if got == [255, 80, 3]:
        return None
    if got == [256, 81, 4]:
        return "fence-post"
    return "adds" if got in ([16, 12, 4], [15, 11, 3]) else "other"


@exercise(
    "depth-and-length/units",
    check=_check_units,
    wrong=[
        (lambda teeth, depth: teeth**depth, "fence-post"),
        (lambda teeth, depth: teeth * depth, "adds"),
        (lambda teeth, depth: depth**teeth, "other"),
    ],
    hints={
        "fence-post": (
            "One too many. A line with one corner already has two pieces.",
            "多算了一個。一條線只要折一個角，就已經是兩段了。",
        ),
        "adds": (
            "That is how many units the deep network has. Count its pieces first: every layer multiplies them.",
            "那是深的網路所用的神經元數。先數它畫出幾段：每多一層，段數是用乘的。",
        ),
        "other": (
            "With 2 teeth, one layer draws 2 pieces, two layers 4, three layers 8. How many corners have 8 pieces?",
            "拿 2 齒的鋸齒試試：一層 2 段，兩層 4 段，三層 8 段。8 段之間有幾個角？",
        ),
    },
)
def units(teeth: int, depth: int) -> int:
    pieces = teeth**depth
    return pieces - 1  # each unit of a single hidden layer adds one corner at most


_MOVES = [(1, 2, 0), (1, 0, 2), (0, 2, 1), (1, 2, 0)]


def _check_steps(answer: Any) -> str | None:
    got = answer("ABC", list(_MOVES))
    if got == steps("ABC", _MOVES) and answer("CAB", _MOVES[:1]) == steps("CAB", _MOVES[:1]):
        return None
    if got == steps("ABC", _MOVES)[-1]:
        return "answer-only"
    if got == _from_the_start("ABC", _MOVES):
        return "forgets"
    return "start-included" if got == ["ABC", *steps("ABC", _MOVES)] else "other"


def _answer_only(order: str, moves: list[tuple[int, ...]]) -> str:
    return steps(order, moves)[-1]


def _from_the_start(order: str, moves: Sequence[tuple[int, ...]]) -> list[str]:
    return ["".join(order[i] for i in move) for move in moves]


def _other_way(order: str, moves: list[tuple[int, ...]]) -> list[str]:
    thoughts = []
    for move in moves:
        order = "".join(order[move.index(i)] for i in range(len(order)))
        thoughts.append(order)
    return thoughts


@exercise(
    "depth-and-length/steps",
    check=_check_steps,
    wrong=[
        (_answer_only, "answer-only"),
        (_from_the_start, "forgets"),
        (lambda order, moves: [order, *steps(order, moves)], "start-included"),
        (_other_way, "other"),
    ],
    hints={
        "answer-only": (
            "The answer is right. Hand in the way to it as well: the order after every move, in a list.",
            "答案是對的，但要交的是過程：每一步之後的順序，排成一個 list。",
        ),
        "forgets": (
            "All of your moves start from the first order. Each thought has to build on the thought before.",
            "你的每一步都從最開始的順序重來。每個念頭都要接在前一個念頭後面。",
        ),
        "start-included": (
            "One thought for each move: leave out the order before the first move.",
            "一個動作對應一個念頭：第一步之前的順序不用寫。",
        ),
        "other": (
            "The move (1, 2, 0) turns ABC into BCA: position i takes the cup that was at position move[i].",
            "動作 (1, 2, 0) 會把 ABC 變成 BCA：第 i 個位置放的是原本在第 move[i] 個位置的杯子。",
        ),
    },
)
def steps(order: str, moves: list[tuple[int, ...]]) -> list[str]:
    thoughts = []
    for move in moves:
        order = "".join(order[i] for i in move)
        thoughts.append(order)
    return thoughts


_BALLOT = [7, 3, 3, 9, 3, 7]


def _check_vote(answer: Any) -> str | None:
    if answer(list(_BALLOT)) == 3 and answer([40, 12, 12, 41]) == 12:
        return None
    if answer(list(_BALLOT)) == sum(_BALLOT) / len(_BALLOT) or answer(list(_BALLOT)) == 5:
        return "mean"
    return "one-voice" if answer(list(_BALLOT)) in (_BALLOT[0], max(_BALLOT)) else "other"


@exercise(
    "depth-and-length/vote",
    check=_check_vote,
    wrong=[
        (lambda answers: sum(answers) / len(answers), "mean"),
        (lambda answers: answers[0], "one-voice"),
        (lambda answers: Counter(answers).most_common(1)[0], "other"),
    ],
    hints={
        "mean": (
            "An average is a number that perhaps nobody gave. Which answer was given most often?",
            "平均會把對的跟錯的攪在一起，得到一個誰也沒說過的數字。哪個答案出現最多次？",
        ),
        "one-voice": (
            "That listens to one chain only. Let all of them vote.",
            "這樣只聽了一條思考過程的話，要讓大家都投票。",
        ),
        "other": (
            "For the ballot 7, 3, 3, 9, 3, 7 hand in the number 3 and nothing else.",
            "選票是 7, 3, 3, 9, 3, 7 的時候，要交的就只是數字 3。",
        ),
    },
)
def vote(answers: list[int]) -> int:
    return Counter(answers).most_common(1)[0][0]
