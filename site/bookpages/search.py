"""Search by section: what it asks is read off the drawn pages, and asked by assets/search in the reader's browser.

Sphinx's own index is not made: it knows pages, and no places on them. This one is two scripts, which work from a
file server and from a folder alike: `engine.js`, of site/vendor and assets/search, and `index.js`, the book's words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jielong.files import write_text
from lxml import html
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .languages import EDITIONS, Edition
from .terms import terms

VENDOR = Path(__file__).parents[1] / "vendor"
ENGINE = Path(__file__).parents[1] / "assets" / "search" / "engine.js"
KEPT = ("minisearch.js", "base-stemmer.js", "porter-stemmer.js")

SILENT = ("headerlink", "lesson-bar", "katex", "ledger", "toctree-wrapper", "run-card", "gloss-says", "fold-hide")
SKIPPED = ("script", "style", "svg", "section", "figure")
SUMMARY = "what-the-lecture-says"
APART = ("p", "li", "tr", "th", "td", "dt", "dd")
WORD = re.compile(r"[^\W\d][\w.]*")
TITLES = ("h1", "h2", "h3", "h4")


class Section(NamedTuple):
    """What search knows of a place on a page, or of one name of the library; `kind`: where it stands among others."""

    anchor: str
    heading: str
    prose: str = ""
    claims: str = ""
    code: str = ""
    kind: str = "text"


def _replace_sphinx_s(app: Sphinx) -> None:
    app.builder.search = False  # type: ignore[attr-defined]


def _page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page of results, to which the search field leads, and which also stands where no dialog opens."""
    title = EDITIONS[app.config.language].pick("Search", "搜尋")
    yield "search", {"title": title, "pagetitle": title}, "search.html"


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html" or app.builder.name == "singlehtml":
        return
    folder, edition = Path(app.outdir), EDITIONS[app.config.language]
    index = make(folder, list(_below(app.env, app.config.root_doc)), edition)
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    write_text(folder / "_static" / "search" / "index.js", f"bookSearch.load({text});\n")
    engine = [(VENDOR / name).read_text(encoding="utf-8").partition("//# sourceMappingURL")[0] for name in KEPT]
    write_text(folder / "_static" / "search" / "engine.js", "\n".join([*engine, ENGINE.read_text(encoding="utf-8")]))


def _below(env: BuildEnvironment, page: str) -> Iterator[str]:
    """A page, and all below it in the table of contents, as they are read."""
    yield page
    for each in env.toctree_includes.get(page, []):
        yield from _below(env, each)


def make(folder: Path, names: list[str], edition: Edition) -> dict[str, Any]:
    """The index of an edition drawn in `folder`: its pages, their sections, the terms, and which letters are one."""
    pages, rows = [], []
    for at, name in enumerate(names):
        root = html.parse(str(folder / f"{name}.html"), html.HTMLParser(encoding="utf-8")).getroot()
        pages.append([f"{name}.html", _plain(root.xpath("//article//h1")[0]), _lecture(root)])
        rows += [(at, *section) for section in sections(root.xpath("//article")[0])]
    places = {f"{names[page]}#{anchor}": at for at, (page, anchor, *_) in enumerate(rows)}
    known = [
        (edition.pick(*each.says), places.get(f"{each.page}#{each.anchor}", -1), each.names)
        for each in terms().values()
    ]
    text = json.dumps([pages, rows, known], ensure_ascii=False)
    return {"letters": letters(text), "pages": pages, "sections": rows, "terms": known}


def sections(article: html.HtmlElement) -> Iterator[Section]:
    """Each section with a heading, without the sections inside it; then what the library's pages name."""
    for section in article.iter("section"):
        headings = [_plain(child) for child in section if child.tag in TITLES]
        if not headings:
            continue
        found: dict[str, list[str]] = {"prose": [], "claims": [], "code": []}
        for child in section:
            if child.tag not in TITLES:
                _gather(child, found)
        prose, claims, code = ("\n".join(each) for each in found.values())
        names = " ".join(dict.fromkeys(WORD.findall(code)))
        yield Section(section.get("id"), headings[0], prose, claims, names, _kind(section))
    for name in article.xpath(".//dl[contains(@class, 'py')]/dt[@id]"):
        said = " ".join(_plain(each) for each in name.xpath("following-sibling::dd[1]/p[1]"))
        yield Section(name.get("id"), name.get("id").removeprefix("jielong."), said, kind="library")


def _gather(element: html.HtmlElement, found: dict[str, list[str]]) -> None:
    """Put what an element says where it belongs: a claim's card, code, or prose; what a figure shows is left out."""
    if not isinstance(element.tag, str) or element.tag in SKIPPED:
        return
    kinds = (element.get("class") or "").split()
    if _silent(element) or "py" in kinds:
        return
    if "cell_output" in kinds:
        lines = element.xpath(".//*[contains(@class, 'claim')]//*[self::p or self::tr]")
        found["claims"] += [_plain(line) for line in lines]
    elif "highlight" in kinds:
        found["code"].append(element.text_content())
    elif element.tag in ("p", "li", "td", "th", "dt", "dd", "summary") or not len(element):
        found["prose"].append(_plain(element))
    else:
        for child in element:
            _gather(child, found)


def _plain(element: html.HtmlElement) -> str:
    """The words of an element, without what is for the eye alone."""
    return " ".join("".join(_words(element)).split())


def _words(element: html.HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and not _silent(child):
            yield from _words(child)
            yield " " if child.tag in APART else ""
        yield child.tail or ""


def _silent(element: html.HtmlElement) -> bool:
    return not {*SILENT}.isdisjoint((element.get("class") or "").split())


def _kind(section: html.HtmlElement) -> str:
    anchor = section.get("id")
    if section.xpath("ancestor-or-self::section[.//dl[contains(@class, 'py')]]"):
        return "library"
    if section.xpath(".//*[contains(@class, 'ledger') or contains(@class, 'glossary')]"):
        return "record"
    return "exercise" if anchor.startswith("exercise") else "summary" if anchor.startswith(SUMMARY) else "text"


def _lecture(root: html.HtmlElement) -> str:
    """The part of the book in whose list the page stands, as the table of contents has it."""
    here = root.xpath("//nav[contains(@class, 'bd-docs-nav')]//ul[.//a[contains(@class, 'current')]]")
    caption = here[0].getprevious() if here else None
    return _plain(caption) if caption is not None else ""


def letters(text: str) -> str:
    """Pairs of a Chinese letter and its simplest form, one after the other, as far as one or the other is in `text`."""
    pairs = (VENDOR / "letters.txt").read_text(encoding="utf-8").split()
    here = set(text)
    simple = {pair[1] for pair in pairs if not here.isdisjoint(pair)}
    return "".join(pair for pair in pairs if pair[1] in simple)


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", _replace_sphinx_s)
    app.connect("html-collect-pages", _page)
    app.connect("build-finished", _write)
