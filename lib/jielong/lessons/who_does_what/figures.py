"""Pictures of what is lost without one neuron or a group of them, and groups to switch off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor

from jielong.interpretability.ablation import Neuron
from jielong.teaching.figures import Explorer, Html, heatmap, lines, show, table
from jielong.tokenizer import Tokenizer

LABELS = {
    "paris": ("ten of Paris", "Paris 的十個"),
    "cold": ("ten of cold", "cold 的十個"),
    "of": ("the “of” neuron", "讀 of 的神經元"),
    "random": ("thirty at random", "隨便三十個"),
}


def neurons_of_paris(
    neurons: Sequence[Neuron], guessed: Float[Tensor, "layers hidden"], true: Float[Tensor, " falls"]
) -> Html:
    """A table: for each neuron how far the answer's log-probability was guessed to fall without it, and how far it
    falls."""
    return table(
        [
            [(f"layer {n}", f"第 {n} 層"), i, f"{guessed[n, i]:.2f}", f"{fall:.2f}"]
            for (n, i), fall in zip(neurons, true.tolist(), strict=False)
        ],
        [("layer", "層"), ("neuron", "神經元"), ("guessed fall", "猜會掉"), ("true fall", "真的掉")],
        caption=("log-probability of Paris that is lost without it", "拿掉它，Paris 的 log 機率掉多少"),
    )


def on_the_way_to_its_mean(steps: Sequence[float], paris: Float[Tensor, " steps"], slope: Sequence[float]) -> Html:
    """Lines: log-probability of Paris as the neuron is taken to its mean, as it is and by the slope at the start."""
    return show(
        lines(
            [10 * step for step in steps],
            {"true": paris.tolist()},
            control={"by the slope": slope},
            x_label="tenths of the way to its mean",
            y_label="log-probability of Paris",
        ),
        alt=(
            f"Log-probability of Paris: {paris[0]:.2f} at first, {paris[7]:.2f} after seven tenths, "
            f"{paris[-1]:.2f} last.",
            f"Paris 的 log 機率：一開始 {paris[0]:.2f}，走到十分之七 {paris[7]:.2f}，走完 {paris[-1]:.2f}。",
        ),
        zh={
            "true": "真的",
            "by the slope": "照斜率猜",
            "tenths of the way to its mean": "往平均走了十分之幾",
            "log-probability of Paris": "Paris 的 log 機率",
        },
    )


def costs_of_holding(costs: Mapping[str, Sequence[float]], neurons: Sequence[Neuron]) -> Html:
    """A table: what it costs in loss to hold each neuron at a value, by the value."""
    zh = {
        "zero, everywhere": "歸零，每個位置",
        "zero, but not at the first": "歸零，第一個位置不動",
        "mean, first counted in": "平均，把第一個位置算進去",
        "mean, first left out": "平均，不算第一個位置",
    }
    return table(
        [[(way, zh[way]), *(f"{cost:+.3f}" for cost in some)] for way, some in costs.items()],
        [("held at", "換成什麼"), *((f"layer {n}, neuron {i}", f"第 {n} 層 {i} 號") for n, i in neurons)],
        caption=("loss on Alice, more than intact (nats a word)", "讀《愛麗絲》的 loss 增加多少"),
    )


def falls_by_count(counts: Sequence[int], curves: Mapping[str, Sequence[float]], chance: Sequence[float]) -> Html:
    """Lines: how far each answer's log-probability falls, by how many of its neurons are gone.

    chance: each answer's fall with as many neurons as the last of the counts, drawn by lot.
    """
    zero = [0.0] * (len(counts) - 1) + [sum(chance) / len(chance)]
    falls = [f"{word} {curve[-1]:.1f}" for word, curve in curves.items()]
    return show(
        lines(
            counts,
            curves,
            control={"random": zero},
            log_x=True,
            x_label="neurons removed",
            y_label="fall of log-probability",
        ),
        alt=(
            f"Fall of the answer's log-probability with 30 neurons removed: {', '.join(falls)}; random {zero[-1]:.2f}.",
            f"拿掉 30 個神經元，答案的 log 機率掉了：{'、'.join(falls)}；隨便挑的 {zero[-1]:.2f}。",
        ),
        zh={"neurons removed": "拿掉幾個神經元", "fall of log-probability": "log 機率掉多少", "random": "隨便挑"},
        same=list(curves),
    )


def whose_neurons(matrix: Float[Tensor, "groups questions"], names: Sequence[str]) -> Html:
    """A map: how far each answer's log-probability falls without the ten neurons of each, and without thirty by lot."""
    fig = heatmap(
        matrix.clamp(min=0),
        rows=[*names, "thirty at random"],
        columns=names,
        x_label="question",
        y_label="ten neurons of",
        number=".1f",
    )
    fig.axes[0].get_yticklabels()[-1].set_gid(None)  # the only row that is no quotation
    return show(
        fig,
        alt=(
            f"Falls of log-probability without the ten of Paris: Paris {matrix[0, 0]:.1f}, Tokyo {matrix[0, 1]:.1f},"
            f" cold {matrix[0, 2]:.1f}.",
            f"log 機率掉多少。拿掉 Paris 的十個：Paris {matrix[0, 0]:.1f}、Tokyo {matrix[0, 1]:.1f}、"
            f"cold {matrix[0, 2]:.1f}。",
        ),
        zh={"question": "問題", "ten neurons of": "拿掉誰的十個", "thirty at random": "隨便三十個"},
        same=names,
    )


