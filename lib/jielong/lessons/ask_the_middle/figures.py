"""Pictures of what the model says about its own states, and of the questions that a second run of the layers mends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor

from jielong.teaching.figures import Explorer, Html, lines, show

ASKED = {
    "what": ("what is it?", "這是什麼？"),
    "where": ("where is it?", "在哪裡？"),
    "again": ("say it again", "再說一次"),
}
KINDS = {
    "its own": ("its own state", "自己的狀態"),
    "another question's": ("another question's state", "別題的狀態"),
    "noise": ("noise", "雜訊"),
}


def interviews(
    answers: Mapping[str, Sequence[Sequence[str]]],
    right: Mapping[str, Float[Tensor, "layers names"]],
    names: Sequence[str],
    layers: Sequence[int],
) -> Explorer:
    """What the model says that a name's state means, by name, way of asking and layer.

    answers: by way, layer and name; right: 1 where the answer was understood.
    """

    def frame(name: str, way: str, layer: int) -> dict[str, Any]:
        said = answers[way][layers.index(layer)][names.index(name)]
        columns, title = [str(n) for n in layers], ("understood, by layer", "聽懂了沒有，逐層看")
        return {
            "text": (f"{name}, after layer {layer}:  “x{said}”", f"{name}，第 {layer} 層之後：「x{said}」"),
            "heatmap": {"values": right[way].T.int().tolist(), "rows": names, "columns": columns, "title": title},
        }

    words = [(name, name) for name in names]
    return Explorer(
        [
            {"name": "name", "label": ("the state of", "誰的狀態"), "values": names, "options": words},
            {"name": "way", "label": ("asked", "怎麼問"), "values": list(ASKED), "options": list(ASKED.values())},
            {"name": "layer", "label": ("after layer", "第幾層之後"), "values": layers, "start": 4},
        ],
        frame,
        alt=("What the model says that its own state means", "模型說自己的狀態是什麼意思"),
    )


def understood_by_layer(
    layers: Sequence[int], right: Mapping[str, Float[Tensor, "layers names"]], others: Float[Tensor, " layers"]
) -> Html:
    """Lines: how many names are understood, by layer and way of asking, and how often an answer fits another's name."""
    shares = {ASKED[way][0]: marks.mean(1) for way, marks in right.items()}
    what = list(zip(layers, right["what"].mean(1), strict=True))
    return show(
        lines(layers, shares, {"another's": others}, x_label="after layer", y_label="understood"),
        alt=(
            "Share understood when asked what it is, by layer: " + ", ".join(f"{n}: {v:.0%}" for n, v in what) + ".",
            "問「這是什麼」時聽懂的比例：" + "、".join(f"第 {n} 層 {v:.0%}" for n, v in what) + "。",
        ),
        zh={**dict(ASKED.values()), "another's": "別人的", "after layer": "第幾層之後", "understood": "聽懂的比例"},
    )


def questions_mended(
    fixed: Mapping[str, Bool[Tensor, "questions pairs"]], pairs: Sequence[tuple[int, int]]
) -> Explorer:
    """Maps: the share of questions that each pair of layers (source, target) mends, by what is put in."""
    names = {"values": list(KINDS), "options": list(KINDS.values())}
    return Explorer(
        [{"name": "kind", "label": ("what is put in", "放進去的是"), **names}],
        lambda kind: _mended(fixed[kind].float(), pairs),
        alt=("Share of the questions mended, by source and target layer", "救回的題目比例，依來源與目標層"),
    )


def _mended(hits: Float[Tensor, "questions pairs"], pairs: Sequence[tuple[int, int]]) -> dict[str, Any]:
    share = dict(zip(pairs, hits.mean(0).tolist(), strict=True))
    sources, targets = sorted({s for s, _ in pairs}, reverse=True), sorted({t for _, t in pairs})
    numbers = {
        ("mended by at least one of 28", "28 種裡至少一種救回"): hits.amax(1).mean().item(),
        ("mended by the best single pair", "最好的那一種單獨救回"): max(share.values()),
    }
    return {
        "numbers": [{"label": label, "format": ".0%", "value": value} for label, value in numbers.items()],
        "heatmap": {
            "values": [[share.get((s, t), 0.0) for t in targets] for s in sources],
            "rows": [str(s) for s in sources],
            "columns": [str(t) for t in targets],
            "format": ".0%",
            "title": ("from depth (down) to layer (across)", "直排：取自哪個深度；橫排：放進哪一層"),
        },
    }
