"""Rich outputs in both languages: one visible, the other hidden until the page's language asks for it."""

from __future__ import annotations

import html as _html
import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from jielong.arguments import writable
from jielong.teaching.figures.style import colors, inked
from jielong.teaching.text import Text, in_language

Pair = Any  # an (English, Chinese) pair: jielong.teaching.text.Text, or a plain tuple or list of two strings


class Html:
    """An output: HTML for the page, and one line of plain text for a terminal. Volatile outputs are not compared.

    records: what is kept beside it for the comparison, unseen, by MIME type.
    """

    def __init__(
        self, markup: str, plain: str, volatile: bool = False, records: Mapping[str, dict[str, Any]] | None = None
    ) -> None:
        writable(markup=markup, plain=plain)
        self.markup, self.plain, self.volatile, self.records = markup, plain, volatile, dict(records or {})

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        metadata = {"jielong": {"volatile": True}} if self.volatile else {}
        return {"text/html": in_language(self.markup), "text/plain": self.plain, **self.records}, metadata

    def __repr__(self) -> str:
        return self.plain


def html(en: str, zh: str) -> Html:
    """A block of HTML in both languages. The text for a terminal is the English without its tags."""
    plain = " ".join(_html.unescape(re.sub(r"<[^>]+>", " ", en)).split())
    return Html(f'<div lang="en">{en}</div><div lang="zh-Hant-TW" hidden>{zh}</div>', plain)


def table(rows: Iterable[Sequence[Any]], header: Sequence[Pair], caption: Pair | None = None) -> Html:
    """A table. Cells are bilingual pairs, or anything else as its own text (numbers are set to the right)."""
    rows = [list(row) for row in rows]
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row has {len(row)} cells, the header has {len(header)}: {row}")
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    head = "".join(
        f'<th scope="col"{_align(all(map(_is_number, cells)))}>{Text.of(h, "header").html()}</th>'
        for h, cells in zip(header, columns, strict=True)
    )
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    title = f"<caption>{Text.of(caption, 'caption').html()}</caption>" if caption is not None else ""
    plain = "\n".join("  ".join(map(_plain, row)) for row in [list(header), *rows])
    return Html(f'<table class="jl-table">{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>', plain)


def _is_pair(cell: Any) -> bool:
    return not isinstance(cell, str) and (hasattr(cell, "zh") or (isinstance(cell, (tuple, list)) and len(cell) == 2))


def _plain(cell: Any) -> str:
    return Text.of(cell)[0] if _is_pair(cell) else str(cell)


def _cell(cell: Any) -> str:
    if _is_pair(cell):
        return f"<td>{Text.of(cell).html()}</td>"
    return f"<td{_align(_is_number(cell))}>{_html.escape(str(cell))}</td>"


def _is_number(cell: Any) -> bool:
    return re.fullmatch(r"[-+−]?[\d.,]+\s?[%x×]?|—", str(cell)) is not None


def _align(right: bool) -> str:
    return ' style="text-align:right"' if right else ""


_HUES = {
    colors.purple: ("k", "kc", "kn", "ow"),
    colors.blue: ("nf", "nc", "nd", "nb"),
    colors.green: ("s1", "s2", "sa", "si"),
    colors.orange: ("mi", "mf"),
    colors.grey: ("c1", "sd"),
}
_TOKENS = {kind: f"color:{inked(hue)}" for hue, kinds in _HUES.items() for kind in kinds}


def show_source(thing: Any) -> Html:
    """The source of a function, class or module of the library, highlighted. The code stands in one place, and is shown
    where it is explained. Raises TypeError for what has no Python source."""
    return listing(textwrap.dedent(inspect.getsource(inspect.unwrap(thing))))


def listing(source: str) -> Html:
    """Python source, highlighted in colours that read on a white page and on a dark one."""
    markup = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True, classprefix=""))
    markup = re.sub(r'<span class="(\w+)">(.*?)</span>', _ink, markup, flags=re.S)
    edge, shade = f"border-left:3px solid {colors.blue}", "background:rgba(127,127,127,.08);color:inherit"
    box = f'<pre style="overflow-x:auto;padding:.75em 1em;{edge};{shade}" tabindex="0"><code>{markup}</code></pre>'
    return Html(f'<div class="highlight jl-source">{box}</div>', source)


def _ink(match: re.Match[str]) -> str:
    kind, text = match.groups()
    return f'<span style="{_TOKENS[kind]}">{text}</span>' if kind in _TOKENS else text
