"""The directive {ledger}: every claim of the book in one table, gathered from the notebooks' outputs."""

from __future__ import annotations

from collections import Counter
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from docutils import nodes
from jielong.teaching import claims
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from .languages import EDITIONS, Edition

COLUMNS = [
    ("What was measured", "量了什麼"),
    ("Number", "數字"),
    ("Control", "對照"),
    ("Bar", "門檻"),
    ("Published", "文獻數字"),
    ("Verdict", "結果"),
]


class Ledger(SphinxDirective):
    """One line per claim, grouped by the row of the curriculum, each linked to the cell that measured it."""

    def run(self) -> list[nodes.Node]:
        self.env.note_reread()
        edition = EDITIONS[self.config.language]
        root = Path(self.env.srcdir)
        pages = [root / self.env.doc2path(name, base=False) for name in sorted(self.env.found_docs)]
        found = claims.gather(page for page in pages if page.suffix == ".ipynb")
        for claim in found:
            docname = Path(claim["notebook"]).relative_to(root).with_suffix("").as_posix()
            claim["href"] = relative_uri(f"{self.env.docname}.html", f"{docname}.html") + f"#{claim['anchor']}"
        return [nodes.raw("", _total(found, edition) + _table(found, edition), format="html")]


def _total(found: list[dict[str, Any]], edition: Edition) -> str:
    count = Counter(claim["verdict"] for claim in found)
    rows = len({claim["row"] for claim in found})
    holds, missed = count["holds"], count["not reproduced"]
    english = f"Rows of the curriculum: {rows}. Claims: {len(found)}. Hold: {holds}. Did not reproduce: {missed}."
    chinese = f"課程的 {rows} 列，共 {len(found)} 項主張：{holds} 項成立，{missed} 項沒有重現。"
    return f'<p class="ledger-total">{edition.pick(english, chinese)}</p>'


def _table(found: list[dict[str, Any]], edition: Edition) -> str:
    head = "".join(f'<th scope="col">{edition.pick(*name)}</th>' for name in COLUMNS)
    body = "".join(
        f'<tbody><tr class="ledger-row"><th colspan="6" scope="rowgroup"><span class="ledger-number">{row}</span> '
        f"{_say(claims.ROWS[row], edition)}</th></tr>" + "".join(_line(claim, edition) for claim in group) + "</tbody>"
        for row, group in groupby(found, key=lambda claim: claim["row"])
    )
    return (
        f'<div class="table-scroll" tabindex="0" role="region" aria-label="{edition.pick("The ledger", "總帳")}">'
        f'<table class="ledger"><thead><tr>{head}</tr></thead>{body}</table></div>'
    )


def _line(claim: dict[str, Any], edition: Edition) -> str:
    sign, words = claims.VERDICTS[claim["verdict"]]
    published = claim["published"]
    tried = f'<p class="ledger-tried">{_say(claim["tried"], edition)}</p>' if claim["tried"] else ""
    cells = [
        f'<a href="{escape(claim["href"])}">{_say(claim["what"], edition)}</a>{tried}',
        escape(claim["measured_text"]),
        _control(claim, edition),
        _say(claim["bar"], edition),
        f"{_say(published['text'], edition)} <cite>{escape(published['citation'])}</cite>" if published else "—",
        f'<span aria-hidden="true">{sign}</span> {edition.pick(*words)}',
    ]
    kind = claim["verdict"].replace(" ", "-")
    labelled = "".join(
        f'<td data-label="{edition.pick(*name)}">{cell}</td>' for name, cell in zip(COLUMNS, cells, strict=True)
    )
    return f'<tr class="ledger-claim ledger-{kind}">{labelled}</tr>'


def _control(claim: dict[str, Any], edition: Edition) -> str:
    if claim["control"] is None:
        return "—"
    return f"{escape(claim['control_text'])} <small>{_say(claim['control_what'], edition)}</small>"


def _say(text: dict[str, str], edition: Edition) -> str:
    return escape(edition.pick(text["en"], text["zh"]))


def setup(app: Sphinx) -> None:
    app.add_directive("ledger", Ledger)
