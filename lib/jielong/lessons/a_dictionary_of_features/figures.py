"""Pictures of what is kept of the vectors, of the entries to leaf through, and of what pushing one of them does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor

from jielong.interpretability.feature_names import NAMES
from jielong.interpretability.sparse_autoencoders import Gallery
from jielong.teaching.figures import Html, Passages, bars, lines, show
from jielong.tokenizer import Tokenizer


def variance_explained(words: Sequence[float], components: float, noise: Sequence[float]) -> Html:
    """Bars: how much 16 numbers keep, by a dictionary, by principal components, and by a dictionary of noise."""
    kept = {
        "dictionary": sum(words) / len(words),
        "principal components": components,
        "dictionary, of noise": sum(noise) / len(noise),
    }
    zh = dict(zip(kept, ("字典", "主成分", "字典，學的是雜訊"), strict=True))
    return show(
        bars(kept, label="variance explained by 16 numbers", number=".2f", limit=1),
        alt=(
            "Variance explained by 16 numbers: " + ", ".join(f"{k} {v:.2f}" for k, v in kept.items()) + ".",
            "16 個數字解釋的變異：" + "、".join(f"{zh[k]} {v:.2f}" for k, v in kept.items()) + "。",
        ),
        zh=zh | {"variance explained by 16 numbers": "16 個數字解釋了多少變異"},
    )


def numbers_needed(numbers: Sequence[int], components: Sequence[float], dictionary: float) -> Html:
    """Lines: what principal components explain with so many numbers, beside the dictionary's 32 for each token."""
    return show(
        lines(
            numbers,
            {"principal components": components, "dictionary: 32 a token": [dictionary] * len(numbers)},
            x_label="numbers kept",
            y_label="variance explained",
            log_x=True,
        ),
        alt=(
            f"The dictionary explains {dictionary:.2f} with 32 numbers a token, principal components "
            f"{components[2]:.2f}.",
            f"字典每個 token 用 32 個數字，解釋 {dictionary:.2f}；主成分是 {components[2]:.2f}。",
        ),
        zh={
            "principal components": "主成分",
            "dictionary: 32 a token": "字典：每個 token 32 個",
            "numbers kept": "留下幾個數字",
            "variance explained": "解釋的變異",
        },
    )


def entries(gallery: Gallery, tokenizer: Tokenizer) -> Passages:
    """The dictionary to open: the features that have names, and the six places where each is strongest."""

    def entry(feature: int) -> dict[str, Any]:
        passages = [
            {
                "tokens": [piece.replace("\n", "↵") for piece in tokenizer.pieces(tokens)],
                "strengths": [round(mark, 2) for mark in marks],
            }
            for tokens, marks in gallery.examples(feature)[:6]
        ]
        often = gallery.density[feature].item()
        used = {"label": ("tokens that use it", "多少 token 用到"), "value": often, "format": ".1%"}
        return {"numbers": [used], "passages": passages}

    names = {"name": "feature", "label": ("feature", "特徵"), "values": list(NAMES), "options": list(NAMES.values())}
    alt = ("Features of the dictionary and where they are strongest", "字典裡的特徵，和它們最強的地方")
    return Passages(controls=[names], frames=entry, alt=alt)


def plural_by_dose(
    doses: Sequence[float],
    pushed: Float[Tensor, "doses nouns"],
    beside: Float[Tensor, "directions doses nouns"],
) -> Html:
    """Lines: the plural verb's share as more of feature 799 is added, and as more of random directions."""
    shares = ", ".join(f"{d} {p:.2f}" for d, p in zip(doses, pushed.mean(1), strict=True))
    return show(
        lines(
            doses,
            {"feature 799": pushed.mean(1)},
            control={"random direction": beside.mean(2)},
            x_label="how much is added",
            y_label="share of the plural verb",
        ),
        alt=(
            f"Share of the plural verb, by dose: {shares}.",
            f"各劑量下複數動詞的比例：{shares.replace(', ', '、')}。",
        ),
        zh={
            "feature 799": "特徵 799",
            "random direction": "隨機方向",
            "how much is added": "加了多少",
            "share of the plural verb": "複數動詞的比例",
        },
    )


def written(said: Mapping[tuple[int, float], str]) -> Passages:
    """What the model writes, by the feature added (-1: a random direction) and its dose."""
    features, doses = (list(dict.fromkeys(part)) for part in zip(*said, strict=True))
    names = {**NAMES, -1: ("a random direction", "隨機方向")}
    options = [names[feature] for feature in features]
    return Passages(
        controls=[
            {"name": "feature", "label": ("add", "加上"), "values": features, "options": options},
            {"name": "dose", "label": ("dose", "劑量"), "values": doses, "format": ".1f"},
        ],
        frames=lambda feature, dose: {"passages": [{"tokens": [said[feature, dose]], "strengths": [0]}]},
        alt=("What the model writes while a feature is added", "加上一個特徵時模型寫的東西"),
    )
