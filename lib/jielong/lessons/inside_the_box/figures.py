"""What "Inside the box" draws: who notices whom, what a layer costs, what a size is made of, and a descent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.counting import cache_numbers, parameter_counts
from jielong.model import Config
from jielong.teaching.figures import Explorer, Html, colors, lines, show, subplots, table
from jielong.teaching.figures.explorer import Frame


def who_notices_whom(attention: Float[Tensor, "time time"], feedforward: Float[Tensor, "time time"]) -> Html:
    """Two grids: which position moves when another is nudged, by way of attention and of the feed-forward."""
    figure, axes = subplots(1, 2, size=(6.4, 3.2))
    for ax, seen, name in zip(axes, (attention, feedforward), ("attention", "feed-forward"), strict=True):
        ax.imshow(seen, cmap=colors.sequential)
        ax.set(title=name, xlabel="position nudged", ylabel="position that moves")
    heard, deaf = int(attention.sum()), int(feedforward.sum())
    return show(
        figure,
        alt=(
            f"Two grids. Attention: {heard} cells filled, the whole lower triangle. "
            f"Feed-forward: {deaf} cells, the diagonal.",
            f"兩張方格圖。attention：{heard} 格有反應，整個下三角；feed-forward：{deaf} 格，只有對角線。",
        ),
        zh={"position nudged": "被輕輕動了一下的位置", "position that moves": "跟著變的位置"},
        same=["attention", "feed-forward"],
    )


def attention_weights(
    maps: Float[Tensor, "layers heads time time"], words: Sequence[str], start: tuple[int, int]
) -> Explorer:
    """The weights of a layer and head that the reader picks; start: where "he" looks hardest at "man"."""
    he, man = words.index("he"), words.index("man")

    def look(layer: int, head: int) -> Frame:
        weights = maps[layer, head]
        he_man, first = weights[he, man], weights[1:, 0].mean()
        return {
            "heatmap": {"values": weights, "rows": words, "columns": words, "format": ".2f", "range": [0, 1]},
            "numbers": [
                {"label": ("from “he” to “man”", "he 看 man"), "value": he_man, "format": ".2f"},
                {"label": ("to the very first token", "看最前面的 token"), "value": first, "format": ".2f"},
            ],
        }

    controls = [
        {"name": "layer", "label": ("layer", "層"), "values": list(range(maps.shape[0])), "start": start[0]},
        {"name": "head", "label": ("head", "head"), "values": list(range(maps.shape[1])), "start": start[1]},
    ]
    alt = (
        "Attention weights of one layer and head: who looks at whom",
        "某一層、某個 head 的 attention 權重：誰在看誰",
    )
    return Explorer(controls, look, alt)


def cost_in_time(lengths: Sequence[int], spent: Mapping[str, Sequence[float]]) -> Html:
    """Milliseconds of one layer by length of the input; a stopwatch never reads the same twice."""
    return show(
        lines(lengths, spent, x_label="tokens in the input", y_label="milliseconds, one layer", log_x=True),
        volatile=True,
        alt=(
            "Milliseconds against input length. The feed-forward line grows in proportion; "
            "the line of the attention weights bends upwards past it.",
            "輸入長度對毫秒數。feed-forward 等比例增加；attention 權重那條線往上彎，超過它。",
        ),
        zh={
            "attention weights": "attention 權重",
            "tokens in the input": "輸入有幾個 token",
            "milliseconds, one layer": "毫秒（一層）",
        },
        same=["feed-forward"],
    )


def bills(bills: Mapping[int, Sequence[int]]) -> Html:
    """A table: for each length, the numbers that one layer computes or keeps."""
    header = [
        ("tokens", "token 數"),
        ("attention weights", "attention 權重"),
        ("feed-forward units", "feed-forward 單元"),
        ("kept in the cache", "存在 cache 裡的數字"),
    ]
    return table([(length, *(f"{number:,}" for number in bill)) for length, bill in bills.items()], header)


def sizes(counts: Mapping[str, Mapping[str, int]]) -> Html:
    """A table: of what parts the parameters of each model are the sum."""
    header = [
        ("model", "模型"),
        ("embedding", "embedding"),
        ("attention", "attention"),
        ("feed-forward", "feed-forward"),
        ("norms", "norm"),
        ("unembedding", "unembedding"),
        ("all", "總數"),
    ]
    return table(
        [[name, *(f"{n:,}" for n in parts.values()), f"{sum(parts.values()):,}"] for name, parts in counts.items()],
        header,
    )


def own_design(model: Config) -> Explorer:
    """What a model of the reader's own width, depth and sharing of keys would weigh; the rest is as in `model`."""

    def design(width: int, layers: int, sharing: int) -> Frame:
        heads, hidden = width // 64, 8 * width // 3
        keys = heads // sharing
        return _weighed(replace(model, width=width, layers=layers, heads=heads, kv_heads=keys, hidden=hidden))

    controls: list[dict[str, object]] = [
        {"name": "width", "label": ("width", "寬度"), "values": [384, 768, 1536, 3072]},
        {"name": "layers", "label": ("layers", "層數"), "values": [6, 12, 24, 48, 96], "start": 24},
        {
            "name": "sharing",
            "label": ("heads that share keys and values", "幾個 head 共用 key 與 value"),
            "values": [1, 2, 3],
        },
    ]
    alt = ("Parameters of a model of your design, by part", "你設計的模型，各部分有多少參數")
    return Explorer(controls, design, alt)


def _weighed(config: Config) -> Frame:
    parts = parameter_counts(config)
    cache = cache_numbers(config, 8192) * 4 / 2**20
    numbers = [
        (("parameters, in millions", "參數（百萬）"), sum(parts.values()) / 1e6),
        (("cache for 8,192 tokens, in MB", "8,192 個 token 的 cache（MB）"), cache),
    ]
    millions = [n / 1e6 for n in parts.values()]
    return {
        "numbers": [{"label": label, "value": value, "format": ",.0f"} for label, value in numbers],
        "bars": {"labels": list(parts), "verbatim": True, "values": millions, "format": ",.0f"},
    }


def descents(
    paths: Mapping[float, Float[Tensor, "steps 2"]],
    long: Float[Tensor, " flowers"],
    wide: Float[Tensor, " flowers"],
    loss: Callable[[Tensor], Tensor],
) -> Explorer:
    """The line wide = a long + b after as many steps as the reader likes, on the path of a learning rate."""
    order = long.argsort(stable=True)[::6]
    names = [("slope a", "斜率 a"), ("offset b", "截距 b"), ("loss", "loss")]

    def watch(rate: float, step: int) -> Frame:
        theta = paths[rate][step]
        curve = {
            "x": long[order],
            "x_label": ("petal length, cm", "花瓣長（公分）"),
            "y_label": ("petal width, cm", "花瓣寬（公分）"),
            "range": [-3, 8],
            "series": [{"label": ("the model", "模型"), "y": theta[0] * long[order] + theta[1]}],
            "points": torch.stack([long, wide], 1)[::3],
        }
        values = zip(names, (*theta, loss(theta)), strict=True)
        return {"lines": curve, "numbers": [{"label": n, "value": v, "format": ".2f"} for n, v in values]}

    steps = [0, 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 80, 120]
    controls: list[dict[str, object]] = [
        {"name": "step", "label": ("step", "步"), "values": steps},
        {"name": "rate", "label": ("learning rate", "學習率"), "values": list(paths), "start": 0.03},
    ]
    return Explorer(controls, watch, ("A line moving onto the data, step by step", "一條線一步一步靠向資料"))
