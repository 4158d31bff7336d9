"""A circuit in the reader's hand: each head an arrow from the word that it reads to the word where it writes.

Switch heads off, and see what the model answers with those that are left. The run has tried every subset.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import Widget, plain


class Circuit(Widget):
    """tokens: the prompt's, quoted. heads: [{"name": "16.0", "reads": position, "writes": position}], lowest first.

    margins: (2^heads) numbers, and chances: {word: (2^heads) probabilities}; bit k of a subset's number: head k is on.
    whole: the margin and the chances with the whole model, in grey for comparison.
    Raises ValueError when the counts disagree.
    """

    _js = "circuit.js"
    _words = {
        "heads": ("heads that are on", "開著的 head"),
        "all": ("All on", "全部打開"),
        "none": ("All off", "全部關掉"),
        "margin": ("margin of the right name (logits)", "答對的名字領先多少（logit）"),
        "chances": ("chance of being the next word", "下一個詞是它的機率"),
        "whole": ("grey: the whole model", "灰色：整個模型"),
        "row": ("{head}: at “{writes}” it reads “{reads}”", "{head}：在「{writes}」讀「{reads}」"),
        "off": ("off", "關"),
        "on": ("on", "開"),
    }

    def __init__(
        self,
        tokens: Sequence[str],
        heads: Sequence[Mapping[str, Any]],
        margins: ArrayLike,
        chances: Mapping[str, ArrayLike],
        alt: Pair,
        whole: tuple[float, Sequence[float]] | None = None,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        columns = [np.asarray(column, dtype=float) for column in (margins, *chances.values())]
        for column in columns:
            if column.shape != (2 ** len(heads),):
                raise ValueError(f"{len(heads)} heads have {2 ** len(heads)} subsets; got {column.shape}")
        data = {
            "tokens": list(tokens),
            "heads": [dict(head) for head in heads],
            "words": list(chances),
            "margins": columns[0].round(2),
            "chances": [plain(column, digits=3) for column in columns[1:]],
        }
        if whole is not None:
            data["whole"] = [round(float(whole[0]), 2), plain(list(whole[1]), digits=3)]
        super().__init__(data, alt, labels)

    def answer(self, on: Collection[str]) -> tuple[float, list[float]]:
        """The margin and the chances that the page shows with these heads on, by name."""
        k = sum(1 << i for i, head in enumerate(self.data["heads"]) if head["name"] in on)
        return self.data["margins"][k], [column[k] for column in self.data["chances"]]
