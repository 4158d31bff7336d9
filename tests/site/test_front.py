"""What stands beside the editions and in a page's head, where the site's address is known and where it is not."""

from __future__ import annotations

import pytest
from bookpages.languages import EDITIONS as LANGUAGES
from bookpages.releases import releases
from bookpages.repository import address, slug
from front import feed, first_page, not_found, robots, sitemap
from lxml import etree, html

from tests.site.pages import BUILT, EDITIONS, drawn_lessons, paths, tree

BOTH = [*LANGUAGES.values()]
HERE = "https://a-reader.github.io/her-fork/"
CHANGES = (
    "# Changelog\n\n## Unreleased\n\n- x\n\n## [0.2.0] - 2026-05-06\n\n- *New* & good\n\n## 0.1.0 (2026-01-02)\n\n- old"
)


@pytest.fixture
def forgetful():
    """The address is worked out anew, and again afterwards."""
    for each in (address, slug):
        each.cache_clear()
    yield
    for each in (address, slug):
        each.cache_clear()


@pytest.mark.parametrize(
    ("told", "repository", "expected"),
    [
        ("", "A-Reader/her-fork", HERE),
        ("", "A-Reader/a-reader.github.io", "https://a-reader.github.io/"),
        ("https://book.example/jielong", "a/b", "https://book.example/jielong/"),
    ],
)
def test_the_address_is_as_one_is_told_or_the_repository_s_pages(forgetful, monkeypatch, told, repository, expected):
    monkeypatch.setenv("BOOK_ADDRESS", told)
    monkeypatch.setenv("GITHUB_REPOSITORY", repository)
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    assert address() == expected


def test_the_changelog_s_releases_become_a_feed():
    assert releases(CHANGES) == [("0.2.0", "2026-05-06", "- *New* & good"), ("0.1.0", "2026-01-02", "- old")]
    root = etree.fromstring(feed(CHANGES, HERE).encode())
    atom = {"a": "http://www.w3.org/2005/Atom"}
    assert root.xpath("a:entry/a:updated/text()", namespaces=atom) == ["2026-05-06T00:00:00Z", "2026-01-02T00:00:00Z"]
    assert "<em>New</em> &amp; good" in root.xpath("a:entry/a:content/text()", namespaces=atom)[0]
    assert feed("## Unreleased\n", HERE) == feed(CHANGES, None) == ""


def test_the_map_names_every_page_in_both_languages(built):
    root = etree.fromstring(sitemap(built, BOTH, HERE).encode())
    spaces = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    places = root.xpath("//s:loc/text()", namespaces=spaces)
    assert f"{HERE}zh-TW/book/ledger.html" in places
    assert len(places) == len(set(places)) == 2 * (len(paths("en")) - 1)  # all but the page of search
    assert len(root.xpath("//x:link", namespaces=spaces)) == 2 * len(places)
    assert sitemap(built, BOTH, None) == ""


def test_machines_may_read_everything_and_are_told_of_the_map():
    assert robots(HERE).splitlines() == ["User-agent: *", "Allow: /", f"Sitemap: {HERE}sitemap.xml"]
    assert "Sitemap" not in robots(None)


def test_a_wrong_address_is_answered_in_both_languages():
    root = html.fromstring(not_found(BOTH, HERE))
    assert root.xpath("//a/@href") == [
        f"/her-fork/{each.folder}/{page}.html" for each in BOTH for page in ("search", "index")
    ]
    assert root.xpath("//p/@lang") == ["zh-Hant-TW"]


def test_from_a_wrong_address_deep_down_the_links_still_lead_on(visit):
    page = visit().open("404.html")
    page.evaluate("history.replaceState({}, '', 'zh-TW/book/no/such/page.html')")
    page.evaluate("document.querySelectorAll('script').forEach(each => eval(each.textContent))")
    hrefs = page.locator("a").evaluate_all("all => all.map(each => each.href)")
    assert hrefs[0].endswith("/some/where/en/search.html")
    assert hrefs[3].endswith("/some/where/zh-TW/index.html")


def test_the_first_page_says_what_the_book_is():
    assert "語言模型" in html.fromstring(first_page(BOTH)).xpath("//meta[@name='description']/@content")[0]


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_lesson_says_where_it_stands_and_how_it_is_shared(built, edition):
    for lesson in drawn_lessons():
        root = tree(BUILT / edition / f"{lesson}.html")
        home, part, here = root.xpath("//nav[@class='breadcrumb-line']//li")
        assert home.xpath("./a/@href") == ["../../index.html"]
        captions = root.xpath("//nav[contains(@class, 'bd-docs-nav')]//*[@class='caption-text']/text()")
        assert part.text_content().strip() in captions
        assert here.text_content() == root.xpath("//meta[@property='og:title']/@content")[0]
        described = root.xpath("//meta[@name='description']/@content")
        assert described == root.xpath("//meta[@property='og:description']/@content")
