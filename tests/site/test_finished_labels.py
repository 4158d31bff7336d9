"""Labels of figures, tables and widgets speak Chinese in Chinese notebooks, but for what is said in English there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from bookpages.languages import EDITIONS
from finished import ROOT, STATE, finished
from lxml import html

LESSONS = sorted((ROOT / "book").rglob("*.ipynb"))
HAN = re.compile("[\u3400-\u9fff]")
WORDS = ("alt", "label", "title", "x_label", "y_label", "quantity")
SAID_IN_ENGLISH = {
    *("agent", "key", "value", "query", "token", "logit", "exp", "loss", "head", "beta", "gamma", "top-k", "top-p"),
    *("attention", "softmax", "linear", "delta", "residual", "plain", "fully connected", "local", "shared", "pooling"),
    *("forget gate", "input gate", "output gate", "embedding", "unembedding", "feed-forward", "norm"),
    *("activation function", "logit lens", "law", "nats", "gated", "lstm", "rnn"),
}
"""Terms that the Chinese paragraphs of the book say in English, too. Names in capitals need not stand here."""
OF_THE_MODELS_WORLD = {
    "attention-by-hand": {"night", "fox", "left", "its", "den"},
    "rolling-the-die": {"the", "also"},
    "three-kinds-of-generalists": {"later", "earlier", "across", "mirror", "digits", "roman", "chinese"},
    "who-does-what": {"cold", "five"},
    "a-direction-for-no": {"to sneak into a cinema", "the kitchen there is"},
}
"""Words that a model of the lesson reads or writes, and that so are no labels of ours."""


def labels(path: Any) -> list[tuple[str, str]]:
    """What stands in a lesson's figures, tables and widgets, in English and in Chinese."""
    english, chinese = (finished(path, EDITIONS[code]) for code in ("en", "zh_TW"))
    in_outputs = zip(*(outputs(notebook) for notebook in (english, chinese)), strict=True)
    models = chinese["metadata"].get("widgets", {}).get(STATE, {}).get("state", {}).values()
    return [*in_outputs, *(pair for model in models if "_esm" in model["state"] for pair in in_widget(model["state"]))]


def outputs(notebook: dict[str, Any]) -> list[str]:
    shown = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [" ".join(text.split()) for data in shown for text in in_html("".join(data.get("text/html", "")))]


def in_html(markup: str) -> Iterator[str]:
    """Texts of charts, headers and spans, and what a screen reader says; of claims' links and of code nothing."""
    for element in html.fragment_fromstring(markup, create_parent=True).iter("svg", "text", "th", "span"):
        if not any(around.tag in ("a", "pre", "code") for around in element.iterancestors()):
            yield element.get("aria-label") or "" if element.tag == "svg" else element.text or ""


def in_widget(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each label of a widget; lists that are the same in both languages (options, rows) may be a model's words."""
    if isinstance(value, str):
        if key in WORDS:
            yield value, value
    elif isinstance(value, dict):
        for name, inside in value.items():
            if not name.startswith("_") and name != "prompts":  # what a model reads
                yield from in_widget(inside, "label" if key == "labels" else name)
    elif isinstance(value, list):
        pair = len(value) == 2 and all(isinstance(each, str) for each in value)
        if pair and (key in WORDS or HAN.search(value[1])):
            yield value[0], value[1]
        else:
            for inside in value:
                yield from in_widget(inside)


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
class TestAChineseLesson:
    def test_shows_no_label_in_english(self, path):
        allowed = SAID_IN_ENGLISH | OF_THE_MODELS_WORLD.get(path.stem, set())
        words = "|".join(sorted(map(re.escape, allowed), key=len, reverse=True))
        for _, shown in labels(path):
            left = re.sub(rf"\b({words})\b", "", shown)
            assert HAN.search(shown) or not re.search(r"\b[a-z]{3,}", left), shown

    def test_says_what_has_a_chinese_name_by_this_name(self, path):
        found = labels(path)
        names = {one for one, other in found if HAN.search(other) and re.fullmatch(r"[A-Za-z]+([ +-]+[A-Za-z]+)+", one)}
        for _, shown in found:
            assert [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", shown)] == [], shown
