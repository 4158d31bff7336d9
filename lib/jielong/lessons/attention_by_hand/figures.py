"""What the lesson shows: tables, charts and queries to turn, with their words in both languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor

from jielong.teaching.figures import Explorer, Html, Query, heatmap, lines, show, table

READERS = {
    "LSTM": "LSTM",
    "attention alone": "只有 attention",
    "LSTM + attention": "LSTM + attention",
    "order + attention": "順序 + attention",
}


def logits_to_weights(words: Sequence[str], logits: Sequence[float], weights: Sequence[float]) -> Html:
    """From logit to weight, word by word."""
    return table(
        [(w, f"{z:.2f}", f"{math.exp(z):.2f}", f"{p:.2f}") for w, z, p in zip(words, logits, weights, strict=True)],
        [("word", "詞"), ("logit", "logit"), ("exp", "exp"), ("weight", "權重")],
    )


def query_to_turn(keys: Sequence[Sequence[float]], values: Sequence[Sequence[float]], words: Sequence[str]) -> Query:
    """The query of "its" among three keys, in the reader's hand."""
    return Query(
        keys,
        values,
        words,
        asks="its",
        start=(15, 1.8),
        alt=(
            "A query among three keys: turn it and stretch it, and see what it reads",
            "三個 key 之間的一個 query：轉它、拉長它，看它讀到什麼",
        ),
    )


def head_of_smollm2(weights: Float[Tensor, "tokens tokens"], tokens: Sequence[str]) -> Html:
    """Who looks at whom in layer 13, head 8."""
    found = weights[tokens.index("its"), tokens.index("fox")]
    return show(
        heatmap(weights, tokens, tokens, number=".2f", x_label="looks at", y_label="this token"),
        alt=(
            f"Attention weights of layer 13, head 8. From “its” to “fox”: {found:.2f}. Most other rows lie on the very "
            "first token.",
            f"第 13 層第 8 個 head 的 attention 權重。its 看 fox：{found:.2f}。其他大多數的列都停在最前面的 token。",
        ),
        zh={"looks at": "看著", "this token": "這個 token"},
    )


def sharpness(
    sharp: Sequence[float],
    errors: Mapping[float, Sequence[float]],
    mumbled: Callable[[float, float], Float[Tensor, " rows"]],
) -> Explorer:
    """What a mumbled key reads from six rows, and the error over a thousand memories, for each beta.

    errors: by the noise on the key, one for each beta of ``sharp``. mumbled: (beta, noise) -> the weights.
    """

    def frame(beta: float, noise: float) -> dict[str, Any]:
        return {"bars": _six_rows(mumbled(beta, noise)), "lines": _curve(sharp, errors[noise]) | {"at": beta}}

    noises = {"name": "noise", "label": ("noise on the key", "key 上的雜訊"), "values": list(errors), "start": 0.35}
    return Explorer(
        [{"name": "beta", "label": ("beta: how sharply", "beta：讀得多尖"), "values": sharp, "start": 1.0}, noises],
        frame,
        alt=(
            "Content-based addressing with a mumbled key, for several sharpnesses",
            "用含糊的 key 做內容定址，可調整讀得多尖",
        ),
    )


def _six_rows(weights: Float[Tensor, " rows"]) -> dict[str, Any]:
    rows = {"labels": [f"{i + 1}" for i in range(6)], "marks": [2], "verbatim": True, "range": [0, 1]}
    return rows | {"values": weights, "title": ("weights on six rows; row 3 was meant", "六列的權重；想要的是第 3 列")}


def _curve(sharp: Sequence[float], errors: Sequence[float]) -> dict[str, Any]:
    return {
        "x": sharp,
        "series": [{"label": ("error", "誤差"), "y": errors}],
        "log_x": True,
        "x_label": ("beta", "beta"),
        "y_label": ("error", "誤差"),
        "title": ("error of the reading, over a thousand memories", "讀出來的誤差（一千個記憶的平均）"),
    }


def right_by_pairs(
    numbers: Sequence[int], right: Mapping[str, Float[Tensor, "seeds numbers"]], guess: Sequence[float]
) -> Html:
    """Right answers of four readers, by the number of pairs, and those of a guess."""
    at8 = {name: scores[:, numbers.index(8)].mean() for name, scores in right.items()}
    some = guess[numbers.index(8)]
    return show(
        lines(numbers, right, {"a guess": guess}, "pairs", "right answers", log_x=True),
        alt=(
            "Right answers with eight pairs: "
            + ", ".join(f"{name} {score:.2f}" for name, score in at8.items())
            + f". The first two are no better than a guess, {some:.2f}.",
            "八對的答對率："
            + "、".join(f"{READERS[name]} {score:.2f}" for name, score in at8.items())
            + f"。前兩個跟猜的 {some:.2f} 差不多。",
        ),
        zh=READERS | {"a guess": "用猜的", "pairs": "幾對", "right answers": "答對率"},
    )


def where_they_look(pairs: Sequence[str], look: Callable[[str, int], tuple[Tensor, str]]) -> Explorer:
    """Where a trained reader looks when it is asked for a key, and what it answers.

    pairs: keys and values as they were told. look: (reader, number of the key) -> its weights and its answer.
    """

    def frame(reader: str, asked: int) -> dict[str, Any]:
        weights, says = look(reader, asked)
        right = 2 * asked + 1
        return {
            "bars": {"labels": pairs, "values": weights, "marks": [right], "verbatim": True, "range": [0, 1]},
            "text": (f"It answers {says}; right is {pairs[right]}.", f"它回答 {says}；正確答案是 {pairs[right]}。"),
        }

    readers = ["LSTM + attention", "order + attention", "attention alone"]
    options = [(name, READERS[name]) for name in readers]
    asked = {"name": "asked", "label": ("key asked for", "要問的 key"), "values": list(range(len(pairs) // 2))}
    return Explorer(
        [
            {"name": "reader", "label": ("reader", "誰來讀"), "values": readers, "options": options},
            asked | {"options": [(key, key) for key in pairs[::2]], "start": 2},
        ],
        frame,
        alt=(
            "Where a trained reader looks when it is asked for a key",
            "被問到某個 key 的時候，訓練好的模型看哪裡",
        ),
    )
