"""The logit lens to walk through: what the model would say at every token, after every layer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import _JS, Widget


def visible(piece: str) -> str:
    """A token's text as it stands in a cell: blanks get signs, and the bytes of a broken character their numbers."""
    text = piece.replace("\n", "⏎").replace("\t", "⇥")
    text = re.sub(r"(\\x[0-9a-f]{2})+", lambda m: f"⟨{m[0].replace(chr(92) + 'x', ' ').strip()}⟩", text)
    return text.strip(" \xa0") or "␣"


class Lens(Widget):
    """A grid of tokens by layers with the likeliest word in each cell, and all its ``words`` where the hand is.

    prompts: [{"label": (en, zh), "tokens": [str], "words": [[[str, ..], ..], ..], "percent": [[[int, ..], ..], ..]}],
    words and percent by layer, token and place. layers: the depths of the rows, from the lowest up. A cell is blue if
    its word is the one said in the last row. Raises ValueError when the counts disagree.
    """

    _js = "lens.js"
    _css = Widget._css + (_JS / "memory.css").read_text(encoding="utf-8")
    _words = {
        "prompt": ("text", "文字"),
        "layer": ("after layer", "第幾層之後"),
        "token": ("token", "token"),
        "grid": ("tokens from left to right, layers from bottom to top", "由左到右是 token，由下到上是 layer"),
        "said": (
            "After layer {layer}, at “{token}”, the lens says “{word}” ({percent}%).",
            "第 {layer} 層之後，在「{token}」這裡，lens 說「{word}」（{percent}%）。",
        ),
    }

    def __init__(
        self,
        prompts: Sequence[dict[str, Any]],
        layers: Sequence[int],
        alt: Pair,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        known: dict[str, int] = {}
        for prompt in prompts:
            for name in ("words", "percent"):
                shape = (len(prompt[name]), *{len(row) for row in prompt[name]})
                if shape != (len(layers), len(prompt["tokens"])):
                    raise ValueError(
                        f"{name} of {prompt['label']} must be by layer ({len(layers)}) and token, got {shape}"
                    )
        cells = [
            {
                "label": list(prompt["label"]),
                "tokens": [visible(piece) for piece in prompt["tokens"]],
                "words": [[[known.setdefault(visible(w), len(known)) for w in c] for c in r] for r in prompt["words"]],
                "percent": prompt["percent"],
            }
            for prompt in prompts
        ]
        super().__init__({"prompts": cells, "layers": list(layers), "words": list(known)}, alt, labels)
