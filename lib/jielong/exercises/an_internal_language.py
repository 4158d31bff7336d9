"""Exercises of "An internal language": how many translators a school needs, and the matching game."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from jielong.exercises import exercise


def _check_directions(answer: Any) -> str | None:
    got = [answer(n) for n in (2, 5, 100)]
    if got == [2, 20, 9900]:
        return None
    if got == [1, 10, 4950]:
        return "one-way"
    return "itself" if got == [4, 25, 10_000] else "other"


@exercise(
    "an-internal-language/directions",
    check=_check_directions,
    wrong=[
        (lambda n: n * (n - 1) // 2, "one-way"),
        (lambda n: n * n, "itself"),
        (lambda n: 2 * n, "other"),
    ],
    hints={
        "one-way": (
            "Those are the pairs. Each pair needs two translators: there and back.",
            "這是有幾對語言。每一對要兩位譯者：一個翻過去，一個翻回來。",
        ),
        "itself": (
            "Nobody needs a translator from a language into itself.",
            "從一種語言翻成同一種語言，不需要譯者。",
        ),
        "other": (
            "Choose the language to read, then another one to write.",
            "先選要讀的語言，再從剩下的裡面選要寫的語言。",
        ),
    },
)
def directions(n: int) -> int:
    return n * (n - 1)


# Row 0 is nearest to row 0 by cosine, but to the long row 1 by dot product and to the short row 2 by distance.
_ONE = torch.tensor([[1.0, 0.2], [0.0, 1.0], [-0.3, 0.1]])
_OTHER = torch.tensor([[0.1, 0.02], [5.0, 6.0], [-9.0, 3.0]])


def _share(score: Tensor) -> float:
    return (score.argmax(1) == torch.arange(len(score))).float().mean().item()


def _by_dot_product(one: Tensor, other: Tensor) -> float:
    return _share(one @ other.T)


def _by_distance(one: Tensor, other: Tensor) -> float:
    return _share(-torch.cdist(one, other))


def _check_matches(answer: Any) -> str | None:
    got = float(answer(_ONE, _OTHER))
    if abs(got - 1) < 1e-4:
        return None
    if abs(got - _by_dot_product(_ONE, _OTHER)) < 1e-4:
        return "long-vectors"
    return "distance" if abs(got - _by_distance(_ONE, _OTHER)) < 1e-4 else "other"


@exercise(
    "an-internal-language/matches",
    check=_check_matches,
    wrong=[
        (_by_dot_product, "long-vectors"),
        (_by_distance, "distance"),
        (lambda one, other: 3 * matches(one, other), "other"),
    ],
    hints={
        "long-vectors": (
            "That is the dot product, and long vectors win it. A cosine is the dot product of vectors of length one.",
            "這是內積，長的向量會佔便宜。cosine 是長度都變成 1 之後的內積。",
        ),
        "distance": (
            "That is the distance, for which length counts too. Only the direction should: scale every row to length one.",
            "這是距離，長度也算進去了。應該只看方向：先把每一列的長度變成 1。",
        ),
        "other": (
            "Scale rows to length one, multiply one by the other's transpose, take each row's largest, and count.",
            "先把每一列的長度變成 1，再乘上另一個的轉置，每一列找最大的，最後數對了幾成。",
        ),
    },
)
def matches(one: Tensor, other: Tensor) -> float:
    one, other = one / one.norm(dim=1, keepdim=True), other / other.norm(dim=1, keepdim=True)
    nearest = (one @ other.T).argmax(1)
    return (nearest == torch.arange(len(one))).float().mean().item()
