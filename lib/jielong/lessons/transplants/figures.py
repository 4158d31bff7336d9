"""What the lesson shows: charts, and heads to look through, with their words in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor

from jielong.teaching.figures import Explorer, Html, bars, show

ATTENTION = {
    "original": ("softmax, the original", "softmax，原來的"),
    "swapped": ("linear, just swapped", "linear，剛換上"),
    "transferred": ("linear, after transfer", "linear，轉移之後"),
}
STAGES = {
    "the teacher": "老師",
    "as it was": "原來的",
    "silenced": "整個拿掉",
    "swapped": "只換不學",
    "after transfer": "轉移之後",
    "and tuned": "再微調",
    "new projections": "投影是新的",
    "from nothing": "從零開始",
}


def loss_by_stage(nats: Mapping[str, float]) -> Html:
    """The small model's loss before the operation, after each step of it, and by other ways."""
    label = "nats a letter (lower is better)"
    return show(
        bars(nats, label=label, limit=3),
        alt=(
            "Loss of each: " + ", ".join(f"{name} {loss:.2f}" for name, loss in nats.items()) + ".",
            "各自的 loss：" + "、".join(f"{STAGES[name]} {loss:.2f}" for name, loss in nats.items()) + "。",
        ),
        zh=STAGES | {label: "每個字母幾 nat（越低越好）"},
    )


def perplexity_by_stage(typical: Mapping[str, float]) -> Html:
    """SmolLM2's perplexity before the operation, after each step of it, and by other ways."""
    label = "perplexity on held-out pages (lower is better)"
    return show(
        bars(typical, label=label, number=".0f"),
        alt=(
            "Perplexity of each: " + ", ".join(f"{name} {value:.0f}" for name, value in typical.items()) + ".",
            "各自的 perplexity：" + "、".join(f"{STAGES[name]} {value:.0f}" for name, value in typical.items()) + "。",
        ),
        zh=STAGES | {label: "沒看過的幾頁的 perplexity（越低越好）"},
    )


def who_looks_at_whom(
    tokens: Sequence[str], looks: Mapping[str, Sequence[Float[Tensor, "heads tokens tokens"]]]
) -> Explorer:
    """The weights of every head of the original, the swapped and the taught layers.

    looks: by name in `ATTENTION`, the weights of layers 24 to 27.
    """
    names = {"rows": tokens, "columns": tokens, "range": [0, 1]}

    def frame(layer: int, head: int) -> dict[str, Any]:
        return {
            f"heatmap {n}": {"values": _thousandths(weights[layer - 24][head]), "title": ATTENTION[name]} | names
            for n, (name, weights) in enumerate(looks.items(), start=1)
        }

    return Explorer(
        [
            {"name": "layer", "label": ("layer", "第幾層"), "values": [24, 25, 26, 27]},
            {"name": "head", "label": ("head", "第幾個 head"), "values": list(range(9))},
        ],
        frame,
        alt=("Who looks at whom: the original, the swapped and the taught layer", "誰看誰：原來的、剛換上的、教過的"),
    )


def _thousandths(weights: Float[Tensor, "tokens tokens"]) -> list[list[float]]:
    return weights.mul(1000).round().div(1000).tolist()
