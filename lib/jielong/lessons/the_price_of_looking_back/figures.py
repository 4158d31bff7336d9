"""What the lesson shows: charts of time, and a bill to play with, with their words in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jielong.teaching.figures import Explorer, Html, lines, show


def time_of_a_word(lengths: Sequence[int], milliseconds: Mapping[str, Sequence[float]]) -> Html:
    """How long one step takes, by how much was read before."""
    x_label, y_label = "thousand words read so far", "milliseconds a word"
    return show(
        lines([length // 1024 for length in lengths], milliseconds, x_label=x_label, y_label=y_label, log_x=True),
        volatile=True,
        zh={x_label: "已經讀了幾千個字", y_label: "每個字幾毫秒"},
        same=["attention", "linear", "lstm"],
        alt=(
            "Time of one step against the length of what was read: attention's line bends up and up, the other two "
            "stay flat on the floor.",
            "走一步要的時間，對已經讀了多長：attention 的線一直往上彎，另外兩條貼著地板。",
        ),
    )


def bill_of_a_word(models: Sequence[str], gigabytes: Callable[[str, int], Sequence[float]]) -> Explorer:
    """What a model has to read before it writes one more word.

    gigabytes: (model, words so far) -> its weights, the cache of attention, one matrix a head.
    """
    labels = [
        ("the weights", "權重"),
        ("attention's cache", "attention 的 cache"),
        ("one matrix a head", "每個 head 一個矩陣"),
    ]
    title = ("gigabytes to read for one word, at 2 bytes a number", "寫一個字要讀幾 GB（一個數字 2 byte）")

    def frame(model: str, length: int) -> dict[str, Any]:
        giga = gigabytes(model, length)
        values = {"values": [float(f"{g:.3g}") for g in giga], "range": [0, max(giga)], "format": ".3f"}
        return {"bars": {"labels": labels, "title": title} | values}

    lengths = {"values": [2**k for k in range(10, 21)], "start": 8192, "format": ",d"}
    return Explorer(
        [
            {"name": "model", "label": ("model", "模型"), "values": models, "options": [(m, m) for m in models]},
            {"name": "length", "label": ("words so far", "已經有幾個字")} | lengths,
        ],
        frame,
        alt=("What a model has to read before it writes one more word", "模型每寫一個字之前，得先讀多少東西"),
    )


def training_speed(sizes: Sequence[int], speed: Mapping[str, Sequence[float]]) -> Html:
    """How many words a second can be learned from, by the length of the text."""
    x_label, y_label = "length of the text", "thousand words a second"
    return show(
        lines(sizes, speed, x_label=x_label, y_label=y_label, log_x=True),
        volatile=True,
        zh={x_label: "文章長度", y_label: "每秒幾千個字"},
        same=["attention", "rnn", "linear"],
        alt=(
            "Training speed against length: attention is fastest on short texts and falls; the RNN stays low; linear "
            "attention stays high on long ones.",
            "訓練速度對文章長度：短文 attention 最快，越長越慢；RNN 一直很慢；linear attention 到長文還是很快。",
        ),
    )
