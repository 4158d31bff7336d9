"""Bilingual text: everything a reader sees exists in English and in Traditional Chinese.

An output carries both languages. Jupyter and Colab show the English one, because the Chinese span is `hidden`; with
JIELONG_LANGUAGE=zh-TW in the environment they show the Chinese one. The site keeps, per edition, the one that it needs.
"""

from __future__ import annotations

import html as _html
import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from jielong.arguments import writable


class Text(NamedTuple):
    """The same words in English and in Traditional Chinese. Plain text: markup in it is escaped."""

    en: str
    zh: str

    @classmethod
    def of(cls, value: Sequence[str], what: str = "text") -> Text:
        """Make a Text of a pair (English, 中文), or of one string without a word in it, such as "0.5".

        Raises TypeError, naming `what`, for anything else, and ValueError for half of a character.
        """
        if isinstance(value, str) and not needs_translation(value):
            writable(**{what: value})
            return cls(value, value)
        if isinstance(value, tuple | list) and len(value) == 2 and all(isinstance(v, str) and v for v in value):
            writable(**{what: "".join(value)})
            return cls(*value)
        raise TypeError(f'{what} must be a pair ("English", "中文"); got {value!r}')

    def html(self) -> str:
        """Both languages as two spans, escaped."""
        return spans(_html.escape(self.en, quote=False), _html.escape(self.zh, quote=False))


def needs_translation(label: str) -> bool:
    """Whether a label holds a word: two letters in a row that no digit leads (so not `T`, `16k` or `2e-5`)."""
    return re.search(r"(?<![0-9.])[^\W\d_]{2,}", label) is not None


def spans(en_html: str, zh_html: str) -> str:
    """Two spans of ready-made HTML, the Chinese one hidden; one string without a span if both are the same."""
    if en_html == zh_html:
        return en_html
    return f'<span lang="en">{en_html}</span><span lang="zh-Hant-TW" hidden>{zh_html}</span>'


def language() -> str:
    """The reader's, "en" or "zh-TW", where JIELONG_LANGUAGE says it; else "": a page's own, and English elsewhere.

    Raises ValueError for another.
    """
    wanted = os.environ.get("JIELONG_LANGUAGE", "")
    if wanted not in ("", "en", "zh-TW"):
        raise ValueError(f"JIELONG_LANGUAGE={wanted!r} must be en or zh-TW")
    return wanted


def in_language(markup: str) -> str:
    """Ready-made HTML that carries both languages, with the reader's shown and the other hidden.

    English without a twin (what a model wrote, say) is shown to all.
    """
    if language() != "zh-TW":
        return markup
    has_twin = r'(?=(?:(?! lang=").)* lang="zh-Hant-TW")'  # SVG's texts know no hidden
    markup = re.sub(rf'(<\w+\b[^>]*? lang="en"){has_twin}', r'\1 hidden display="none"', markup, flags=re.DOTALL)
    markup = re.sub(r'(<\w+\b[^>]*? lang="zh-Hant-TW")(?: hidden| display="none")', r"\1", markup)
    return re.sub(r'\b([\w-]+)="[^"]*" data-zh-\1="([^"]*)"', r'\1="\2"', markup)


def attribute(name: str, value: Sequence[str]) -> str:
    """An HTML attribute in both languages: aria-label="…" data-zh-aria-label="…"."""
    writable(name=name)
    text = Text.of(value, name)
    return f'{name}="{_html.escape(text.en)}" data-zh-{name}="{_html.escape(text.zh)}"'
