"""Exercises of the lesson "A new lesson"."""

from __future__ import annotations

from typing import Any

from jielong.teaching.exercises import exercise

P = (0.6, 0.2, 0.1, 0.1)


def _check_others(answer: Any) -> str | None:
    if abs(answer - (1 - max(P))) < 1e-4:
        return None
    return "likeliest" if abs(answer - max(P)) < 1e-4 else "other"


@exercise(
    "a-new-lesson/others",
    check=_check_others,
    wrong=[(0.6, "likeliest"), (0.2, "other")],
    hints={
        "likeliest": ("That is how often it comes up. How often does it not?", "這是它出現的比例。不出現的呢？"),
        "other": ("Add the probabilities of all the other faces.", "把其他每一面的機率加起來。"),
    },
)
def others() -> float:
    return 1 - max(P)


def _check_twice(answer: Any) -> str | None:
    if abs(answer - sum(p**2 for p in P)) < 1e-4:
        return None
    return "first" if abs(answer - max(P) ** 2) < 1e-4 else "other"


@exercise(
    "a-new-lesson/twice",
    check=_check_twice,
    wrong=[(0.36, "first"), (0.25, "other")],
    hints={
        "first": (
            "That is one face, twice. The others can come up twice, too.",
            "這只是其中一面。別的面也可能連出兩次。",
        ),
        "other": (
            "A face comes up twice with its probability squared. Add them all.",
            "每一面連出兩次的機率是它的平方。全部加起來。",
        ),
    },
)
def twice() -> float:
    return sum(p**2 for p in P)
