"""Exercises of "One pass, by hand": a gated neuron, shares of a logit, how many there are."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from jielong.teaching.exercises import exercise


def _check_neuron(answer: Any) -> str | None:
    x, gate, up = torch.randn(3, 12, generator=torch.Generator().manual_seed(0))
    got, a, b = float(answer(x, gate, up)), float(x @ gate), float(x @ up)
    known = {
        float(neuron(x, gate, up)): None,
        a * b: "no-bend",
        a * float(F.silu(torch.tensor(b))): "swapped",
        float(torch.sigmoid(torch.tensor(a))) * b: "sigmoid",
    }
    return next((hint for value, hint in known.items() if abs(got - value) < 1e-4), "other")


@exercise(
    "one-pass-by-hand/neuron",
    check=_check_neuron,
    wrong=[
        (lambda x, gate, up: (x @ gate) * (x @ up), "no-bend"),
        (lambda x, gate, up: (x @ gate) * F.silu(x @ up), "swapped"),
        (lambda x, gate, up: torch.sigmoid(x @ gate) * (x @ up), "sigmoid"),
        (lambda x, gate, up: F.relu(x @ gate) * (x @ up), "other"),
    ],
    hints={
        "no-bend": (
            "Both sums are right, but nothing is bent. Without a bend, layers of neurons collapse into one matrix.",
            "兩個加權總和都對，但沒有經過 activation function。少了它，疊再多層也只等於一個矩陣。",
        ),
        "swapped": (
            "You bent the second sum. It is the first one, the gate, that is bent.",
            "你彎到第二個總和了。要彎的是第一個，也就是閘門。",
        ),
        "sigmoid": (
            "silu(s) is s · sigmoid(s); you have left out the s.",
            "silu(s) 是 s · sigmoid(s)，你少乘了 s。",
        ),
        "other": (
            "s = x · gate; t = x · up; the neuron is s · sigmoid(s) · t.",
            "s = x · gate，t = x · up；神經元就是 s · sigmoid(s) · t。",
        ),
    },
)
def neuron(x: Float[Tensor, " width"], gate: Float[Tensor, " width"], up: Float[Tensor, " width"]) -> Tensor:
    s = x @ gate
    return s * torch.sigmoid(s) * (x @ up)


def _check_shares(answer: Any) -> str | None:
    generator = torch.Generator().manual_seed(0)
    parts, row = torch.randn(5, 8, generator=generator), torch.randn(8, generator=generator)
    got = torch.as_tensor(answer(parts, row)).float()
    if got.shape != (5,):
        return "shape"
    known = {
        None: shares(parts, row),
        "own-scale": (parts / parts.square().mean(-1, keepdim=True).sqrt()) @ row,
        "no-scale": parts @ row,
    }
    return next((hint for hint, value in known.items() if torch.allclose(got, value, atol=1e-4)), "other")


@exercise(
    "one-pass-by-hand/shares",
    check=_check_shares,
    wrong=[
        (lambda parts, row: (parts / parts.square().mean(-1, keepdim=True).sqrt()) @ row, "own-scale"),
        (lambda parts, row: parts @ row, "no-scale"),
        (lambda parts, row: parts.sum(0) @ row, "shape"),
        (lambda parts, row: parts / parts.sum(0).norm() @ row, "other"),
    ],
    hints={
        "own-scale": (
            "Each part is divided by its own size. The norm acts on the sum: one number for all of them.",
            "你讓每一份除以自己的大小。norm 是對總和做的：大家共用同一個數字。",
        ),
        "no-scale": (
            "You left the norm out. Divide by the root of the mean square of the parts' sum.",
            "你漏了 norm。要除以「總和的平方平均，再開根號」。",
        ),
        "shape": (
            "One number for each part is wanted, (parts): they sum to the logit.",
            "每一份都要有一個數字，形狀是 (parts)；它們加起來才是 logit。",
        ),
        "other": (
            "First the sum of the parts, then the root of the mean of its squares; all parts are divided by that.",
            "先把各份加起來，算平方的平均再開根號；每一份都除以這個數。",
        ),
    },
)
def shares(parts: Float[Tensor, "parts width"], row: Float[Tensor, " width"]) -> Float[Tensor, " parts"]:
    scale = parts.sum(0).square().mean().sqrt()
    return parts / scale @ row


def _check_how_many(answer: Any) -> str | None:
    cases = [(30, 9), (1, 1), (12, 12)]
    got = [answer(*case) for case in cases]
    known = {
        None: [how_many(*case) for case in cases],
        "no-embedding": [layers * (heads + 1) for layers, heads in cases],
        "no-feedforward": [1 + layers * heads for layers, heads in cases],
    }
    return next((hint for hint, values in known.items() if got == values), "other")


@exercise(
    "one-pass-by-hand/count",
    check=_check_how_many,
    wrong=[
        (lambda layers, heads: layers * (heads + 1), "no-embedding"),
        (lambda layers, heads: 1 + layers * heads, "no-feedforward"),
        (lambda layers, heads: layers + heads, "other"),
    ],
    hints={
        "no-embedding": (
            "The stream does not begin with nothing: what is there before the first layer?",
            "residual stream 一開始不是空的：第一層之前，上面已經有什麼？",
        ),
        "no-feedforward": (
            "You have the embedding and the heads. Each layer adds one more thing.",
            "embedding 和 head 都有了。每一層還會再加一樣東西。",
        ),
        "other": (
            "Each layer adds its heads and one feed-forward output; the embedding comes once.",
            "每一層會加上它所有的 head，再加一份 feed-forward；embedding 只有一份。",
        ),
    },
)
def how_many(layers: int, heads: int) -> int:
    return 1 + layers * (heads + 1)
