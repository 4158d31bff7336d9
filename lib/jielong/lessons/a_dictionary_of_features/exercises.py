"""Exercises of the lesson "A dictionary of features"."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise

_SCORES = torch.tensor([[0.5, -1.0, 2.0, 1.0], [-0.5, -2.0, 3.0, -0.1]])


def _check_few(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_SCORES.clone(), 2)).float()
    if got.shape != _SCORES.shape:
        return "shape"
    if torch.allclose(got, torch.tensor([[0, 0, 2.0, 1.0], [0, 0, 3.0, 0]])):
        return None
    if torch.allclose(got, _SCORES.relu()):
        return "all"
    return "negative" if (got < 0).any() else "other"


def _with_negative(scores: Tensor, k: int) -> Tensor:
    values, which = scores.topk(k)
    return torch.zeros_like(scores).scatter(-1, which, values)


@exercise(
    "a-dictionary-of-features/few",
    check=_check_few,
    wrong=[
        (lambda scores, k: scores.topk(k).values, "shape"),
        (lambda scores, k: scores.relu(), "all"),
        (_with_negative, "negative"),
        (lambda scores, k: torch.zeros_like(scores), "other"),
    ],
    hints={
        "shape": (
            "Codes have one place for each feature. Put the large scores back where they were; `scatter` can do it.",
            "codes 裡每個特徵都要有一格。把大的分數放回原本的位置，可以用 `scatter`。",
        ),
        "all": (
            "That is all positive scores. Keep the k largest of a row.",
            "這樣會留下所有正的分數。每一列只留最大的 k 個。",
        ),
        "negative": (
            "A feature can't be there less than not at all. What should happen to a negative score?",
            "一個特徵不可能比「完全沒有」還要少。負的分數該怎麼辦？",
        ),
        "other": (
            "The k largest scores stay as they are; everything else is zero.",
            "最大的 k 個分數照原樣留著，其他都是零。",
        ),
    },
)
def few(scores: Tensor, k: int) -> Tensor:
    values, which = scores.topk(k)
    return torch.zeros_like(scores).scatter(-1, which, values.relu())


_CODES = torch.tensor([[0.0, 0.2, 0.0, 0.0], [3.0, 0.0, 0.0, 0.1], [1.0, 0.0, 0.0, 0.0]])


def _check_dead(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_CODES.clone())).flatten().tolist()
    if got == [2]:
        return None
    if got == [0]:
        return "texts"
    return "weak" if 1 in got or 3 in got else "other"


@exercise(
    "a-dictionary-of-features/dead",
    check=_check_dead,
    wrong=[
        (lambda codes: (codes.sum(1) < 0.5).nonzero()[:, 0], "texts"),
        (lambda codes: (codes.mean(0) < 0.1).nonzero()[:, 0], "weak"),
        (lambda codes: torch.tensor([0, 2]), "other"),
    ],
    hints={
        "texts": ("Those are rows: vectors. Features are the columns.", "這是列，也就是向量。特徵是行。"),
        "weak": (
            "That one is used, if rarely or weakly. Rare features are the interesting ones; dead means never.",
            "這個特徵有用到，只是很少或很弱。少見的特徵才有意思；死掉是指從來沒用過。",
        ),
        "other": ("For which columns is no code above zero?", "哪幾行沒有任何一個大於零的 code？"),
    },
)
def dead(codes: Tensor) -> Tensor:
    return (codes == 0).all(0).nonzero()[:, 0]


_PARTS = (torch.tensor([[1.0, 2.0], [0.5, -1.0]]), torch.tensor([[1.0, 0.0], [0.6, 0.8]]))


def _check_cheat(answer: Any) -> str | None:
    x, (before_e, before_d) = torch.tensor([[3.0, 1.0], [1.0, -2.0]]), _PARTS
    encoder, decoder = (torch.as_tensor(part).float() for part in answer(*(part.clone() for part in _PARTS)))
    codes, cheated = (x @ before_e.T).relu(), (x @ encoder.T).relu()
    if not torch.allclose(cheated @ decoder, codes @ before_d, atol=1e-4):
        return "output"
    return None if torch.allclose(cheated, codes / 100, atol=1e-4) else "penalty"


@exercise(
    "a-dictionary-of-features/cheat",
    check=_check_cheat,
    wrong=[
        (lambda encoder, decoder: (encoder / 100, decoder), "output"),
        (lambda encoder, decoder: (encoder, decoder), "penalty"),
        (lambda encoder, decoder: (encoder * 100, decoder / 100), "penalty"),
    ],
    hints={
        "output": (
            "The codes may shrink, but what is put together from them must stay the same: make up for it elsewhere.",
            "codes 可以縮小，但拼出來的東西要一樣：縮掉的要在別的地方補回來。",
        ),
        "penalty": (
            "The sum of the codes is not a hundredth of what it was.",
            "codes 的總和還沒有變成原本的百分之一。",
        ),
    },
)
def cheat(encoder: Tensor, decoder: Tensor) -> tuple[Tensor, Tensor]:
    return encoder / 100, decoder * 100
