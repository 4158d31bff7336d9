"""Exercises of "Who does what?": hold a neuron, guess its effect, compare groups."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.teaching.exercises import exercise

Neuron = tuple[int, int]


def _in_place(x: Tensor, k: int, value: float) -> Tensor:
    x[:, 1:, k] = value
    return x


def _everywhere(x: Tensor, k: int, value: float) -> Tensor:
    x = x.clone()
    x[..., k] = value
    return x


def _all_units(x: Tensor, k: int, value: float) -> Tensor:
    x = x.clone()
    x[:, 1:] = value
    return x


def _check_hold(answer: Any) -> str | None:
    x = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0))
    before = x.clone()
    got = torch.as_tensor(answer(x, 3, 0.5))
    if not torch.equal(x, before):
        return "in-place"
    if got.shape != x.shape:
        return "other"
    if torch.equal(got, hold(x, 3, 0.5)):
        return None
    return "first" if torch.equal(got, _everywhere(x, 3, 0.5)) else "other"


@exercise(
    "who-does-what/hold",
    check=_check_hold,
    wrong=[(_everywhere, "first"), (_in_place, "in-place"), (_all_units, "other")],
    hints={
        "first": (
            "You held it at the first position, too, where many neurons do another job.",
            "你連第一個位置也換掉了；很多神經元在那裡另有任務。",
        ),
        "in-place": (
            "You wrote into x itself. Make a copy first: x.clone().",
            "你直接改到 x 了。先複製一份：x.clone()。",
        ),
        "other": (
            "Only neuron k, the last axis, and positions from 1 on, the middle axis: [:, 1:, k].",
            "只改最後一軸的第 k 個，中間那軸從位置 1 開始：[:, 1:, k]。",
        ),
    },
)
def hold(x: Float[Tensor, "batch time hidden"], k: int, value: float) -> Float[Tensor, "batch time hidden"]:
    x = x.clone()
    x[:, 1:, k] = value
    return x


def _check_guess(answer: Any) -> str | None:
    slope, activation = torch.randn(2, 6, generator=torch.Generator().manual_seed(1))
    mean = 0.4
    got = float(answer(slope, activation, mean))
    known = {
        None: guess(slope, activation, mean),
        "sign": -guess(slope, activation, mean),
        "first": (slope * (activation - mean)).sum(),
        "zero": (slope * activation)[1:].sum(),
    }
    return next((hint for hint, value in known.items() if abs(got - float(value)) < 1e-4), "other")


@exercise(
    "who-does-what/guess",
    check=_check_guess,
    wrong=[
        (lambda slope, activation, mean: (slope * (mean - activation))[1:].sum(), "sign"),
        (lambda slope, activation, mean: (slope * (activation - mean)).sum(), "first"),
        (lambda slope, activation, mean: (slope * activation)[1:].sum(), "zero"),
        (lambda slope, activation, mean: (slope * (activation - mean))[1:].mean(), "other"),
    ],
    hints={
        "sign": (
            "That is how far it would rise. The neuron goes from activation to mean, and we ask for the fall.",
            "你算的是會上升多少。神經元是從 activation 走到 mean，問的是會掉多少。",
        ),
        "first": (
            "You counted the first position in.",
            "你把第一個位置也算進去了。",
        ),
        "zero": (
            "That is a guess for zero: the way to the mean is activation − mean.",
            "這是歸零的猜法；走到平均的路程是 activation − mean。",
        ),
        "other": (
            "Slope times way, activation − mean, at each position from 1 on, all added up.",
            "每個位置的斜率乘上路程 activation − mean，從位置 1 開始，全部加起來。",
        ),
    },
)
def guess(slope: Float[Tensor, " time"], activation: Float[Tensor, " time"], mean: float) -> Tensor:
    return (slope * (activation - mean))[1:].sum()


def _check_overlap(answer: Any) -> str | None:
    a, b = [(0, 5), (1, 5), (2, 7), (9, 1)], [(2, 7), (5, 0), (0, 5), (3, 3), (1, 6)]
    got = float(answer(a, b))
    known = {
        None: overlap(a, b),
        "count": 2.0,
        "layers": 0.75,
        "of-b": 2 / 5,
        "union": 2 / 7,
    }
    return next((hint for hint, value in known.items() if abs(got - value) < 1e-6), "other")


@exercise(
    "who-does-what/overlap",
    check=_check_overlap,
    wrong=[
        (lambda a, b: len(set(a) & set(b)), "count"),
        (lambda a, b: len({n for n, _ in a} & {n for n, _ in b}) / len(a), "layers"),
        (lambda a, b: len(set(a) & set(b)) / len(b), "of-b"),
        (lambda a, b: len(set(a) & set(b)) / len(set(a) | set(b)), "union"),
        (lambda a, b: 0.0, "other"),
    ],
    hints={
        "count": (
            "You counted them. A share is wanted: divide by how many a has.",
            "你數了有幾個。要的是比例：再除以 a 有幾個。",
        ),
        "layers": (
            "Those are layers in common. A neuron is a layer and a number, both.",
            "你比的是層。神經元要層和編號都一樣才算。",
        ),
        "of-b": ("You divided by the size of b. It is a share of a.", "你除以 b 的大小了。要的是占 a 的比例。"),
        "union": (
            "You divided by all neurons of both groups. It is a share of a.",
            "你除以兩組的聯集了。要的是占 a 的比例。",
        ),
        "other": (
            "How many of a's neurons are in b, divided by how many a has?",
            "a 裡面有幾個也在 b 裡？除以 a 有幾個。",
        ),
    },
)
def overlap(a: list[Neuron], b: list[Neuron]) -> float:
    return len(set(a) & set(b)) / len(a)
