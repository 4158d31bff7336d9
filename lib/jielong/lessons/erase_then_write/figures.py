"""What the lesson shows: charts, tables, and memories to step through, with their words in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.teaching.figures import Explorer, Html, Memory, lines, show, table
from jielong.toys.recall import corrections, told, watch

EVERY = 10  # steps of the stream that are one point of a curve
PEOPLE = ["Ada", "Bo", "Cy", "Di", "Eve", "Fay"]
ROOMS = [(f"room {n}", f"{n} 號房") for n in range(1, 5)]
FOUR_PORTERS = {
    "adds": ("adds", "直接加"),
    "fades": ("fades (RetNet)", "逐漸褪色（RetNet）"),
    "wipes": ("wipes (a gate)", "整塊擦掉（閘門）"),
    "erases": ("erases (delta)", "只擦一個（delta）"),
}
PORTERS = {"adds": "直接加", "gate": "閘門", "delta": "delta", "gated delta": "閘門＋delta"}
RULES = {"adds": "直接加", "fades": "褪色", "erases": "先擦"}
TITANS = {"a matrix": "一個矩陣", "two layers": "兩層", "and momentum": "再加 momentum"}
STREAM = {"pairs seen": "看過幾對", "squared error of the guess": "猜的平方誤差"}


def two_guests_replaced(
    story: Sequence[tuple[Any, ...]],
    rooms: Float[Tensor, "4 d"],
    rules: Mapping[str, tuple[Callable[..., tuple[Tensor, Tensor]], Mapping[str, Float[Tensor, " time"]]]],
) -> Memory:
    """Who is in which room, told to memories that add, fade, wipe and erase; then two guests are replaced.

    story: see `told`; guests are `PEOPLE`. rooms: their keys. rules: by name in `FOUR_PORTERS`, a recurrent form and
    its gates, step by step.
    """
    people = torch.eye(len(PEOPLE))
    k, v = told(story, rooms, people)
    return Memory(
        {"names": ROOMS, "vectors": rooms},
        {"names": PEOPLE, "vectors": people},
        story,
        [_watched(k, v, name, *rule) for name, rule in rules.items()],
        alt=(
            "Four memories, told who is in which room; two guests are replaced",
            "四個記憶，告訴它們誰住哪一間；其中兩位房客換了人",
        ),
        start=5,
    )


def _watched(
    k: Float[Tensor, "time d_k"],
    v: Float[Tensor, "time d_v"],
    name: str,
    form: Callable[..., tuple[Tensor, Tensor]],
    gates: Mapping[str, Float[Tensor, " time"]],
) -> dict[str, Any]:
    """A rule's memory after each step, and what else it does: what its gate keeps, or what it writes."""
    memory = watch(form, k, v, **gates)
    strips = {}
    if "decay" in gates:
        strips["kept"] = gates["decay"].exp()[:, None]
    if "beta" in gates:
        strips["written"] = corrections(k, v, memory)
    return {"name": FOUR_PORTERS[name], "memory": memory} | strips


def error_by_writes(times: Sequence[int], errors: Mapping[str, Float[Tensor, "seeds times"]]) -> Html:
    """What a reading is off, by how often each key was written: adding, fading, erasing."""
    fig = lines(
        times,
        {name: rows.clamp(min=0) for name, rows in errors.items()},
        x_label="times each key was written",
        y_label="squared error",
    )
    last = {name: rows[:, -1].mean() for name, rows in errors.items()}
    return show(
        fig,
        zh=RULES | {"times each key was written": "每個 key 寫了幾次", "squared error": "平方誤差"},
        alt=(
            "After eight writes at each key: " + ", ".join(f"{name} {error:.2f}" for name, error in last.items()) + ".",
            "每個 key 寫八次之後的平方誤差："
            + "，".join(f"{RULES[name]} {error:.2f}" for name, error in last.items())
            + "。",
        ),
    )


