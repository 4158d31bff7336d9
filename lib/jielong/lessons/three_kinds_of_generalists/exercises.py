"""Exercises of "Three kinds of generalists": pooling, specialists at home and away, and the loss of liking."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from jielong.teaching.exercises import exercise

_VECTORS = torch.arange(24.0).view(2, 3, 4) ** 1.5
_MATRIX = torch.tensor([[0.9, 0.1, 0.0], [0.2, 0.8, 0.1], [0.0, 0.2, 1.0]])


def _close(got: Any, true: Tensor) -> bool:
    got = torch.as_tensor(got, dtype=torch.float32)
    return got.shape == true.shape and torch.allclose(got, true.float(), atol=1e-4)


def _check_pool(answer: Any) -> str | None:
    got = answer(_VECTORS)
    if _close(got, _VECTORS.mean(1)):
        return None
    if _close(got, _VECTORS.mean(0)):
        return "wrong-way"
    return "long" if _close(got, _VECTORS.sum(1)) else "other"


@exercise(
    "three-kinds-of-generalists/pool",
    check=_check_pool,
    wrong=[
        (lambda vectors: vectors.mean(0), "wrong-way"),
        (lambda vectors: vectors.sum(1), "long"),
        (lambda vectors: vectors[:, -1], "other"),
    ],
    hints={
        "wrong-way": (
            "That averages the sentences, word by word. The words are the middle dimension.",
            "你把不同的句子平均在一起了。字是中間那一維。",
        ),
        "long": (
            "A sum grows with the sentence's length. Divide by the number of words.",
            "加總會隨著句子變長而變大，要再除以字數。",
        ),
        "other": (
            "One vector for each sentence, of the same width: every word counts the same.",
            "一句話一個向量，寬度不變，每個字的份量都一樣。",
        ),
    },
)
def pool(vectors: Tensor) -> Tensor:
    return vectors.mean(dim=1)


def _check_home_and_away(answer: Any) -> str | None:
    home, away = (float(value) for value in answer(_MATRIX.clone()))
    if abs(home - 0.9) < 1e-4 and abs(away - 0.1) < 1e-4:
        return None
    if abs(home - 0.1) < 1e-4 and abs(away - 0.9) < 1e-4:
        return "swapped"
    if abs(home - 0.9) > 1e-4:
        return "other"
    return "own-included" if abs(away - _MATRIX.mean().item()) < 1e-4 else "zeros-counted"


def _zeros_counted(matrix: Tensor) -> tuple[float, float]:
    off = matrix - torch.diag(torch.diagonal(matrix))
    return torch.diagonal(matrix).mean().item(), off.mean().item()


@exercise(
    "three-kinds-of-generalists/home-and-away",
    check=_check_home_and_away,
    wrong=[
        (lambda m: (torch.diagonal(m).mean(), m.mean()), "own-included"),
        (_zeros_counted, "zeros-counted"),
        (lambda m: ((m.sum() - m.trace()) / 6, m.trace() / 3), "swapped"),
        (lambda m: (m[0].mean(), m[1:].mean()), "other"),
    ],
    hints={
        "own-included": (
            "Your second number still counts everyone's own task. Leave the diagonal out.",
            "第二個數字還把自己的本行也算進去了，要拿掉對角線。",
        ),
        "zeros-counted": (
            "You emptied the diagonal but still divide by all cells. How many are left without it?",
            "對角線清掉了，分母卻還是全部的格子。拿掉對角線之後剩幾格？",
        ),
        "swapped": ("The other way round: home first, then away.", "順序反了：先本行，再別行。"),
        "other": (
            "Specialist i's own task is column i: the diagonal of the matrix.",
            "第 i 個專才的本行在第 i 欄，也就是矩陣的對角線。",
        ),
    },
)
def home_and_away(matrix: Tensor) -> tuple[float, float]:
    count = len(matrix)
    home = matrix.trace().item() / count
    away = (matrix.sum() - matrix.trace()).item() / (count * count - count)
    return home, away


_LOGS = (
    torch.tensor([-2.0, -5.0]),
    torch.tensor([-3.0, -4.0]),
    torch.tensor([-2.5, -6.0]),
    torch.tensor([-2.0, -4.5]),
    0.5,
)


def _dpo(chosen: Tensor, rejected: Tensor, ref_chosen: Tensor, ref_rejected: Tensor, beta: float) -> Tensor:
    gap = (chosen - rejected) - (ref_chosen - ref_rejected)
    return -F.logsigmoid(beta * gap).mean()


def _no_reference(chosen: Tensor, rejected: Tensor, ref_chosen: Tensor, ref_rejected: Tensor, beta: float) -> Tensor:
    return -F.logsigmoid(beta * (chosen - rejected)).mean()


def _turned(chosen: Tensor, rejected: Tensor, ref_chosen: Tensor, ref_rejected: Tensor, beta: float) -> Tensor:
    return _dpo(rejected, chosen, ref_rejected, ref_chosen, beta)


def _sign(chosen: Tensor, rejected: Tensor, ref_chosen: Tensor, ref_rejected: Tensor, beta: float) -> Tensor:
    return -_dpo(chosen, rejected, ref_chosen, ref_rejected, beta)


def _no_beta(chosen: Tensor, rejected: Tensor, ref_chosen: Tensor, ref_rejected: Tensor, beta: float) -> Tensor:
    return _dpo(chosen, rejected, ref_chosen, ref_rejected, 1.0)


def _check_dpo(answer: Any) -> str | None:
    got = answer(*_LOGS)
    for wrong, key in ((_no_reference, "no-reference"), (_turned, "turned"), (_sign, "sign")):
        if _close(got, wrong(*_LOGS)):
            return key
    return None if _close(got, _dpo(*_LOGS)) else "other"


@exercise(
    "three-kinds-of-generalists/dpo",
    check=_check_dpo,
    wrong=[(_no_reference, "no-reference"), (_turned, "turned"), (_sign, "sign"), (_no_beta, "other")],
    hints={
        "no-reference": (
            "This pushes without asking where the model stood before. Subtract the reference's own gap.",
            "這樣沒有考慮模型原來的立場。要減掉參考模型自己的差距。",
        ),
        "turned": (
            "Yours falls when the *rejected* answer becomes more probable. Turn the gap round.",
            "你的 loss 會讓被拒絕的回答變得更可能。差距的方向反了。",
        ),
        "sign": (
            "A loss that falls below zero: log σ is negative already, so put a minus before it.",
            "這個 loss 變成負的了：log σ 本來就是負數，前面要再加一個負號。",
        ),
        "other": (
            "gap = (chosen − rejected) − (ref_chosen − ref_rejected); then the mean of −log σ(beta · gap).",
            "gap = (chosen − rejected) − (ref_chosen − ref_rejected)，再算 −log σ(beta · gap)，對所有配對取平均。",
        ),
    },
)
def dpo(chosen: Tensor, rejected: Tensor, ref_chosen: Tensor, ref_rejected: Tensor, beta: float) -> Tensor:
    gap = (chosen - rejected) - (ref_chosen - ref_rejected)
    return -F.logsigmoid(beta * gap).mean()
