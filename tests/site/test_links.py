"""Every link inside of the book leads somewhere, down to the anchor; nothing on a page is fetched from elsewhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.site.pages import BUILT, EDITIONS, LESSONS, paths, tree

FETCHED = (("script", "src"), ("img", "src"), ("source", "src"), ("iframe", "src"), ("use", "href"))
ALREADY_HERE = ("stylesheet", "icon", "preload", "modulepreload")


def broken(page: Path) -> list[str]:
    found = []
    for link in tree(page).xpath("//a/@href | //link/@href | //script/@src | //img/@src"):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or link in ("", "#"):
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if not target.is_file():
            found.append(f"{page.relative_to(BUILT)}: {link}: no such page")
        elif parts.fragment and target.suffix == ".html" and not anchored(target, unquote(parts.fragment)):
            found.append(f"{page.relative_to(BUILT)}: {link}: no such place on that page")
    return found


def anchored(page: Path, name: str) -> bool:
    return bool(tree(page).xpath("//*[@id=$name or @name=$name]", name=name))


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_inner_link_leads_somewhere(built, edition):
    assert [problem for page in paths(edition) for problem in broken(page)] == []


def test_a_broken_link_would_be_found(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "BUILT", tmp_path)
    (tmp_path / "a.html").write_text(
        '<p><a href="b.html">b</a> <a href="#here">h</a> <a href="#there" id="here">t</a></p>'
    )
    assert broken(tmp_path / "a.html") == ["a.html: b.html: no such page", "a.html: #there: no such place on that page"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_nothing_is_fetched_from_elsewhere(built, edition):
    for page in paths(edition):
        root = tree(page)
        fetched = [url for tag, name in FETCHED for url in root.xpath(f"//{tag}/@{name}")]
        fetched += [link.get("href") for link in root.xpath("//link") if link.get("rel") in ALREADY_HERE]
        assert [url for url in fetched if urlsplit(url).netloc] == [], page


def test_every_lesson_is_in_the_table_of_contents(built):
    assert [lesson for lesson in LESSONS if not (BUILT / "en" / f"{lesson}.html").exists()] == []


def test_the_first_page_leads_to_both_editions(built):
    assert tree(BUILT / "index.html").xpath("//a/@href") == ["en/index.html", "zh-TW/index.html"]
    assert broken(BUILT / "index.html") == []
