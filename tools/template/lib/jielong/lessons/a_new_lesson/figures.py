"""Figures of the lesson "A new lesson"."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from jielong.teaching.figures import Explorer

WORDS = "sun rain wind snow".split()


def sharpness(logits: Float[Tensor, 4]) -> Explorer:
    """How likely each of the WORDS is, at the temperature that the reader chooses."""

    def at(temperature: float) -> dict:
        return {"bars": {"labels": WORDS, "values": (logits / temperature).softmax(-1), "verbatim": True}}

    return Explorer(
        controls=[
            {"name": "temperature", "label": ("temperature", "溫度"), "values": [0.5, 1.0, 2.0], "start": 1.0},
        ],
        frames=at,
        alt=("How likely each of four words is, at three temperatures", "在三種溫度下，四個字各有多可能"),
    )
