"""Pictures of what the model would say after each layer, and of how near the right word is in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10
from statistics import median
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from jielong.interpretability.lenses import lens, streams
from jielong.lessons.between_the_layers.translations import LANGUAGES, Run
from jielong.model import LanguageModel
from jielong.teaching.figures import Explorer, Html, Lens, bars, lines, show, table
from jielong.tokenizer import Tokenizer

TEXTS = {
    "The opposite of hot is": None,
    "The Eiffel Tower is in the city of": None,
    "Monday, Tuesday, Wednesday,": None,
    "Un, deux, trois, quatre,": "One, two, three, four,",
    "Bonjour, comment allez-": "Hello, how are",
    "Il était une": "Once upon (she was a)",
    "一，二，三，四，": "one, two, three, four,",
    "上和下，左和": "up and down, left and",
    "我爱你，你爱": "I love you, you love",
    "黑和": "black and",
}
"""Texts to look into, with their English where they have another language."""
DEPTHS = [0, 4, 8, 12, 16, *range(19, 31)]
ZH = {"English": "英文", "Spanish": "西班牙文", "French": "法文", "German": "德文", "Chinese": "中文"}


def lens_to_walk_through(model: LanguageModel, tokenizer: Tokenizer) -> Lens:
    """The lens on ten texts: the likeliest words at every token, after each of some layers."""
    alt = ("What the model would say at each token, after each layer", "每個 token、每一層之後，模型會說什麼")
    return Lens([_grid(model, tokenizer, *text) for text in TEXTS.items()], DEPTHS, alt=alt)


def _grid(model: LanguageModel, tokenizer: Tokenizer, text: str, meaning: str | None) -> dict[str, Any]:
    ids = torch.tensor([tokenizer.encode("\n" + text)])
    best = [lens(model, x).softmax(-1).topk(5) for x in streams(model, ids)[DEPTHS, 0, 1:]]
    return {
        "label": (f"{text} ({meaning})", f"{text}（{meaning}）") if meaning else (text, text),
        "tokens": tokenizer.pieces(ids[0, 1:]),
        "words": [[tokenizer.pieces(cell) for cell in row.indices] for row in best],
        "percent": [(100 * row.values).round().int().tolist() for row in best],
    }


def agreement_with_the_end(agree: Mapping[str, Float[Tensor, " depths"]]) -> Html:
    """Lines: at how many tokens the lens says what the model will say, by layer, with and without the right norm."""
    by_lens, bare = agree["the lens"], agree["no norm"]
    return show(
        lines(
            range(len(by_lens)),
            {"the lens": by_lens},
            {name: shares for name, shares in agree.items() if name != "the lens"},
            x_label="layers run",
            y_label="says what the model will say",
        ),
        alt=(
            f"After layer 20 the lens says the final word at {by_lens[20]:.0%} of the tokens, after layer 28 at "
            f"{by_lens[28]:.0%}; without the norm at {bare[28]:.0%}.",
            f"第 20 層之後，lens 在 {by_lens[20]:.0%} 的 token 上已經說出最後的答案，第 28 層之後 "
            f"{by_lens[28]:.0%}；少了 norm 只有 {bare[28]:.0%}。",
        ),
        zh={
            "the lens": "logit lens",
            "no norm": "沒有 norm",
            "layer 15's norm": "第 15 層的 norm",
            "layers run": "跑過幾層",
            "says what the model will say": "說的跟最後一樣",
        },
    )


def where_words_settle(depth: Int[Tensor, " tokens"]) -> Html:
    """Bars: the share of the tokens whose word is settled within the first layers, the next, and so on."""
    steps = {
        ("up to 10", "10 層以內"): (0, 10),
        ("11 to 20", "11 到 20"): (11, 20),
        ("21 to 25", "21 到 25"): (21, 25),
        ("26 to 29", "26 到 29"): (26, 29),
        ("only the last", "最後一層才定"): (30, 30),
    }
    share = {words: ((depth >= a) & (depth <= b)).float().mean().item() for words, (a, b) in steps.items()}
    return show(
        bars({en: value for (en, _), value in share.items()}, label="share of the tokens", number=".0%"),
        alt=(
            "Where the word settles: " + ", ".join(f"{en} {value:.0%}" for (en, _), value in share.items()) + ".",
            "在哪裡定下來：" + "、".join(f"{zh} {value:.0%}" for (_, zh), value in share.items()),
        ),
        zh=dict(steps.keys()) | {"share of the tokens": "token 的比例"},
    )


def places_by_language(runs: Mapping[tuple[str, str], Sequence[Run]]) -> Explorer:
    """Lines: the right word's place in each language as the layers go by, the mean of some runs, by what is translated.

    runs: some for each pair of languages.
    """

    def frame(pair: int) -> dict[str, Any]:
        some = list(runs.values())[pair]
        places = {name: torch.stack([run.places[name].mean(1) for run in some]).mean(0)[15:] for name in LANGUAGES[:4]}
        series = [
            {"label": (name, ZH[name]), "y": (-y).tolist(), "control": name == "German"} for name, y in places.items()
        ]
        axes = {
            "x_label": ("layers run", "跑過幾層"),
            "y_label": ("place in the list (−1 is first)", "名次（−1 是第一名）"),
        }
        return {"lines": {"x": list(range(15, 31)), "series": series, **axes}}

    options = [(f"{a} to {b}", f"{ZH[a]}翻{ZH[b]}") for a, b in runs]
    return Explorer(
        [{"name": "pair", "label": ("translate", "翻譯"), "values": list(range(len(runs))), "options": options}],
        frame,
        alt=("Place of the right word in each language, by layer", "各語言正確單字的名次，逐層"),
    )


def places_of_the_english_word(own: Mapping[int, Sequence[int]], others: Mapping[int, Sequence[int]]) -> Html:
    """Lines: the median place of the English word, by layer, beside that of the other beginnings' English words."""
    mine, theirs = ({depth: median(places) for depth, places in some.items()} for some in (own, others))
    return show(
        lines(
            list(mine),
            {"its own": [log10(place) for place in mine.values()]},
            {"the others'": [log10(place) for place in theirs.values()]},
            x_label="layers run",
            y_label="median place, as a power of ten",
        ),
        alt=(
            f"Median place of the English word: {mine[24]:.0f} after layer 24, {mine[29]:.0f} after 29, "
            f"{mine[30]:.0f} after the last; other words {theirs[29]:.0f} after 29.",
            f"英文字名次的中位數：24 層後 {mine[24]:.0f}，29 層後 {mine[29]:.0f}，最後 {mine[30]:.0f}；"
            f"別題的英文字在 29 層後是 {theirs[29]:.0f}。",
        ),
        zh={
            "its own": "自己的",
            "the others'": "別題的",
            "layers run": "跑過幾層",
            "median place, as a power of ten": "名次的中位數（10 的幾次方）",
        },
    )


def english_on_the_way(
    tokenizer: Tokenizer, texts: Mapping[str, str], heard: Sequence[Int[Tensor, "texts 3"]], places: Sequence[int]
) -> Html:
    """A table: each Chinese beginning, the lens's three words after two layers, and the place of the English word."""

    def words(tokens: Int[Tensor, " 3"]) -> str:
        return ", ".join(tokenizer.decode([t]).strip() or "␣" for t in tokens.tolist())

    return table(
        [
            [text, *(words(tokens[k]) for tokens in heard), word, places[k]]
            for k, (text, word) in enumerate(texts.items())
        ],
        header=[
            ("text", "文字"),
            ("after layer 26", "26 層後"),
            ("after layer 28", "28 層後"),
            ("in English", "英文"),
            ("place", "名次"),
        ],
    )
