"""What "Rolling the die" draws: a distribution, the die in the reader's hand, and what temperature costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jielong.model import LanguageModel
from jielong.sampling import branches
from jielong.teaching.figures import Die, Html, bars, grow, lines, show
from jielong.teaching.figures.die import Node
from jielong.tokenizer import Tokenizer


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


def die(model: LanguageModel, tokenizer: Tokenizer, starts: Mapping[str, str]) -> Die:
    """The die in the reader's hand, with the likelier branches of what the model may say.

    starts: how the page calls each beginning -> the text that the model reads, with all its marks.
    """

    def tree(text: str) -> Node:
        ids = tokenizer.encode(text)
        return grow(ids, branches(model), tokenizer.decode, levels=10, width=24, top=12, end=tokenizer.end)

    prompts = [{"text": name, "tree": tree(text)} for name, text in starts.items()]
    alt = ("The real model's die: roll the next token", "真實模型的骰子：擲出下一個 token")
    return Die(prompts, end="<|im_end|>", alt=alt)


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