def stream_to_guess(errors: Callable[[float, float], Float[Tensor, " steps"]]) -> Explorer:
    """How well a memory guesses a stream whose map changes, by beta and by the noise in the values.

    errors: (beta, noise) -> the squared error of each guess.
    """

    def frame(beta: float, noise: float) -> dict[str, Any]:
        return _numbers_and_curve(errors(beta, noise))

    betas = {"name": "beta", "label": ("beta", "beta"), "values": [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0]}
    noises = {"name": "noise", "label": ("noise in the values", "value 的雜訊"), "values": [0.0, 0.5, 1.0]}
    return Explorer(
        [betas | {"format": ".2f", "start": 0.4}, noises | {"format": ".1f"}],
        frame,
        alt=(
            "How well a memory guesses a stream whose map changes at step 200",
            "記憶猜得多準；第 200 步時，規則換了一個",
        ),
    )


def _numbers_and_curve(error: Float[Tensor, " steps"]) -> dict[str, Any]:
    late = {("error, steps 150 to 200", "第 150 到 200 步的誤差"): error[150:200]}
    late |= {("just after the change", "剛換過之後"): error[200:250]}
    curve = {"label": ("error", "誤差"), "y": error.view(-1, EVERY).mean(1).round(decimals=3).tolist()}
    x_label, y_label = STREAM.items()
    return {
        "numbers": [{"label": label, "value": part.mean().item(), "format": ".2f"} for label, part in late.items()],
        "lines": {"x": list(range(EVERY, len(error) + 1, EVERY)), "series": [curve], "range": [0, 2]}
        | {"x_label": x_label, "y_label": y_label},
    }


def change_of_rules(curves: Mapping[str, Float[Tensor, "seeds steps"]]) -> Html:
    """How well four memories guess a stream whose map changes at step 200."""
    means = {name: rows.view(len(rows), -1, EVERY).mean(-1) for name, rows in curves.items()}
    fig = lines(range(EVERY, 401, EVERY), means, x_label="pairs seen", y_label="squared error of the guess")
    fig.axes[0].axvline(200, color="black", linewidth=0.8, linestyle=":")
    fig.axes[0].set_ylim(0, 2.2)
    words = {name: name.replace("mean of all", "全部平均") for name in curves}
    late = {name: rows[:, 250:].mean(-1).mean() for name, rows in curves.items()}
    return show(
        fig,
        zh=words | STREAM,
        alt=(
            "Error after the change, steps 250 to 400: "
            + ", ".join(f"{name} {error:.2f}" for name, error in late.items())
            + ".",
            "換過之後（第 250 到 400 步）的誤差："
            + "，".join(f"{words[name]} {error:.2f}" for name, error in late.items())
            + "。",
        ),
    )


def porters_compared(kept: Mapping[str, Float[Tensor, "seeds cases"]]) -> Html:
    """How many rooms each porter gets right: one guest today, replaced at noon, empty since the night."""
    return table(
        [[(name, PORTERS[name]), *(f"{right:.2f}" for right in rows.mean(0))] for name, rows in kept.items()],
        [
            ("the porter", "門房"),
            ("one guest today", "今天一位客人"),
            ("replaced at noon", "中午換人"),
            ("empty since the night", "昨晚之後空著"),
        ],
    )


def deeper_memories(errors: Mapping[str, Float[Tensor, "seeds steps"]]) -> Html:
    """How well a matrix, two layers, and two layers with momentum guess the guests of three hotels."""
    means = {name: rows.view(len(rows), -1, 25).mean(-1) for name, rows in errors.items()}
    last = {name: rows[:, -100:].mean() for name, rows in errors.items()}
    return show(
        lines(range(25, 601, 25), means, x_label="pairs seen", y_label="squared error of the guess"),
        zh=TITANS | STREAM,
        alt=(
            "Error in the last hundred of 600 pairs: "
            + ", ".join(f"{name} {error:.2f}" for name, error in last.items())
            + ".",
            "600 對中最後一百對的誤差："
            + "，".join(f"{TITANS[name]} {error:.2f}" for name, error in last.items())
            + "。",
        ),
    )
