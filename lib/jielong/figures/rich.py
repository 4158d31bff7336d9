"""Rich outputs in both languages: one visible, the other hidden until the page's language asks for it."""

from __future__ import annotations

import html as _html
import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

EN, ZH = "en", "zh-Hant-TW"
Pair = Any  # an (English, Chinese) pair: jielong.text.Text, or a plain tuple or list of two strings


def pair(text: Pair, what: str = "text") -> tuple[str, str]:
    """The two languages of a text. A string without a word in it (a number, a symbol) is its own translation."""
    if isinstance(text, (tuple, list)) and len(text) == 2 and all(isinstance(t, str) for t in text):
        return str(text[0]), str(text[1])
    if hasattr(text, "en") and hasattr(text, "zh"):
        return str(text.en), str(text.zh)
    if isinstance(text, str) and not needs_translation(text):
        return text, text
    raise ValueError(f"{what} must be a pair (English, Chinese), got {text!r}")


def needs_translation(label: str) -> bool:
    """Whether a label holds a word: two letters in a row that no digit leads (so not `T`, `16k` or `2e-5`)."""
    return re.search(r"(?<![0-9.])[^\W\d_]{2,}", label) is not None


def spans(text: Pair, what: str = "text") -> str:
    """HTML of a bilingual text: plain when both are the same, else one shown span and one hidden."""
    en, zh = (_html.escape(t) for t in pair(text, what))
    return en if en == zh else f'<span lang="{EN}">{en}</span><span lang="{ZH}" hidden>{zh}</span>'


def attribute(name: str, text: Pair) -> str:
    """An HTML attribute in both languages: ``name="en" data-zh-name="中文"``."""
    en, zh = (_html.escape(t, quote=True) for t in pair(text, name))
    return f'{name}="{en}"' if en == zh else f'{name}="{en}" data-zh-{name}="{zh}"'


class Html:
    """An output: HTML for the page, and one line of plain text for a terminal. Volatile outputs are not compared."""

    def __init__(self, markup: str, plain: str, volatile: bool = False) -> None:
        self.markup, self.plain, self.volatile = markup, plain, volatile

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        metadata = {"jielong": {"volatile": True}} if self.volatile else {}
        return {"text/html": self.markup, "text/plain": self.plain}, metadata

    def __repr__(self) -> str:
        return self.plain


def html(en: str, zh: str) -> Html:
    """A block of HTML in both languages. The text for a terminal is the English without its tags."""
    plain = " ".join(_html.unescape(re.sub(r"<[^>]+>", " ", en)).split())
    return Html(f'<div lang="{EN}">{en}</div><div lang="{ZH}" hidden>{zh}</div>', plain)


def table(rows: Iterable[Sequence[Any]], header: Sequence[Pair], caption: Pair | None = None) -> Html:
    """A table. Cells are bilingual pairs, or anything else as its own text (numbers are set to the right)."""
    rows = [list(row) for row in rows]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row has {len(row)} cells, the header has {len(header)}: {row}")
    head = "".join(f'<th scope="col">{spans(h, "header")}</th>' for h in header)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    title = f"<caption>{spans(caption, 'caption')}</caption>" if caption is not None else ""
    plain = "\n".join("  ".join(map(_plain, row)) for row in [list(header), *rows])
    return Html(f'<table class="jl-table">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>', plain)


def _is_pair(cell: Any) -> bool:
    return not isinstance(cell, str) and (hasattr(cell, "zh") or (isinstance(cell, (tuple, list)) and len(cell) == 2))


def _plain(cell: Any) -> str:
    return pair(cell)[0] if _is_pair(cell) else str(cell)


def _cell(cell: Any) -> str:
    if _is_pair(cell):
        return f"<td>{spans(cell)}</td>"
    text = str(cell)
    number = re.fullmatch(r"[-+−]?[\d.,]+\s?[%x×]?", text) is not None
    return f"<td{' style=' + chr(34) + 'text-align:right' + chr(34) if number else ''}>{_html.escape(text)}</td>"


# Token colours as in `jielong.figures.style`: they read on a white page and on a dark one.
_TOKENS = {
    "k": "#a35fb5",
    "kc": "#a35fb5",
    "kn": "#a35fb5",
    "ow": "#a35fb5",
    "nf": "#2f7fc1",
    "nc": "#2f7fc1",
    "nd": "#2f7fc1",
    "nb": "#2f7fc1",
    "s1": "#1a9a72",
    "s2": "#1a9a72",
    "sa": "#1a9a72",
    "si": "#1a9a72",
    "mi": "#d9740f",
    "mf": "#d9740f",
    "c1": "#858585",
    "sd": "#858585",
}


def show_source(thing: Any) -> Html:
    """The source of a function, class or module of the library, highlighted. The code stands in one place, and is shown
    where it is explained. Raises TypeError for what has no Python source."""
    return listing(textwrap.dedent(inspect.getsource(inspect.unwrap(thing))))


def listing(source: str) -> Html:
    """Python source, highlighted in colours that read on a white page and on a dark one."""
    markup = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True, classprefix=""))
    markup = re.sub(r'<span class="(\w+)">(.*?)</span>', _ink, markup, flags=re.S)
    edge, shade = "border-left:3px solid #2f7fc1", "background:rgba(127,127,127,.08);color:inherit"
    box = f'<pre style="overflow-x:auto;padding:.75em 1em;{edge};{shade}" tabindex="0"><code>{markup}</code></pre>'
    return Html(f'<div class="highlight jl-source">{box}</div>', source)


def _ink(match: re.Match[str]) -> str:
    kind, text = match.groups()
    return f'<span style="color:{_TOKENS[kind]}">{text}</span>' if kind in _TOKENS else text
