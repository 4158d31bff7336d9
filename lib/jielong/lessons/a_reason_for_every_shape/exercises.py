"""Exercises of "A reason for every shape": counting weights, a convolution as a matrix, a layer that does nothing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from jielong.teaching.exercises import exercise


def _check_weights(answer: Any) -> str | None:
    got = [tuple(answer(*given)) for given in [(12, 5), (6, 3), (224, 7)]]
    if got == [weights(*given) for given in [(12, 5), (6, 3), (224, 7)]]:
        return None
    if got == [_fence_post(*given) for given in [(12, 5), (6, 3), (224, 7)]]:
        return "fence-post"
    return "lines" if got[1] == (24, 12, 3) else "other"


def _fence_post(size: int, kernel: int) -> tuple[int, int, int]:
    units = (size - kernel) ** 2
    return units * size**2, units * kernel**2, kernel**2


@exercise(
    "a-reason-for-every-shape/weights",
    check=_check_weights,
    wrong=[
        (_fence_post, "fence-post"),
        (lambda size, kernel: ((size - kernel + 1) * size, (size - kernel + 1) * kernel, kernel), "lines"),
        (lambda size, kernel: (size**4, size**2 * kernel**2, kernel**2), "other"),
    ],
    hints={
        "fence-post": (
            "One row and one column of units too few. A window of 3 fits on a line of 6 at four places.",
            "神經元少算了一排一列。寬 3 的窗在長 6 的線上，可以放四個位置。",
        ),
        "lines": (
            "That is right for a line. A picture has rows and columns: square the numbers.",
            "如果圖只是一條線，這樣就對了。圖有列也有行，每個數字都要平方。",
        ),
        "other": (
            "First the units: how many places does the window fit at? Then how many weights each unit has of its own.",
            "先數神經元：窗可以放在幾個位置？再看每個神經元自己有幾個參數。",
        ),
    },
)
def weights(size: int, kernel: int) -> tuple[int, int, int]:
    units = (size - kernel + 1) ** 2
    return units * size**2, units * kernel**2, kernel**2


_KERNEL = torch.tensor([1.0, 2.0, 4.0])


def _check_matrix(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_KERNEL.clone(), 5)).float()
    if got.shape == (5, 5):
        return "square"
    if torch.equal(got, matrix(_KERNEL, 5)):
        return None if torch.equal(torch.as_tensor(answer(_KERNEL[:2], 7)).float(), matrix(_KERNEL[:2], 7)) else "other"
    if torch.equal(got, matrix(_KERNEL, 5).T):
        return "lying"
    return "mirrored" if torch.equal(got, matrix(_KERNEL.flip(0), 5)) else "other"


def _square(kernel: Tensor, length: int) -> Tensor:
    return torch.stack([torch.diag(w.expand(length - k), k) for k, w in enumerate(kernel)]).sum(0)


@exercise(
    "a-reason-for-every-shape/matrix",
    check=_check_matrix,
    wrong=[
        (_square, "square"),
        (lambda kernel, length: matrix(kernel, length).T, "lying"),
        (lambda kernel, length: matrix(kernel.flip(0), length), "mirrored"),
        (lambda kernel, length: kernel.expand(length - len(kernel) + 1, -1), "other"),
    ],
    hints={
        "square": (
            "The last rows have windows that hang over the end. Keep those rows only whose window fits.",
            "最後幾列的窗超出了邊界。只留下整個窗都放得進去的那幾列。",
        ),
        "lying": (
            "Turn it: one row for each unit, one column for each pixel.",
            "轉個方向：一個神經元一列，一個像素一行。",
        ),
        "mirrored": (
            "Your kernel is written backwards. Deep learning's convolution does not flip it.",
            "kernel 寫反了。深度學習裡的 convolution 不會把它翻過來。",
        ),
        "other": (
            "Row r is zero except at columns r, r + 1, ..., where the kernel stands.",
            "第 r 列只有第 r、r + 1、… 行放著 kernel，其他都是 0。",
        ),
    },
)
def matrix(kernel: Tensor, length: int) -> Tensor:
    rows = torch.zeros(length - len(kernel) + 1, length)
    for r, row in enumerate(rows):
        row[r : r + len(kernel)] = kernel
    return rows


_ACTIVE = torch.tensor([[0.0, 2.0, 5.0], [4.0, 2.5, 0.0], [2.0, 0.0, 1.0], [0.0, 7.5, 0.0]])


def _passed(gain: Any, bias: Any) -> Tensor:
    """What comes out of a layer whose weights are 1: a BatchNorm, gain and bias, a ReLU."""
    normed = (_ACTIVE - _ACTIVE.mean(0)) / _ACTIVE.std(0, unbiased=False)
    gain, bias = (torch.as_tensor(part, dtype=_ACTIVE.dtype) for part in (gain, bias))
    return F.relu(gain * normed + bias)


def _check_nothing(answer: Any) -> str | None:
    gain, bias = answer(_ACTIVE.clone())
    if torch.allclose(_passed(gain, bias), _ACTIVE, atol=1e-4):
        return None
    for key, wrong in _WRONG_LAYERS.items():
        if torch.allclose(_passed(gain, bias), _passed(*wrong(_ACTIVE)), atol=1e-4):
            return key
    return "other"


_WRONG_LAYERS = {
    "normed": lambda h: (torch.ones(h.shape[1]), torch.zeros(h.shape[1])),
    "squared": lambda h: (h.var(0, unbiased=False), h.mean(0)),
    "rows": lambda h: (h.std(unbiased=False), h.mean()),
    "unbiased": lambda h: (h.std(0), h.mean(0)),
}


@exercise(
    "a-reason-for-every-shape/nothing",
    check=_check_nothing,
    wrong=[
        (_WRONG_LAYERS["normed"], "normed"),
        (_WRONG_LAYERS["squared"], "squared"),
        (_WRONG_LAYERS["rows"], "rows"),
        (_WRONG_LAYERS["unbiased"], "unbiased"),
        (lambda h: (torch.zeros(h.shape[1]), torch.zeros(h.shape[1])), "other"),
    ],
    hints={
        "normed": (
            "That leaves the BatchNorm as it is. Gain and bias have to undo it.",
            "這樣等於原封不動交給 BatchNorm。gain 跟 bias 要把它做的事還原回去。",
        ),
        "squared": (
            "BatchNorm divides by the standard deviation; you multiply by its square.",
            "BatchNorm 除的是標準差，你乘回去的是標準差的平方。",
        ),
        "rows": (
            "Every unit is normalised by itself: one gain and one bias for each column.",
            "每個神經元各自標準化：每一行都要有自己的 gain 跟 bias。",
        ),
        "unbiased": (
            "Nearly: torch's std divides by n - 1 unless you say unbiased=False; BatchNorm divides by n.",
            "差一點點：torch 的 std 預設除以 n - 1，要加上 unbiased=False；BatchNorm 除的是 n。",
        ),
        "other": (
            "BatchNorm subtracts the mean and divides by the standard deviation. Undo the two in the other order.",
            "BatchNorm 先減平均，再除以標準差。反過來做一遍就還原了。",
        ),
    },
)
def nothing(h: Tensor) -> tuple[Tensor, Tensor]:
    return h.std(0, unbiased=False), h.mean(0)
