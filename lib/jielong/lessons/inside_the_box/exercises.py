"""Exercises of "Inside the box": counting one layer, the memory of a cache, one step of gradient descent."""

from __future__ import annotations

from typing import Any

import torch

from jielong.mixers import Attention, MixerConfig
from jielong.teaching.exercises import exercise


def _check_projections(count: Any) -> str | None:
    for width, heads, kv_heads in ((576, 9, 3), (64, 4, 4), (4096, 32, 8)):
        with torch.device("meta"):  # shapes only
            layer = Attention(MixerConfig(width, heads, kv_heads))
        true, got = sum(p.numel() for p in layer.parameters()), count(width, heads, kv_heads)
        if got == true:
            continue
        if got == 4 * width * width:
            return "not-grouped"
        return "no-output" if got == true - width * width else "other"
    return None


@exercise(
    "inside-the-box/projections",
    check=_check_projections,
    wrong=[
        (lambda width, heads, kv_heads: 4 * width * width, "not-grouped"),
        (lambda width, heads, kv_heads: width * width + 2 * width * (width // heads) * kv_heads, "no-output"),
        (lambda width, heads, kv_heads: 2 * width + 2 * kv_heads, "other"),
    ],
    hints={
        "not-grouped": (
            "Right if every head had its own key and value. Here only kv_heads of them do: how wide are K and V then?",
            "如果每個 head 都有自己的 key 跟 value，這樣就對了。但這裡只有 kv_heads 組，那 K 跟 V 的寬度是多少？",
        ),
        "no-output": (
            "Close: after the heads have read, one more matrix puts their results back on the residual stream.",
            "很接近了：每個 head 讀完之後，還有一個矩陣把結果寫回 residual stream。",
        ),
        "other": (
            "A matrix from a to b numbers has a × b parameters. Write down the shapes of q, k, v and o first.",
            "從 a 個數字變成 b 個數字的矩陣，有 a × b 個參數。先把 q、k、v、o 的形狀寫下來。",
        ),
    },
)
def projections(width: int, heads: int, kv_heads: int) -> int:
    head_width = width // heads
    q = o = width * heads * head_width
    k = v = width * kv_heads * head_width
    return q + k + v + o


_CACHE = 2 * 32 * 32 * 128 * 4096 * 2


def _check_cache(answer: Any) -> str | None:
    if answer == _CACHE:
        return None
    if answer * 2 == _CACHE:
        return "half"
    return "one-layer" if answer * 32 == _CACHE else "other"


@exercise(
    "inside-the-box/cache",
    check=_check_cache,
    wrong=[(_CACHE // 2, "half"), (_CACHE // 32, "one-layer"), (4096 * 4096, "other")],
    hints={
        "half": (
            "Half of it. Either the values are missing beside the keys, or each number has 2 bytes and you counted 1.",
            "少了一半。要嘛只算了 key 忘了 value，要嘛一個數字佔 2 個 byte 你只算了 1 個。",
        ),
        "one-layer": (
            "That is one layer, or one head. There are 32 of each, and every one keeps its own.",
            "這只是一層，或是一個 head。層跟 head 都有 32 個，每一個都要自己存一份。",
        ),
        "other": (
            "For each position: a key and a value, in each layer, in each head, of 128 numbers, of 2 bytes.",
            "每個位置要存：一個 key 跟一個 value，每一層、每個 head 都要，各 128 個數字，一個數字 2 個 byte。",
        ),
    },
)
def cache() -> int:
    keys_and_values, layers, heads, head_width, positions, bytes_each = 2, 32, 32, 128, 4096, 2
    return keys_and_values * layers * heads * head_width * positions * bytes_each


def _check_step(step: Any) -> str | None:
    x, y = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1.0, 3.0, 2.0])
    theta = torch.tensor([0.5, -1.0])
    error = theta[0] * x + theta[1] - y
    gradient = torch.stack([(2 * error * x).mean(), (2 * error).mean()])
    got = torch.as_tensor(step(theta.clone(), x, y, 0.1), dtype=torch.float32)
    if torch.allclose(got, theta - 0.1 * gradient, atol=1e-5):
        return None
    if torch.allclose(got, theta + 0.1 * gradient, atol=1e-5):
        return "uphill"
    if torch.allclose(got, theta - 0.1 * 3 * gradient, atol=1e-5):
        return "sum"
    return "other"


def _step(theta: torch.Tensor, x: torch.Tensor, y: torch.Tensor, size: float) -> torch.Tensor:
    error = theta[0] * x + theta[1] - y
    return size * 2 * torch.stack([(error * x).mean(), error.mean()])


@exercise(
    "inside-the-box/step",
    check=_check_step,
    wrong=[
        (lambda theta, x, y, lr: theta + _step(theta, x, y, lr), "uphill"),
        (lambda theta, x, y, lr: theta - len(x) * _step(theta, x, y, lr), "sum"),
        (lambda theta, x, y, lr: theta - lr, "other"),
    ],
    hints={
        "uphill": (
            "You walked uphill: the gradient points to where the loss grows.",
            "你往上坡走了：梯度指的是 loss 變大的方向。",
        ),
        "sum": (
            "Right direction, but a step as many times too long as there are flowers: the loss is a mean, not a sum.",
            "方向對，但步伐大了好幾倍，剛好是花的數目：loss 是平均，不是總和。",
        ),
        "other": (
            "The loss is mean((a x + b - y)²). Differentiate it once by a and once by b, or ask torch.autograd.",
            "loss 是 mean((a x + b - y)²)。分別對 a 跟 b 微分，或是請 torch.autograd 幫忙。",
        ),
    },
)
def step(theta: torch.Tensor, x: torch.Tensor, y: torch.Tensor, lr: float) -> torch.Tensor:
    error = theta[0] * x + theta[1] - y
    gradient = torch.stack([(2 * error * x).mean(), (2 * error).mean()])
    return theta - lr * gradient
