"""What the lesson shows: the race to step through, and what comes after it, with words in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jielong.teaching.figures import Explorer, Html, lines, show

RACERS = {
    "attention": ("attention", "attention"),
    "lstm": ("LSTM", "LSTM"),
    "linear": ("linear", "linear"),
    "retention": ("RetNet", "RetNet"),
    "gated": ("gated (Mamba-2)", "gated（Mamba-2）"),
    "mamba": ("Mamba", "Mamba"),
    "delta": ("DeltaNet", "DeltaNet"),
    "gated_delta": ("gated DeltaNet", "gated DeltaNet"),
    "gated+attention": ("gated + attention", "gated＋attention"),
}


def step_by_step(names: Sequence[str], steps: Sequence[int], losses: Callable[[int], Sequence[float]]) -> Explorer:
    """Each racer's training loss as the race goes on.

    losses: step -> the losses, one for each of ``names``.
    """
    title = ("training loss, nats a letter", "訓練的 loss，每個字母幾 nat")

    def frame(step: int) -> dict[str, Any]:
        labels = [RACERS[name] for name in names]
        return {"bars": {"labels": labels, "values": losses(step), "range": [0, 3.2], "title": title}}

    return Explorer(
        [{"name": "step", "label": ("step", "第幾步"), "values": steps, "start": steps[-1]}],
        frame,
        alt=("The race, step by step", "一步一步看比賽"),
    )


def beyond_practice(losses: Mapping[str, Sequence[float]]) -> Html:
    """The loss in each quarter of texts that are four times as long as those of the practice."""
    en, zh = ({name: RACERS[name][k] for name in losses} for k in (0, 1))
    x_label, y_label = "quarter of a text four times as long", "loss, nats a letter"
    quarters = {name: (loss[0], loss[3]) for name, loss in losses.items()}
    return show(
        lines([1, 2, 3, 4], {en[name]: loss for name, loss in losses.items()}, x_label=x_label, y_label=y_label),
        alt=(
            "Loss beyond the training length: "
            + ", ".join(
                f"{en[name]} {first:.2f} in the first quarter, {last:.2f} in the last"
                for name, (first, last) in quarters.items()
            )
            + ".",
            "超過訓練長度之後的 loss："
            + "，".join(
                f"{zh[name]} 第一段 {first:.2f}，最後一段 {last:.2f}" for name, (first, last) in quarters.items()
            )
            + "。",
        ),
        zh=dict(RACERS.values()) | {x_label: "四倍長的文章，第幾段", y_label: "loss，每個字母幾 nat"},
    )