def groups_to_switch_off(
    tokenizer: Tokenizer,
    questions: Mapping[str, str],
    groups: Sequence[str],
    said: Mapping[tuple[str, str], Mapping[tuple[int, ...], Float[Tensor, " words"]]],
) -> Explorer:
    """The next word's probabilities, by the text, by what off means, and by which groups of neurons are off.

    groups: names in LABELS. said: by text and meaning, and then by each group's switch (1: off).
    """

    def frame(question: str, how: str, **switches: int) -> dict[str, Any]:
        probabilities = said[question, how]
        now = probabilities[tuple(switches[name] for name in groups)]
        return _next_words(tokenizer, questions[question], now, before=probabilities[(0,) * len(groups)])

    meanings = [("at its mean", "換成平均"), ("zero", "歸零")]
    on_off = {"values": [0, 1], "options": [("working", "照常"), ("off", "關掉")]}
    texts = {"values": list(questions), "options": [(question, question) for question in questions]}
    return Explorer(
        controls=[
            {"name": "question", "label": ("the text", "文字"), **texts},
            {"name": "how", "label": ("off means", "關掉的意思是"), "values": ["mean", "zero"], "options": meanings},
            *({"name": name, "label": LABELS[name], **on_off, "start": int(name == "paris")} for name in groups),
        ],
        frames=frame,
        alt=(
            "Groups of neurons to switch off, and the next word's probabilities",
            "可以開關的幾組神經元，以及下一個字的機率",
        ),
    )


def _next_words(
    tokenizer: Tokenizer, answer: str, now: Float[Tensor, " words"], before: Float[Tensor, " words"]
) -> dict[str, Any]:
    """The answer's probability, and beside it those of the five likeliest other words."""
    token, word = tokenizer.encode(answer)[0], answer.strip()
    top = [token] + [i for i in now.topk(6).indices.tolist() if i != token][:5]
    number = {"label": (f"probability of “{word}”", f"「{word}」的機率"), "value": now[token].item()}
    bars = {
        "labels": [_seen_as(tokenizer, i) for i in top],
        "values": now[top].tolist(),
        "control": before[top].tolist(),
    }
    return {
        "numbers": [{**number, "control": before[token].item(), "control_label": ("intact", "原本"), "format": ".2f"}],
        "bars": {**bars, "verbatim": True, "range": [0, 1]},
    }


def _seen_as(tokenizer: Tokenizer, token: int) -> str:
    return tokenizer.decode([token]).replace("\n", "↵").strip() or "␣"
