"""Around the text: language switch, links to the reader's own fork, the bar under a lesson's title, page head."""

from __future__ import annotations

import posixpath
import re
from datetime import date
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from . import notebooks
from .languages import EDITIONS, Edition
from .repository import COLAB, FORGE, NOTEBOOKS, page_address, slug

FOOTER = (
    "An independent companion to Hung-yi Lee’s lectures. Code: MIT. Text and figures: CC BY 4.0.",
    "這是一本獨立的書，伴著李宏毅老師的課一起讀。程式碼採 MIT 授權，文字與圖採 CC BY 4.0。",
)
NO_SCRIPT = (
    "JavaScript is off: the figures for your hand, search and the dark colours are missing. All else is on the page.",
    "這裡沒有開啟 JavaScript：可以動手的圖、搜尋和深色模式不會出現，其他都在這一頁上。",
)
UNUSED = re.compile("thebe|mathjax", re.IGNORECASE)  # scripts that extensions add whether or not they are used


def _configure(app: Sphinx, config: Config) -> None:
    edition = EDITIONS[config.language]
    options = config.html_theme_options
    options |= {
        "search_bar_text": edition.pick("Search this book", "搜尋這本書"),
        "toc_title": edition.pick("On this page", "本頁目錄"),
        "navbar_persistent": [],
        "article_header_start": ["toggle-primary-sidebar.html", "breadcrumb.html"],
        "article_header_end": ["languages.html", "article-header-buttons.html"],
        "footer_content_items": ["report.html", "extra-footer.html"],
        "extra_footer": edition.pick(*FOOTER),
        "use_download_button": False,  # our own buttons are in site/templates
        "use_fullscreen_button": False,
        "pygments_light_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
    }


def put_lesson_bar(app: Sphinx, docname: str, notebook: dict[str, Any], edition: Edition) -> None:
    """Under the notebook's title: a button that opens it on Colab, if there is a repository, and the run card."""
    text, colab = edition.pick("Open in Colab", "在 Colab 開啟"), ""
    if slug():
        there = f"{COLAB}/{slug()}/blob/{NOTEBOOKS}/{edition.folder}/{docname}.ipynb"
        colab = f'<a class="colab" href="{there}">{text}</a>'
    card, missing = _run_card(notebooks.run_card(notebook), edition), edition.pick(*NO_SCRIPT)
    bar = f'<div class="lesson-bar">{colab}{card}<noscript><p>{missing}</p></noscript></div>'
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and source.startswith("# "):
            title, _, rest = source.partition("\n")
            cell["source"] = f"{title}\n\n{bar}\n\n{rest}"
            return


def _run_card(run: dict[str, Any], edition: Edition) -> str:
    if not run:
        return ""
    when = date.fromisoformat(run["date"][:10])
    day = edition.pick(f"{when.day} {when:%B %Y}", f"{when.year} 年 {when.month} 月 {when.day} 日")
    processor, clock = f"{run['cpu_seconds']:.0f}", f"{run['seconds']:.0f}"
    summary = edition.pick(f"Ran on {day}, {processor} s of one core", f"{day}實際執行，單核 {processor} 秒")
    lines = [
        (edition.pick("By the clock", "實際經過"), edition.pick(f"{clock} s", f"{clock} 秒")),
        (edition.pick("Peak memory", "記憶體峰值"), f"{run['peak_mb']:,.0f} MB"),
        ("PyTorch", run["torch"]),
        ("Python", run["python"]),
        (edition.pick("Machine", "機器"), run["platform"]),
        (edition.pick("Weights", "模型權重"), run.get("weights")),
    ]
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in lines if value)
    return f'<details class="run-card"><summary>{escape(summary)}</summary><dl>{rows}</dl></details>'


def _tell_templates(app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: object) -> None:
    """What our templates ask for. Runs before the theme's hook, which drops templates that render empty."""
    up = posixpath.relpath(".", posixpath.dirname(page) or ".")
    context["say"] = EDITIONS[app.config.language].pick
    context["editions"] = [
        {
            "href": posixpath.normpath(posixpath.join(up, "..", edition.folder, page + ".html")),
            "label": edition.label,
            "tag": edition.tag,
            "current": edition.code == app.config.language,
            "address": page_address(edition.folder, page),
        }
        for edition in EDITIONS.values()
        if edition.folder in app.config.editions
    ]
    context["is_notebook"] = doctree is not None and str(app.env.doc2path(page)).endswith(".ipynb")
    if doctree is not None and slug():
        context["source"] = f"{FORGE}/{slug()}/blob/HEAD/{app.env.doc2path(page, base=False)}"


def _describe(app: Sphinx, _page: str, _template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """A meta description from the page's first paragraph of prose."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    text = next((each.astext() for each in paragraphs if len(each.astext()) > 20), app.config.html_title)
    shortened = context["description"] = " ".join(text.split())[:155]
    context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{escape(shortened)}">\n'


def _drop_unused(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Leave out scripts that nothing on our pages uses, and let none of the others delay the text."""
    kept = []
    for script in context["script_files"]:
        name = str(getattr(script, "filename", script) or "")
        if UNUSED.search(name):
            continue
        kept.append(script)
    context["script_files"] = kept


def setup(app: Sphinx) -> None:
    app.add_config_value("editions", [], "html", list)  # those that lie side by side; `jupyter-book build .` draws one
    app.connect("config-inited", _configure)
    app.connect("html-page-context", _tell_templates, priority=100)
    app.connect("html-page-context", _describe)
    app.connect("html-page-context", _drop_unused, priority=900)
