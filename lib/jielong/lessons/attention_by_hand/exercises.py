"""Exercises of "Attention by hand": softmax, the causal mask, why logits are scaled, and how sharply to read."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from jielong.teaching.exercises import exercise


def _check_softmax(answer: Any) -> str | None:
    small = [float(w) for w in answer([0.0, math.log(2.0), math.log(5.0)])]
    if not math.isclose(sum(small), 1, abs_tol=1e-6):
        return "sum"
    if any(abs(a - b) > 1e-6 for a, b in zip(small, [0.125, 0.25, 0.625], strict=True)):
        return "other"
    try:
        large = [float(w) for w in answer([1000.0, 999.0, -1000.0])]
    except OverflowError:
        return "large"
    wanted = 1 / (1 + math.exp(-1))
    return None if math.isclose(large[0], wanted, abs_tol=1e-6) else "large"


def _plain_softmax(logits: list[float]) -> list[float]:
    return [math.exp(z) / sum(map(math.exp, logits)) for z in logits]


@exercise(
    "attention-by-hand/softmax",
    check=_check_softmax,
    wrong=[
        (lambda logits: [math.exp(z) for z in logits], "sum"),
        (_plain_softmax, "large"),
        (lambda logits: [1 / len(logits)] * len(logits), "other"),
        (lambda logits: [(z + 1) / sum(y + 1 for y in logits) for z in logits], "other"),
    ],
    hints={
        "sum": ("The weights have to sum to one. Divide by the sum.", "權重加起來要是 1。記得除以總和。"),
        "large": (
            "Right for small logits. For large ones: taking the same number off every logit changes no weight. Which?",
            "小的 logit 都對了。大的呢？把每個 logit 都減去同一個數，權重不會變。減哪個數好？",
        ),
        "other": (
            "Exponential first, then divide by the sum of the exponentials.",
            "先取指數，再除以所有指數的總和。",
        ),
    },
)
def softmax(logits: list[float]) -> list[float]:
    most = max(logits)
    raised = [math.exp(z - most) for z in logits]
    return [r / sum(raised) for r in raised]


_LOGITS = torch.tensor([[0.3, -1.0, 2.0], [1.0, 0.0, 5.0], [-0.5, 0.2, 0.1]], dtype=torch.float64)


def _check_causal(answer: Any) -> str | None:
    got = torch.as_tensor(answer(_LOGITS.clone()), dtype=torch.float64)
    if got.shape != _LOGITS.shape:
        return "other"
    if (got.triu(1).abs() > 1e-6).any():
        return "ahead" if (got.tril(-1).abs() > 1e-6).any() else "turned"
    if not torch.allclose(got.sum(1), torch.ones(3, dtype=torch.float64), atol=1e-5):
        return "after"
    raised = _LOGITS.exp().tril()
    wanted = raised / raised.sum(1, keepdim=True)
    return None if torch.allclose(got, wanted, atol=1e-5) else "other"


@exercise(
    "attention-by-hand/causal",
    check=_check_causal,
    wrong=[
        (lambda logits: logits.softmax(-1).tril(), "after"),
        (lambda logits: logits.tril().softmax(-1), "ahead"),
        (lambda logits: logits.softmax(-1), "ahead"),
        (lambda logits: logits.masked_fill(torch.ones(3, 3).tril(-1).bool(), -math.inf).softmax(-1), "turned"),
        (lambda logits: torch.eye(3), "other"),
    ],
    hints={
        "after": (
            "Masked after the softmax, the rows no longer sum to one. Mask the logits.",
            "softmax 之後才遮，每列加起來就不是 1 了。要遮的是 logit。",
        ),
        "ahead": (
            "Some word still looks ahead. The exponential of a logit of zero is one; of which logit is it zero?",
            "還有詞在往後看。logit 是 0，取指數是 1，不是沒有。哪個 logit 取指數才會是 0？",
        ),
        "turned": (
            "The wrong half: row by row, a word looks back, not ahead.",
            "遮到另一半去了：每一列都只能往前看，不能往後看。",
        ),
        "other": (
            "Minus infinity above the diagonal, then softmax along each row.",
            "對角線右上方填負無限大，再對每一列做 softmax。",
        ),
    },
)
def causal(logits: Tensor) -> Tensor:
    later = torch.ones_like(logits, dtype=torch.bool).triu(1)
    return logits.masked_fill(later, -math.inf).softmax(-1)


def _check_spread(answer: Any) -> str | None:
    got = [float(answer(d)) for d in (4, 64, 100)]
    wanted = {"": [2, 8, 10], "variance": [4, 64, 100], "one": [1, 1, 1]}
    for key, values in wanted.items():
        if all(math.isclose(a, b, rel_tol=0.02) for a, b in zip(got, values, strict=True)):
            return key or None
    return "other"


@exercise(
    "attention-by-hand/spread",
    check=_check_spread,
    wrong=[(lambda d: d, "variance"), (lambda d: 1, "one"), (lambda d: d / 2, "other")],
    hints={
        "variance": (
            "That is the variance. The standard deviation is its root.",
            "這是變異數。標準差要再開根號。",
        ),
        "one": (
            "One product has variance 1. But a dot product adds up d of them.",
            "一個乘積的變異數是 1，可是內積是 d 個乘積加起來。",
        ),
        "other": (
            "Each product q_i k_i has mean 0 and variance 1; variances of independent numbers add up.",
            "每個乘積 q_i k_i 平均是 0、變異數是 1；互相獨立的數，變異數可以直接相加。",
        ),
    },
)
def spread(d: int) -> float:
    return math.sqrt(d)


def _check_sharp(answer: Any) -> str | None:
    got = [float(answer(n, share)) for n, share in ((2, 0.5), (2, 0.9), (101, 0.9), (11, 0.99))]
    weights = [math.exp(beta) / (math.exp(beta) + n - 1) for beta, n in zip(got, (2, 2, 101, 11), strict=True)]
    if all(math.isclose(a, b, abs_tol=1e-4) for a, b in zip(weights, (0.5, 0.9, 0.9, 0.99), strict=True)):
        return None
    if math.isclose(got[1], got[2], rel_tol=1e-3):
        return "rows"
    counted = [math.exp(beta) / (math.exp(beta) + n) for beta, n in zip(got, (2, 2, 101, 11), strict=True)]
    if math.isclose(counted[2], 0.9, abs_tol=1e-4):
        return "itself"
    return "other"


@exercise(
    "attention-by-hand/sharp-enough",
    check=_check_sharp,
    wrong=[
        (lambda n, share: math.log(share / (1 - share)), "rows"),
        (lambda n, share: math.log(n * share / (1 - share)), "itself"),
        (lambda n, share: n * share, "other"),
    ],
    hints={
        "rows": (
            "The more rows, the more there are to drown out: n has to come in.",
            "列數越多，要蓋過的就越多：答案裡要有 n。",
        ),
        "itself": ("There are n - 1 *other* rows.", "「其他」的列只有 n - 1 列。"),
        "other": (
            "One row has the logit beta, n - 1 rows have the logit 0. Write down its weight and solve for beta.",
            "有一列的 logit 是 beta，其餘 n - 1 列都是 0。把那一列的權重寫出來，再解出 beta。",
        ),
    },
)
def sharp_enough(n: int, share: float) -> float:
    return math.log((n - 1) * share / (1 - share))
