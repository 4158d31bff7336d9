"""What "Rolling the die" draws: a distribution, the die in the reader's hand, and what temperature costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jielong.teaching.figures import Die, Html, bars, lines, show
from jielong.teaching.figures.die import Node


def next_tokens(chances: Mapping[str, float]) -> Html:
    """Bars: how probable the most probable tokens after "The capital of France is" are; Paris is one of them."""
    paris, second = chances["Paris"], sorted(chances.values())[-2] + 0.005
    return show(
        bars(chances, label="probability of the next token", number=".3f"),
        alt=(
            f"Bars: Paris {paris:.2f}, the rest of the eight below {second:.2f}.",
            f"長條圖：Paris {paris:.2f}，八個裡其餘的都不到 {second:.2f}。",
        ),
        zh={"probability of the next token": "下一個 token 的機率"},
        same=chances,
    )


def die(trees: Mapping[str, Node], end: str) -> Die:
    """The die, for each beginning with the tree of what the model may say; end: the token that ends a sentence."""
    prompts = [{"text": text, "tree": tree} for text, tree in trees.items()]
    return Die(prompts, end=end, alt=("The real model's die: roll the next token", "真實模型的骰子：擲出下一個 token"))


def right_capitals(
    temperatures: Sequence[float], whole: Sequence[float], trimmed: Mapping[str, Sequence[float]]
) -> Html:
    """Lines: the chance of the right capital by temperature, with the whole die and with a trimmed one."""
    top_k = trimmed["top-k 10"]
    return show(
        lines(
            temperatures,
            trimmed,
            control={"whole die": whole},
            x_label="temperature",
            y_label="chance of the right capital",
        ),
        alt=(
            f"Three falling curves. The whole die falls from {whole[0]:.2f} to {whole[-1]:.2f}, "
            f"top-k 10 only to {top_k[-1]:.2f}.",
            f"三條往下掉的線。整顆骰子從 {whole[0]:.2f} 掉到 {whole[-1]:.2f}，top-k 10 只掉到 {top_k[-1]:.2f}。",
        ),
        zh={"whole die": "整顆骰子", "temperature": "溫度", "chance of the right capital": "答對首都的機率"},
        same=trimmed,
    )
