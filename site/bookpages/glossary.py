"""The glossary, and what a term says where a lesson first mentions it. Both come from locale/terms.toml."""

from __future__ import annotations

import re
from functools import cache
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from sphinx.writers.html5 import HTML5Translator

from .languages import EDITIONS, HAN, Edition
from .search import SUMMARY
from .terms import Term, terms

PAGE = "book/glossary"
NOT_PROSE = (nodes.reference, nodes.literal, nodes.title, nodes.math, nodes.raw, nodes.problematic)


class term_list(nodes.General, nodes.Element):
    """Where the glossary stands until every page has been read."""


class gloss(nodes.Inline, nodes.TextElement):
    """A term at its first mention; `name` is its name, `says` the sentence that explains it, `href` where it stands."""


class Glossary(SphinxDirective):
    """Every term of the book: both languages, a sentence, and the section in which it is at home."""

    def run(self) -> list[nodes.Node]:
        return [] if self.env.app.builder.name == "gettext" else [term_list()]


def _fill(app: Sphinx, doctree: nodes.document, page: str) -> None:
    edition = EDITIONS[app.config.language]
    for place in doctree.findall(term_list):
        entries = sorted(terms().values(), key=lambda term: term.en.casefold())
        lines = "".join(_entry(term, edition, app.env, page) for term in entries)
        place.replace_self(nodes.raw("", f'<dl class="glossary">{lines}</dl>', format="html"))
    if page.count("/") == 2 and PAGE in app.env.found_docs:  # a lesson
        _explain(doctree, page, edition)


def _entry(term: Term, edition: Edition, env: BuildEnvironment, page: str) -> str:
    first, second = edition.pick(term.en, term.zh), edition.pick(term.zh, term.en)
    languages = edition.pick("en zh-Hant-TW", "zh-Hant-TW en").split()
    other = f' <span class="glossary-other" lang="{languages[1]}">{escape(second)}</span>' if second != first else ""
    said = f"<p>{escape(edition.pick(*term.says))}</p>"
    if term.lecturer and edition.code == "zh_TW":
        said += f'<p class="glossary-also">課堂上說：{"、".join(map(escape, term.lecturer))}</p>'
    if heading := _heading(term, env):
        address = relative_uri(f"{page}.html", f"{term.page}.html") + f"#{term.anchor}"
        said += f'<p><a class="reference internal" href="{address}">{escape(heading)}</a></p>'
    return f'<dt id="term-{term.name}">{escape(first)}{other}</dt><dd>{said}</dd>'


def _heading(term: Term, env: BuildEnvironment) -> str:
    """What stands above the section in which the term is at home, and its lesson; empty where it is not drawn."""
    if term.page not in env.tocs:
        return ""
    lesson = env.titles[term.page].astext()
    for entry in env.tocs[term.page].findall(nodes.reference):
        if entry["anchorname"] == f"#{term.anchor}":
            return f"{lesson} › {entry.astext()}"
    return lesson


def _explain(doctree: nodes.document, page: str, edition: Edition) -> None:
    """Put a gloss at the first mention of each term that is at home elsewhere."""
    known = {name: term for name, term in mentions(edition).items() if term.page != page}
    seen = set[str]()
    paragraphs = [each for each in doctree.findall(nodes.paragraph) if not _is_summary(each)]
    for text in [text for paragraph in paragraphs for text in paragraph.findall(nodes.Text)]:
        if not _is_prose(text):
            continue
        parts: list[nodes.Node] = []
        at = 0
        for found in pattern(edition).finditer(text):
            term = known.get(found[0].casefold()) or known.get(found[0].casefold().removesuffix("s"))
            if term is None or term.name in seen:
                continue
            seen.add(term.name)
            href = relative_uri(f"{page}.html", f"{PAGE}.html") + f"#term-{term.name}"
            parts.append(nodes.Text(text[at : found.start()]))
            parts.append(gloss("", found[0], name=term.name, says=edition.pick(*term.says), href=href))
            at = found.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[at:])])


def _is_summary(paragraph: nodes.paragraph) -> bool:
    """Whether it closes a lesson: what was measured, and titles of papers."""
    return isinstance(paragraph.parent, nodes.section) and paragraph.parent["ids"][0].startswith(SUMMARY)


def _is_prose(text: nodes.Text) -> bool:
    above = text.parent
    while above is not None and not isinstance(above, nodes.paragraph):
        if isinstance(above, NOT_PROSE):
            return False
        above = above.parent
    return above is not None


def mentions(edition: Edition) -> dict[str, Term]:
    """Words in small letters that mention a term in the edition's prose."""
    found: dict[str, Term] = {}
    for term in terms().values():
        if term.mention:
            found |= {name.casefold(): term for name in (term.en, edition.pick(term.en, term.zh))}
    return found


@cache
def pattern(edition: Edition) -> re.Pattern[str]:
    """What may mention a term: a whole word, also in the plural, the longest first. A capital in a name is meant."""
    names = {name for term in terms().values() if term.mention for name in (term.en, edition.pick(term.en, term.zh))}
    longest = sorted(names, key=lambda name: (-len(name), name))
    return re.compile("|".join(_whole(name) for name in longest))


def _whole(name: str) -> str:
    if re.search(f"[{HAN}]", name):
        return re.escape(name)
    exact = re.search("[A-Z]", name)
    return rf"(?<![A-Za-z\d-]){re.escape(name) if exact else f'(?i:{re.escape(name)}s?)'}(?![A-Za-z\d-])"


def _open(self: HTML5Translator, node: gloss) -> None:
    self.body.append(f'<span class="gloss"><a href="{node["href"]}" aria-describedby="says-{node["name"]}">')


def _close(self: HTML5Translator, node: gloss) -> None:
    says = escape(node["says"])
    self.body.append(f'</a><span class="gloss-says" role="tooltip" id="says-{node["name"]}">{says}</span></span>')


def _pass(self: nodes.NodeVisitor, node: gloss) -> None:
    """On paper and in plain text a term is its word."""


def setup(app: Sphinx) -> None:
    app.add_node(gloss, html=(_open, _close), latex=(_pass, _pass), text=(_pass, _pass))
    app.add_node(term_list)
    app.add_directive("glossary-of-the-book", Glossary)
    app.connect("doctree-resolved", _fill, priority=900)
