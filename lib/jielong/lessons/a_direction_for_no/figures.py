"""Pictures of what the model writes as it is pushed, and of how the direction of no is found, taken out and put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor

from jielong.teaching.figures import Explorer, Html, lines, show, table

VOICES = {"French": ("French", "法文"), "CAPITALS": ("CAPITALS", "大寫"), "random": ("a random arrow", "隨機的箭頭")}
HEARD = {"French": ("common French words", "常見法文詞"), "CAPITALS": ("capital letters", "大寫字母")}


def pushed_writing(
    said: Mapping[Any, Mapping[str, str]],
    hears: Mapping[str, Callable[[str], float]],
    layers: Sequence[int],
    doses: Sequence[float],
) -> Explorer:
    """How two texts go on, and how much of each voice is heard in them, by voice, layer and strength of the push.

    said: how each beginning goes on, by voice, layer and dose, and without a push by the name "nothing".
    """

    def frame(voice: str, layer: int, dose: float) -> dict[str, Any]:
        texts = said[(voice, layer, dose) if dose else "nothing"]
        shares = {v: sum(map(hear, texts.values())) / len(texts) for v, hear in hears.items()}
        numbers = [{"label": HEARD[v], "value": share, "format": ".0%"} for v, share in shares.items()]
        quotes = [(start + " …" + text).replace("\n", " ") for start, text in texts.items()]
        return {"numbers": numbers, "text": (quotes[0], quotes[0]), "text 2": (quotes[1], quotes[1])}

    voices = {"values": list(VOICES), "options": list(VOICES.values())}
    strengths = {"values": [0.0, *doses], "format": ".2f", "start": 1.0}
    return Explorer(
        controls=[
            {"name": "voice", "label": ("push towards", "往哪裡推")} | voices,
            {"name": "layer", "label": ("behind block", "在第幾個 block 之後"), "values": list(layers)},
            {"name": "dose", "label": ("how hard", "推多用力")} | strengths,
        ],
        frames=frame,
        alt=("What the model writes at each strength of a push", "每種力道下，模型寫了什麼"),
    )


def price_of_a_push(scores: Mapping[str, Mapping[str, float]], cost: Mapping[str, Sequence[float]]) -> Html:
    """A table: what is heard after each push, and what it costs in loss on three texts."""
    words = {
        "nothing": ("nothing", "什麼都不加"),
        "French": ("towards French", "往法文推"),
        "CAPITALS": ("towards CAPITALS", "往大寫推"),
        "random, as long as French 1": ("at random, as long", "隨機方向，一樣長"),
    }
    return table(
        [
            [words[name], *(f"{share:.0%}" for share in scores[name].values()), *(f"{loss:.2f}" for loss in losses)]
            for name, losses in cost.items()
        ],
        header=[
            ("pushed", "怎麼推"),
            ("French words", "法文詞"),
            ("capital letters", "大寫字母"),
            ("loss: English", "loss：英文"),
            ("French", "法文"),
            ("CAPITALS", "大寫"),
        ],
    )


def requests_told_apart(known: Float[Tensor, " layers"], luck: Float[Tensor, " layers"]) -> Html:
    """Lines: the share of new requests on the right side of the middle, along the arrow and along a random one."""
    return show(
        lines(
            range(len(known)),
            {"along the arrow": known},
            {"along a random one": luck},
            x_label="behind block",
            y_label="told apart",
        ),
        alt=(
            f"Share of new requests told apart by layer: along the arrow {known.max():.2f} at best, "
            f"along a random one {luck.mean():.2f} on average.",
            f"各層把新請求分對的比例：沿著箭頭最高 {known.max():.2f}，沿著隨機的平均 {luck.mean():.2f}。",
        ),
        zh={
            "along the arrow": "沿著這個箭頭",
            "along a random one": "沿著隨機的箭頭",
            "behind block": "在第幾個 block 之後",
            "told apart": "分得對的比例",
        },
    )


def answers_without_no(
    left: Mapping[str, tuple[float, float]], prompts: Sequence[str], texts: Mapping[str, Sequence[str]]
) -> Html:
    """A table: how often the model still refuses, its loss on text, and what it answers, by what was taken out.

    left: refusals and loss. texts: an answer to each of the prompts.
    """
    words = {
        "nothing": ("nothing", "什麼都不拿"),
        "all of it": ("all of the direction", "整個方向"),
        "careful": ("what goes beyond", "只拿超出的"),
        "random 1": ("the same of a random one", "隨機方向超出的"),
    }
    return table(
        [
            [words[name], f"{left[name][0]:.0%}", f"{left[name][1]:.2f}", *map(repr, some)]
            for name, some in texts.items()
        ],
        header=[
            ("taken out", "拿掉什麼"),
            ("refuses", "拒絕"),
            ("text loss", "文字 loss"),
            *((prompt.strip(), prompt.strip()) for prompt in prompts),
        ],
    )


def answers_with_more_no(
    spread: Mapping[float, Sequence[float]], asked: Sequence[str], texts: Sequence[str]
) -> Explorer:
    """What the model answers to each request, and how often it refuses, by how many arrows are added.

    spread: by number of arrows, the share refused of mischief and of innocent requests. texts: as many answers as
    requests for each.
    """
    turns = list(spread)

    def frame(turn: float) -> dict[str, Any]:
        some = texts[len(asked) * turns.index(turn) :][: len(asked)]
        quotes = [(ask.strip() + text).replace("\n", " ") for ask, text in zip(asked, some, strict=True)]
        refused = [("mischief refused", "壞請求被拒絕"), ("innocent refused", "正當請求被拒絕")]
        numbers = [
            {"label": name, "value": share, "format": ".0%"} for name, share in zip(refused, spread[turn], strict=True)
        ]
        return {"numbers": numbers} | {f"text {k}": (quote, quote) for k, quote in enumerate(quotes, 1)}

    return Explorer(
        controls=[
            {"name": "turn", "label": ("arrows added", "加幾倍的箭頭"), "values": turns, "format": ".1f", "start": 0.0}
        ],
        frames=frame,
        alt=("What the model answers as the direction of no is added or subtracted", "加減「不」的方向，模型怎麼回答"),
    )
