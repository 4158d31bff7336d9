"""One source, several editions: each notebook is reduced to the edition's language before it is parsed."""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.writers.html5 import HTML5Translator

from . import comments, layout, notebooks, printed
from .languages import EDITIONS, HAN, Edition, speak

TITLES = ("Jielong: a book on language models that runs", "接龍：一本跑得動的語言模型書")
SHOW_CODE = ("Show the code", "顯示程式碼")
HIDE_CODE = ("Hide the code", "收起程式碼")
SHOW_SOLUTION = ("Show a solution", "看一個解法")
HIDE_SOLUTION = ("Hide the solution", "收起解法")


def edition_of(app: Sphinx) -> Edition:
    return EDITIONS[app.config.language]


def _configure(app: Sphinx, config: Config) -> None:
    edition = EDITIONS[config.language]
    config.html_title = edition.pick(*TITLES)
    config.nb_code_prompt_show = edition.pick(*SHOW_CODE)
    config.nb_code_prompt_hide = edition.pick(*HIDE_CODE)
    config.togglebutton_hint = edition.pick("Click to show", "點一下展開")
    config.togglebutton_hint_hide = edition.pick("Click to hide", "點一下收起")


def _read_notebook(app: Sphinx, docname: str, source: list[str]) -> None:
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    edition = edition_of(app)
    notebook = json.loads(source[0])
    say = messages(app, docname)
    printed.translate(notebook, say)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = comments.translated("".join(cell["source"]), say)
            _reduce_outputs(cell, edition)
            _fold(cell, edition)
    layout.put_lesson_bar(app, docname, notebook, edition)
    notebook["metadata"].pop("jielong", None)
    source[0] = json.dumps(notebook)


def messages(app: Sphinx, docname: str) -> Callable[[str], str]:
    """What this edition says for the English of a page; the English, where it has nothing else to say."""
    return gettext.translation(docname, Path(app.srcdir, "locale"), [app.config.language], fallback=True).gettext


def _reduce_outputs(cell: dict[str, Any], edition: Edition) -> None:
    """Keep what a page shows: one language, and no record that is only for the ledger or for prose."""
    for output in cell["outputs"]:
        if "data" in output:
            shown = {mime: data for mime, data in output["data"].items() if not mime.startswith(notebooks.PRIVATE)}
            if "text/html" in shown:
                shown["text/html"] = speak("".join(shown["text/html"]), edition)
            output["data"] = shown
    cell["outputs"] = [each for each in cell["outputs"] if "data" not in each or any(each["data"].values())]


def _fold(cell: dict[str, Any], edition: Edition) -> None:
    """A summary's table needs no call above it; a solution waits behind words of its own."""
    tags = cell["metadata"].setdefault("tags", [])
    if "".join(cell["source"]) in ("summary()", "claims.summary()"):
        tags.append("remove-input")
    if "solution" in tags:
        prompts = {"code_prompt_show": edition.pick(*SHOW_SOLUTION), "code_prompt_hide": edition.pick(*HIDE_SOLUTION)}
        cell["metadata"].setdefault("mystnb", {}).update(prompts)


def _translate_captions(app: Sphinx, doctree: nodes.document) -> None:
    """The table of contents is put into the tree after Sphinx has translated it: do its captions here."""
    say = messages(app, app.env.docname)
    for toctree in doctree.findall(addnodes.toctree):
        if toctree.get("rawcaption"):
            toctree["caption"] = say(toctree["rawcaption"])


def _mark_latin(_app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Chinese has no italics, and stress is bold there; a title in Latin letters stays slanted."""
    for stressed in doctree.findall(nodes.emphasis):
        if not re.search(f"[{HAN}]", stressed.astext()):
            stressed["classes"].append("latin")


def _open_fold(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Folded code. MyST-NB's own would be read out as "Toggle hidden content", in English, whatever is inside."""
    show, hide = escape(node["prompt_show"]), escape(node["prompt_hide"])
    self.body.append(
        f'<details class="fold"><summary><span class="fold-show">{show}</span><span class="fold-hide">{hide}</span>'
        "</summary>\n"
    )


def _close_fold(self: HTML5Translator, _node: HideCodeCellNode) -> None:
    self.body.append("</details>\n")


def setup(app: Sphinx) -> None:
    app.add_node(HideCodeCellNode, override=True, html=(_open_fold, _close_fold))
    app.connect("config-inited", _configure)
    app.connect("source-read", _read_notebook)
    app.connect("doctree-read", _translate_captions, priority=900)
    app.connect("doctree-resolved", _mark_latin)
