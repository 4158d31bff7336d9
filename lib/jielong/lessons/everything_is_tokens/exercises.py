"""Exercises of "Everything is tokens": counting spellings, the law of quiet, and a sequence turned around."""

from __future__ import annotations

from typing import Any

import numpy as np

from jielong import tokens
from jielong.teaching.exercises import exercise


def _check_spellings(answer: Any) -> str | None:
    if answer == 40:
        return None
    if answer == 39:
        return "just-short"
    return "ratio" if answer in (11, 12, 361, 362) else "other"


@exercise(
    "everything-is-tokens/spellings",
    check=_check_spellings,
    wrong=[(39, "just-short"), (12, "ratio"), (64, "other")],
    hints={
        "just-short": (
            "Rounded the wrong way: compare 96 ** 39 with 17 ** 64 in Python, which counts exactly.",
            "進位的方向反了：用 Python 比一下 96 ** 39 跟 17 ** 64，它的整數是精確的。",
        ),
        "ratio": (
            "Symbols don't trade in proportion. Each further token multiplies the number of spellings.",
            "符號數不是按比例換算的。每多一個 token，拼法的數目是「乘」上去的。",
        ),
        "other": (
            "Look for the smallest n with 96 ** n >= 17 ** 64. A loop will do, or a ratio of logarithms.",
            "找最小的 n，讓 96 ** n >= 17 ** 64。寫個迴圈，或者用對數相除都可以。",
        ),
    },
)
def spellings() -> int:
    n = 0
    while 96**n < 17**64:
        n += 1
    return n


def _check_warp(answer: Any) -> str | None:
    x = np.array([-1.0, -0.25, -0.01, 0.0, 0.01, 0.25, 1.0])
    true = np.sign(x) * np.log1p(255 * np.abs(x)) / np.log1p(255)
    got = np.array([answer(v) for v in x], dtype=float)
    if np.allclose(got, true, atol=1e-6):
        return None
    if np.allclose(got, np.abs(true), atol=1e-6):
        return "sign"
    return "scale" if np.allclose(got, true * np.log(256), atol=1e-6) else "other"


@exercise(
    "everything-is-tokens/warp",
    check=_check_warp,
    wrong=[
        (lambda x: np.log(1 + 255 * abs(x)) / np.log(256), "sign"),
        (lambda x: np.sign(x) * np.log(1 + 255 * abs(x)), "scale"),
        (lambda x: x * 255, "other"),
    ],
    hints={
        "sign": (
            "Right for positive samples. A wave also swings below zero, and has to come back from there.",
            "正的樣本對了。可是波形也會擺到零以下，負號要留著。",
        ),
        "scale": (
            "The right shape, but a sample of 1 must stay 1: divide by the largest value it can take.",
            "形狀對了，但樣本是 1 的時候應該還是 1：要除以它可能的最大值。",
        ),
        "other": (
            "Warp the size and keep the sign: log(1 + 255 |x|) / log(256), times the sign of x.",
            "把大小彎一下、正負號留著：log(1 + 255 |x|) / log(256)，再乘上 x 的正負號。",
        ),
    },
)
def warp(x: float) -> float:
    return np.sign(x) * np.log(1 + 255 * abs(x)) / np.log(256)


_PICTURE = np.arange(64).reshape(8, 8) % 17


def _check_turned(answer: Any) -> str | None:
    got, pixels, name = list(answer(_PICTURE, "7")), tokens.encode_picture(_PICTURE), tokens.encode_text("7")
    body = [tokens.PICTURE, *pixels, tokens.TEXT, *name]
    if got == [*body, tokens.END]:
        return None
    if got == body:
        return "no-end"
    if got == [tokens.TEXT, *name, tokens.PICTURE, *pixels, tokens.END]:
        return "same-order"
    return "no-sign" if got == [*pixels, *name, tokens.END] else "other"


@exercise(
    "everything-is-tokens/turned-around",
    check=_check_turned,
    wrong=[
        (lambda p, n: [tokens.PICTURE, *tokens.encode_picture(p), tokens.TEXT, *tokens.encode_text(n)], "no-end"),
        (
            lambda p, n: [tokens.TEXT, *tokens.encode_text(n), tokens.PICTURE, *tokens.encode_picture(p), tokens.END],
            "same-order",
        ),
        (lambda p, n: [*tokens.encode_picture(p), *tokens.encode_text(n), tokens.END], "no-sign"),
        (lambda p, n: tokens.encode_text(n), "other"),
    ],
    hints={
        "no-end": (
            "Everything in its place, but how will the model know when to stop?",
            "順序都對，可是模型怎麼知道什麼時候該停？",
        ),
        "same-order": (
            "That is drawing again: the name first. To read, the picture has to come before its name.",
            "這還是在畫圖：名字在前面。要讓模型看圖，圖得放在名字前面。",
        ),
        "no-sign": (
            "Say what is coming: a <picture> before the pixels, a <text> before the name.",
            "要先說接下來是什麼：像素前面放 <picture>，名字前面放 <text>。",
        ),
        "other": (
            "Five parts, in this order: <picture>, the pixels, <text>, the name, <end>.",
            "依序五個部分：<picture>、像素、<text>、名字、<end>。",
        ),
    },
)
def turned_around(picture: np.ndarray, name: str) -> list[int]:
    question = [tokens.PICTURE, *tokens.encode_picture(picture)]
    answer = [tokens.TEXT, *tokens.encode_text(name), tokens.END]
    return question + answer
