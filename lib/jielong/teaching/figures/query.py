"""One query among a few keys in the plane, in the reader's hand: turn it, stretch it, and see what it reads.

logit_i = q . k_i / sqrt(2)        weight = softmax(logit)        output = sum_i weight_i v_i
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jielong.arguments import finite
from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import Widget


class Query(Widget):
    """Keys and values, each (count, 2), with their ``names``, which are quoted; the query starts at ``start``.

    asks: the query's own name. The page works out the attention itself. Raises ValueError when the counts disagree.
    """

    _js = "query.js"
    _words = {
        "angle": ("direction of the query", "query 的方向"),
        "length": ("length of the query", "query 的長度"),
        "keys": ("the query among the keys", "query 跟 key"),
        "weights": ("weights (they sum to one)", "權重（加起來是 1）"),
        "values": ("the output among the values", "輸出跟 value"),
        "output": ("output", "輸出"),
        "query": ("query", "query"),
    }

    def __init__(
        self,
        keys: ArrayLike,
        values: ArrayLike,
        names: Sequence[str],
        asks: str,
        alt: Pair,
        start: tuple[float, float] = (1.0, 0.0),
        labels: dict[str, Pair] | None = None,
    ) -> None:
        k, v = np.asarray(keys, dtype=float), np.asarray(values, dtype=float)
        if not k.shape == v.shape == (len(names), 2):
            raise ValueError(f"keys {k.shape} and values {v.shape} must be ({len(names)}, 2), one row for each name")
        data: dict[str, Any] = {"keys": k, "values": v, "names": list(names), "asks": asks, "start": list(start)}
        super().__init__(data, alt, labels)

    def read(self, angle: float, length: float) -> tuple[list[float], list[float]]:
        """Weights and output that the page shows for a query of this direction (in degrees) and length."""
        finite(angle=angle, length=length)
        q = length * np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
        scores = np.array(self.data["keys"]) @ q / math.sqrt(2)
        weights = np.exp(scores - scores.max())
        weights /= weights.sum()
        return weights.tolist(), (weights @ np.array(self.data["values"])).tolist()
