"""Surfaces over a plane, to be turned by hand: several side by side, all seen from the same place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from jielong.arguments import finite
from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import Widget
from jielong.teaching.text import Text

FULL = 1000  # heights travel as whole numbers from 0 to this


class Surface(Widget):
    """Height grids as shaded meshes in three dimensions, turned by drag, arrow keys or two sliders.

    surfaces: (name, heights) for each; a name is (en, zh), heights (side, side), the same odd side for all. They share
    one vertical scale, or each has its own, as the reader chooses, beginning with ``own``. log: heights by logarithm.
    quantity: (en, zh), what the height is. middle: (en, zh), what the dot in the middle of each marks. turn, tilt:
    where the reader begins, in degrees; tilt 0 looks from the side, 90 from above. Raises ValueError for grids that are
    not square, of an even side, not of one size, or not positive under a log.
    """

    _js = "surface.js"
    _words = {
        "turn": ("turn", "轉動"),
        "tilt": ("tilt", "俯視"),
        "scale": ("vertical scale", "高度的刻度"),
        "shared": ("the same for all", "共用"),
        "own": ("each its own", "各用各的"),
        "hint": ("Drag a surface, or use the arrow keys.", "拖曳曲面，或用方向鍵轉動。"),
        "view": ("seen from {turn}°, {tilt}° above", "方位 {turn}°，俯角 {tilt}°"),
        "range": ("{low} to {high}", "{low} 到 {high}"),
    }

    def __init__(
        self,
        surfaces: Sequence[tuple[Pair, Any]],
        quantity: Pair,
        middle: Pair,
        alt: Pair,
        log: bool = False,
        own: bool = False,
        turn: int = 30,
        tilt: int = 30,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        grids = [np.asarray(heights, dtype=float) for _, heights in surfaces]
        shapes = {grid.shape for grid in grids}
        if len(shapes) != 1 or any(len(s) != 2 or s[0] != s[1] or s[0] < 3 or s[0] % 2 == 0 for s in shapes):
            raise ValueError(f"surfaces must be square grids of one odd side, 3 or more; got shapes {sorted(shapes)}")
        finite(surfaces=np.array(grids))
        if log and min(grid.min() for grid in grids) <= 0:
            raise ValueError("surfaces must be positive for a logarithmic scale")
        if not (0 <= turn < 360 and 0 <= tilt <= 90):
            raise ValueError(f"turn={turn} must be in 0..359 and tilt={tilt} in 0..90")
        shared = _Scale(grids, log)
        data = {
            "surfaces": [
                {"label": Text.of(name, "name"), **_drawn(grid, [shared, _Scale([grid], log)])}
                for (name, _), grid in zip(surfaces, grids, strict=True)
            ],
            "quantity": Text.of(quantity, "quantity"),
            "middle": Text.of(middle, "middle"),
            "full": FULL,
            "own": int(own),
            "turn": turn,
            "tilt": tilt,
        }
        super().__init__(data, alt, labels)


def _drawn(grid: np.ndarray, scales: list[_Scale]) -> dict[str, Any]:
    return {
        "z": [scale(grid) for scale in scales],
        "ticks": [_ruled(scale, scale.ticks()) for scale in scales],
        "low": f"{grid.min():.2g}",
        "high": f"{grid.max():.2g}",
    }


def _ruled(scale: _Scale, values: list[float]) -> list[dict[str, Any]]:
    return [{"at": at, "text": f"{v:g}"} for at, v in zip(scale(np.array(values)).tolist(), values, strict=True)]


class _Scale:
    """From the lowest to the highest of all grids onto 0 to FULL, evenly or by logarithm."""

    def __init__(self, grids: Sequence[np.ndarray], log: bool) -> None:
        low, high = min(float(grid.min()) for grid in grids), max(float(grid.max()) for grid in grids)
        self.log, self.low, self.high = log, low, high if high > low else low + 1

    def __call__(self, values: np.ndarray) -> np.ndarray:
        ends = (self.low, self.high)
        if self.log:
            values, ends = np.log(values), (math.log(self.low), math.log(self.high))
        return np.rint(FULL * (values - ends[0]) / (ends[1] - ends[0])).astype(int)

    def ticks(self) -> list[float]:
        """Round numbers inside: powers of ten under a log (1, 2, 5 where few fit), else about four in even steps."""
        decades = math.log10(self.high / self.low) if self.log else 0
        if decades > 0.7:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            steps = (1,) if decades > 2 else (1, 2, 5)
            values = [m * 10.0**p for p in powers for m in steps]
        else:
            rough = (self.high - self.low) / 4
            size = 10.0 ** math.floor(math.log10(rough))
            step = next(m * size for m in (1, 2, 5, 10) if m * size >= 0.85 * rough)
            values = [step * k for k in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return [float(f"{v:.6g}") for v in values if self.low <= v <= self.high]
