"""The editions of the book, and how a bilingual piece of HTML becomes a piece in one language."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from lxml import html

ATTRIBUTE = "data-zh-"
HAN = "\u3400-\u9fff\uf900-\ufaff"  # Chinese letters, as a range in a regular expression


@dataclass(frozen=True)
class Edition:
    """One language of the book: Sphinx's name for it, its folder, its tag in HTML, and what readers call it."""

    code: str
    folder: str
    tag: str
    label: str

    def pick(self, english: str, chinese: str) -> str:
        """The one of two texts that this edition shows."""
        return chinese if self.code == "zh_TW" else english


EDITIONS = {
    "en": Edition("en", "en", "en", "English"),
    "zh_TW": Edition("zh_TW", "zh-TW", "zh-Hant-TW", "繁體中文"),
}


def speak(source: str, edition: Edition) -> str:
    """HTML that carries both languages, as `<x lang="en">..</x><x lang="zh-Hant-TW" hidden>..</x>` and as
    `data-zh-NAME` beside an attribute NAME, reduced to one of them.

    English that stands alone (what a model wrote, say) stays in every edition.
    """
    if 'lang="zh-Hant-TW"' not in source and ATTRIBUTE not in source:
        return source
    root = html.fragment_fromstring(source, create_parent="div")
    _choose_attributes(root, edition)
    for chinese in root.xpath(".//*[@lang='zh-Hant-TW']"):
        english = chinese.getprevious()
        if english is None or english.get("lang") != "en":
            continue
        keep, drop = (chinese, english) if edition.code == "zh_TW" else (english, chinese)
        for name in ("hidden", "display"):
            keep.attrib.pop(name, None)
        drop.drop_tree()
    return escape(root.text or "", quote=False) + "".join(html.tostring(child, encoding="unicode") for child in root)


def _choose_attributes(root: html.HtmlElement, edition: Edition) -> None:
    for element in root.iter():
        for name in [name for name in element.attrib if name.startswith(ATTRIBUTE)]:
            chinese = element.attrib.pop(name)
            if edition.code == "zh_TW":
                element.set(name.removeprefix(ATTRIBUTE), chinese)
