"""Chinese search by pairs of neighbouring characters: needs no dictionary, and finds phrases."""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

HAN = "\u3400-\u9fff\uf900-\ufaff"

# The page splits what a reader types as the index was split.
SPLITTER = rf"""
var splitQuery = function (query) {{
  const pieces = query.match(/[{HAN}]+|[^\s\p{{P}}{HAN}]+/gu) || [];
  const pairs = (piece) => Array.from(piece, (_, i) => piece.slice(i, i + 2)).slice(0, -1);
  return pieces.flatMap((piece) => /[{HAN}]{{2,}}/u.test(piece) ? pairs(piece) : [piece]);
}};
"""


class Bigrams(SearchLanguage):
    """Han text as single characters and pairs; everything else as words in lower case."""

    lang = "zh"
    language_name = "Chinese"
    js_stemmer_code = "var Stemmer = function () { this.stemWord = (word) => word; };"
    js_splitter_code = SPLITTER
    stopwords: set[str] = set()
    pieces = re.compile(rf"[{HAN}]+|[A-Za-z0-9_]+")

    def split(self, input: str) -> list[str]:
        words: list[str] = []
        for piece in self.pieces.findall(input):
            words += [piece] if piece.isascii() else [*piece, *(piece[i : i + 2] for i in range(len(piece) - 1))]
        return words

    def word_filter(self, word: str) -> bool:
        return True

    def stem(self, word: str) -> str:
        return word.lower()


def setup(app: Sphinx) -> None:
    app.add_search_language(Bigrams)
