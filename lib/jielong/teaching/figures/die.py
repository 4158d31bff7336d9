"""The die: a language model's distributions for the next token, in the reader's hand.

The page carries a tree. A node holds the most probable tokens with their logits, and all the others as a histogram
(how many, at which logit), so that temperature, top-k and top-p are worked out in the page over the whole vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from jielong.arguments import at_least, filled, finite
from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import Widget

Node = dict[str, Any]
_BIN = 1.4  # logits; the rest's share is then right to a few per cent at any temperature, and exact at 1
_LAST_BIN = 15  # what lies deeper shares one: not even at temperature 2 does it weigh anything


class Die(Widget):
    """Roll the next token in the page. prompts: [{"text": "The sky is", "tree": grow(...)}], perhaps with a "label"
    (en, zh). end: the text of the token that ends a sentence. seed: makes the rolls repeat (for tests); None: a new
    sentence each time."""

    _js = "die.js"
    _words = {
        "prompt": ("prompt", "提示"),
        "temperature": ("temperature", "溫度 (temperature)"),
        "top_k": ("top-k", "top-k"),
        "top_p": ("top-p", "top-p"),
        "all": ("all", "全部"),
        "roll": ("Roll", "擲一次"),
        "roll_on": ("Roll to the end", "一路擲到底"),
        "roll_new": ("Roll a new sentence", "再擲一句"),
        "undo": ("Undo", "退一步"),
        "restart": ("Start again", "從頭開始"),
        "next": ("The next token, after your settings", "套用設定之後，下一個 token 的機率"),
        "rest": ("{count} others", "其他 {count} 個"),
        "quoted": ("“{token}”", "「{token}」"),
        "fell": (
            "The die fell on {place}, in the stretch of {token} ({chance}).",
            "骰子落在 {place}，是 {token} 的範圍（機率 {chance}）。",
        ),
        "left_rest": (
            "A rare one, of the {count} tokens that this page does not carry. Undo, or roll a new sentence.",
            "擲到冷門的了：它在這一頁沒有收錄的 {count} 個 token 裡。退一步，或再擲一句吧。",
        ),
        "left_tree": (
            "This is as far as the page's tree goes along this branch. Undo, or roll a new sentence.",
            "這條路在這一頁就走到這裡了。退一步，或再擲一句吧。",
        ),
        "ended": ("The model drew its end token: the sentence is complete.", "模型擲出了 end：這句話接完了。"),
        "tally": (
            "Sentences rolled: {rolled}, of which different: {different}",
            "擲了 {rolled} 句，其中 {different} 句不一樣",
        ),
    }

    def __init__(
        self,
        prompts: Sequence[dict[str, Any]],
        alt: Pair,
        end: str | None = None,
        seed: int | None = None,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        super().__init__({"prompts": list(prompts), "end": end, "seed": seed}, alt, labels)

    @staticmethod
    def distribution(
        node: Node, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
    ) -> tuple[list[float], float]:
        """Probabilities of the node's tokens, and of all others together, as the page works them out: temperature, then
        top-k, then top-p, as in `jielong.sampling.distribution`. Raises ValueError for settings that mean nothing."""
        at_least(0, temperature=temperature)
        at_least(1, top_k=1 if top_k is None else top_k)
        if top_p is not None and not 0 < top_p <= 1:
            raise ValueError(f"top_p={top_p} must be above 0 and at most 1")
        groups = [(1, logit) for logit in node["logits"]] + [(count, logit) for count, logit in node["rest"]]
        if temperature == 0:
            return [1.0] + [0.0] * (len(node["logits"]) - 1), 0.0
        each = [math.exp((logit - groups[0][1]) / temperature) for _, logit in groups]
        kept = [float(count) for count, _ in groups]
        if top_k is not None:
            before = np.cumsum([0, *kept])
            kept = [min(n, max(0.0, top_k - b)) for n, b in zip(kept, before[:-1], strict=True)]
        if top_p is not None and top_p < 1:
            kept = _nucleus(each, kept, top_p)
        total = sum(n * w for n, w in zip(kept, each, strict=True))
        p = [n * w / total for n, w in zip(kept, each, strict=True)]
        return p[: len(node["logits"])], sum(p[len(node["logits"]) :])


def _nucleus(each: list[float], kept: list[float], top_p: float) -> list[float]:
    """How many of each group stay: a token does if those before it do not yet reach top_p."""
    total = sum(n * w for n, w in zip(kept, each, strict=True))
    out, reached = [], 0.0
    for n, w in zip(kept, each, strict=True):
        left = (top_p - reached) * total
        out.append(0.0 if left <= 0 else n if left >= n * w else math.ceil(left / w))
        reached += n * w / total
    return out


def grow(
    ids: Sequence[int],
    logits_of: Callable[[list[list[int]]], Any],
    decode: Callable[[list[int]], str],
    levels: int = 8,
    width: int = 12,
    top: int = 20,
    end: int | None = None,
) -> Node:
    """The tree of distributions after a prompt's ids: at each level the ``width`` most probable ways on.

    logits_of: rows of ids of one length -> logits of the next token (rows, vocabulary). top: tokens that a node names.
    end: the id after which nothing follows. Raises ValueError where there are no logits, or one is no number.
    """
    at_least(0, levels=levels)
    at_least(1, width=width, top=top)
    root: Node = {}
    level = [(1.0, list(ids), root)]
    for _ in range(levels):
        ways = []
        for (chance, row, node), logits in zip(level, logits_of([row for _, row, _ in level]), strict=True):
            values = np.asarray(logits, dtype=np.float64)
            filled(logits=values)
            finite(logits=values)
            order = np.argsort(-values, kind="stable")[:top]
            node |= _node(values, order, decode)
            p = np.exp(values[order] - values.max()) / np.exp(values - values.max()).sum()
            ways += [(chance * p[k], [*row, int(i)], node, str(k)) for k, i in enumerate(order) if i != end]
        level = []
        for chance, row, parent, key in sorted(ways, key=lambda way: -way[0])[:width]:
            child: Node = {}
            level.append((chance, row, child))
            parent.setdefault("next", {})[key] = child
    _prune(root)
    return root


def _node(values: np.ndarray, order: np.ndarray, decode: Callable[[list[int]], str]) -> Node:
    """The named tokens and a histogram of the others, logits relative to the largest. A bin's logit is the one that
    gives its count the mass that it has at temperature 1."""
    relative = values - values[order[0]]
    others = np.delete(relative, order)
    bins = np.minimum(np.floor(-others / _BIN), _LAST_BIN)
    rest = [[int((bins == b).sum()), _level(others[bins == b])] for b in np.unique(bins)]
    return {
        "tokens": [decode([int(i)]) for i in order],
        "logits": [round(float(v), 2) for v in relative[order]],
        "rest": rest,
    }


def _level(logits: np.ndarray) -> float:
    return round(float(logits.max() + np.log(np.mean(np.exp(logits - logits.max())))), 2)


def _prune(node: Node) -> None:
    """Take out the last level's empty leaves: the page ends there."""
    for key, child in list(node.get("next", {}).items()):
        if child:
            _prune(child)
        else:
            del node["next"][key]
