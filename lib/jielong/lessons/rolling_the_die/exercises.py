"""Exercises of "Rolling the die": temperature, the nucleus, and how unsure a distribution is."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from jielong.sampling import distribution
from jielong.teaching.exercises import exercise

_LOGITS = torch.tensor([2.0, 1.0, 0.0, -1.0])


def _close(got: Any, true: Tensor) -> bool:
    return torch.allclose(torch.as_tensor(got, dtype=torch.float32), true.float(), atol=1e-4)


def _check_temperature(answer: Any) -> str | None:
    got = answer(_LOGITS, 0.5)
    if _close(got, distribution(_LOGITS, 0.5)) and _close(answer(_LOGITS, 3.0), distribution(_LOGITS, 3.0)):
        return None
    if _close(got, distribution(_LOGITS, 2.0)):
        return "upside-down"
    return "after-softmax" if _close(got, _LOGITS.softmax(-1) / 0.5) else "other"


@exercise(
    "rolling-the-die/temperature",
    check=_check_temperature,
    wrong=[
        (lambda logits, temperature: (logits * temperature).softmax(-1), "upside-down"),
        (lambda logits, temperature: logits.softmax(-1) / temperature, "after-softmax"),
        (lambda logits, temperature: logits.softmax(-1), "other"),
    ],
    hints={
        "upside-down": (
            "Upside down: yours gets bolder as it gets colder. A low temperature must make the differences between "
            "logits larger.",
            "反了：你的溫度越低反而越大膽。溫度低，logit 之間的差距應該要變大才對。",
        ),
        "after-softmax": (
            "Those no longer sum to one. Change the logits first, and let softmax have the last word.",
            "這樣加起來就不是 1 了。先改 logit，最後才做 softmax。",
        ),
        "other": (
            "At temperature 1 it is softmax. At 0.5 every difference between two logits counts double.",
            "溫度是 1 的時候就是 softmax；溫度 0.5 的時候，兩個 logit 的差距要算兩倍。",
        ),
    },
)
def temperature(logits: Tensor, temperature: float) -> Tensor:
    return (logits / temperature).softmax(-1)


def _check_nucleus(answer: Any) -> str | None:
    p = torch.tensor([0.1, 0.5, 0.05, 0.35])
    got = torch.as_tensor(answer(p.clone(), 0.6), dtype=torch.float32)
    if _close(got, torch.tensor([0, 0.5, 0, 0.35]) / 0.85):
        return None
    if _close(got, torch.tensor([0, 1.0, 0, 0])):
        return "too-few"
    return "not-one" if _close(got, torch.tensor([0, 0.5, 0, 0.35])) else "other"


def _too_few(p: Tensor, top_p: float) -> Tensor:
    order = p.argsort(descending=True)
    kept = order[p[order].cumsum(0) <= top_p]
    return torch.zeros_like(p).index_copy(0, kept, p[kept] / p[kept].sum())


def _not_one(p: Tensor, top_p: float) -> Tensor:
    order = p.argsort(descending=True)
    kept = order[p[order].cumsum(0) - p[order] < top_p]
    return torch.zeros_like(p).index_copy(0, kept, p[kept])


@exercise(
    "rolling-the-die/nucleus",
    check=_check_nucleus,
    wrong=[(_too_few, "too-few"), (_not_one, "not-one"), (lambda p, top_p: p.where(p > top_p, 0 * p), "other")],
    hints={
        "too-few": (
            "The token that crosses the line belongs inside: keep adding until the sum is at least top_p.",
            "跨過那條線的 token 也要留下來：一直加，加到總和至少有 top_p 為止。",
        ),
        "not-one": (
            "The right tokens stay, but a die's faces must sum to one: divide by what is left.",
            "留下來的 token 是對的，但骰子各面的機率加起來要是 1：除以剩下的總和。",
        ),
        "other": (
            "Sort the probabilities, largest first, and walk down until they add up to top_p.",
            "先把機率從大排到小，再一路往下加，加到 top_p 為止。",
        ),
    },
)
def nucleus(p: Tensor, top_p: float) -> Tensor:
    order = p.argsort(descending=True)
    before = p[order].cumsum(0) - p[order]
    kept = order[before < top_p]
    result = torch.zeros_like(p)
    result[kept] = p[kept] / p[kept].sum()
    return result


def _check_entropy(answer: Any) -> str | None:
    coin, sure = torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])
    got = float(answer(coin))
    if abs(got - 1) < 1e-4:
        return None if abs(float(answer(sure))) < 1e-4 else "zero"
    if abs(got + 1) < 1e-4:
        return "sign"
    return "nats" if abs(got - math.log(2)) < 1e-4 else "other"


@exercise(
    "rolling-the-die/entropy",
    check=_check_entropy,
    wrong=[
        (lambda p: (p * p.log2()).sum(), "sign"),
        (lambda p: -(p * p.log()).sum(), "nats"),
        (lambda p: -(p * p.log2()).sum(), "zero"),
        (lambda p: -p.log2().sum(), "other"),
    ],
    hints={
        "sign": (
            "The logarithm of a probability is negative; surprise is its opposite.",
            "機率的對數是負的，驚訝的程度要取相反數。",
        ),
        "nats": (
            "Right in nats. A bit is a fair coin: take the logarithm to base 2.",
            "用 nat 算是對的。不過一個 bit 等於一枚公平的硬幣：請用以 2 為底的對數。",
        ),
        "zero": (
            "Right for the coin, but a face that never comes gives 0 × −∞. Leave faces with probability 0 out.",
            "硬幣算對了，但永遠不會出現的那一面會變成 0 × −∞。機率是 0 的面要先拿掉。",
        ),
        "other": (
            "Average the surprise −log2 p over the die's faces, each weighted by how often it comes up.",
            "把每一面的驚訝程度 −log2 p 平均起來，權重就是那一面出現的機率。",
        ),
    },
)
def entropy(p: Tensor) -> Tensor:
    seen = p[p > 0]
    return -(seen * seen.log2()).sum()
