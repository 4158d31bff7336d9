"""Watch a picture being written, pixel by pixel, by the loop that writes text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import Widget


class Pixels(Widget):
    """Pictures as sequences of grey levels, each with the model's distribution for the next one.

    samples: [{"label": (en, zh), "pixels": (height, width) or (height * width,) levels from 0, which is the page, to
    levels - 1, which is ink; "probabilities": (height * width, levels), row t is what pixel t was drawn from}].
    The page carries probabilities as whole per cents.
    """

    _js = "pixels.js"
    _words = {
        "sample": ("picture", "圖片"),
        "step": ("pixels written", "已經寫了幾個像素"),
        "play": ("Play", "播放"),
        "pause": ("Pause", "暫停"),
        "next": ("Next pixel", "下一個像素"),
        "row": ("Next row", "下一列"),
        "distribution": ("What the model expects of the next pixel", "模型認為下一個像素的墨該多濃"),
        "page": ("empty", "空白"),
        "ink": ("ink", "最濃"),
        "drawn": (
            "The die gave grey level {level} of {most}, which had a chance of {chance}.",
            "骰子擲出灰階 {level}（最濃是 {most}），它的機率是 {chance}。",
        ),
        "done": ("The picture is complete.", "這張圖接完了。"),
        "picture": ("{step} of {count} pixels written", "{count} 個像素已經寫了 {step} 個"),
    }

    def __init__(
        self,
        samples: Sequence[dict[str, Any]],
        alt: Pair,
        width: int = 8,
        levels: int = 17,
        start: int = 20,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        data = {"width": width, "levels": levels, "start": start, "samples": [_sample(s, levels) for s in samples]}
        super().__init__(data, alt, labels)


def _sample(sample: dict[str, Any], levels: int) -> dict[str, Any]:
    pixels = np.asarray(sample["pixels"]).reshape(-1)
    p = np.asarray(sample["probabilities"], dtype=float)
    if p.shape != (len(pixels), levels):
        raise ValueError(f"probabilities must have the shape {(len(pixels), levels)}, got {p.shape}")
    if pixels.min() < 0 or pixels.max() >= levels:
        raise ValueError(f"pixels must be from 0 to {levels - 1}, got {pixels.min()} to {pixels.max()}")
    if not np.allclose(p.sum(1), 1, atol=1e-3):
        raise ValueError("each row of probabilities must add up to 1")
    return {"label": sample["label"], "pixels": pixels.astype(int), "percent": np.rint(100 * p).astype(int)}
