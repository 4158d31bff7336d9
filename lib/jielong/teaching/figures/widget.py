"""What every widget shares: its data, its words in both languages, and its drawing code, all in the widget's state.

The page keeps that state and draws from it with no kernel (site/) exactly as Jupyter and Colab do through anywidget.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets

from jielong.arguments import at_least, writable
from jielong.teaching.figures.rich import Pair
from jielong.teaching.text import Text, language

_JS = Path(__file__).parent / "js"


def plain(value: Any, digits: int = 5) -> Any:
    """Data as JSON can hold it: lists, strings and numbers, floats to ``digits`` significant digits, tuples of text as
    lists. Raises ValueError for what is not a finite number or half of a character, TypeError for what JSON cannot
    hold."""
    at_least(1, digits=digits)
    if isinstance(value, dict):
        return {plain(str(k)): plain(v, digits) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, digits) for v in value]
    if isinstance(value, str):
        writable(data=value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "tolist"):  # numpy and torch
        return plain(value.tolist(), digits)
    if hasattr(value, "zh"):
        return list(Text.of(value))
    if not isinstance(value, float):
        raise TypeError(f"a widget's data can't hold {type(value).__name__}: {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"a widget's data must be finite, got {value}")
    short = float(np.format_float_scientific(value, precision=digits - 1))
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


@functools.cache
def _module(name: str) -> str:
    """The widget's JavaScript, with what all widgets share before it: one module that imports nothing."""
    return "\n".join((_JS / part).read_text(encoding="utf-8") for part in ("common.js", name))


class Widget(anywidget.AnyWidget):
    """A figure for the reader's hand. A subclass names its drawing code (a file in js/) and its words.

    data: numbers and text, as JSON. labels: {name: [English, Chinese]}. alt: what the figure is, [English, Chinese].
    language: the reader's, as `text.language` says it.
    """

    _js: ClassVar[str]
    _esm: ClassVar[str]
    _css = (_JS / "widget.css").read_text(encoding="utf-8")
    _words: ClassVar[dict[str, Pair]] = {}
    data = traitlets.Dict().tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)
    alt: Any = traitlets.List().tag(sync=True)
    language = traitlets.Unicode().tag(sync=True)

    def __init_subclass__(cls, **keywords: Any) -> None:
        if "_js" in cls.__dict__:  # not when traitlets makes a subclass of its own, to add a trait
            cls._esm = _module(cls._js)
        super().__init_subclass__(**keywords)

    def __init__(self, data: dict[str, Any], alt: Pair, labels: dict[str, Pair] | None = None) -> None:
        words = {name: list(Text.of(text, name)) for name, text in {**self._words, **(labels or {})}.items()}
        super().__init__(data=plain(data), labels=words, alt=list(Text.of(alt, "alt")))
        self.language = language()

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.alt[0]}"
