"""What can be read off the built pages without a browser: their language, their words for machines, their weight."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bookpages.library import PAGES
from bookpages.repository import COLAB, NOTEBOOKS, slug
from translations import simplified

from tests.site.pages import BUILT, EDITIONS, drawn_lessons, paths, tree

HAN = re.compile("[\u3400-\u9fff]")
MOST = 400_000  # bytes of a page, compressed, less its figures


@pytest.mark.parametrize("edition", EDITIONS)
def test_each_page_has_one_title_a_language_and_a_description(built, edition):
    for page in paths(edition):
        root = tree(page)
        shown = root.xpath("//h1[not(ancestor::*[contains(@class, 'onlyprint')])]")
        assert len(shown) == 1, page
        assert root.get("lang") == edition
        assert root.xpath("//head/title")[0].text_content().strip()
        if page.name not in ("search.html", "genindex.html"):
            assert root.xpath("//meta[@name='description']/@content")[0].strip(), page


def test_both_editions_have_the_same_pages(built):
    names = [{path.relative_to(BUILT / edition) for path in paths(edition)} for edition in EDITIONS]
    assert names[0] == names[1]


@pytest.mark.parametrize("edition", EDITIONS)
def test_pictures_have_words(built, edition):
    for page in paths(edition):
        root = tree(page)
        assert root.xpath("//img[not(@alt)]") == [], page
        assert root.xpath("//*[@role='img'][not(@aria-label) and not(@aria-labelledby)]") == [], page


def test_nothing_of_the_other_language_is_left_in_outputs(built):
    for lesson in drawn_lessons():
        english, chinese = (tree(BUILT / edition / f"{lesson}.html") for edition in EDITIONS)
        assert english.xpath("//article//*[@lang='zh-Hant-TW']") == []
        assert chinese.xpath("//article//*[@lang='zh-Hant-TW'][@hidden or @display='none']") == []
        for root in (english, chinese):
            assert [name for element in root.iter() for name in element.attrib if name.startswith("data-zh-")] == []


def test_each_lesson_opens_on_colab_if_it_is_anywhere_and_says_when_it_ran(built):
    for lesson in drawn_lessons():
        for edition in EDITIONS:
            root = tree(BUILT / edition / f"{lesson}.html")
            there = f"{COLAB}/{slug()}/blob/{NOTEBOOKS}/{edition}/{lesson}.ipynb"
            assert root.xpath("//a[@class='colab']/@href") == ([there] if slug() else [])
            assert root.xpath("//details[@class='run-card']//dd"), f"{lesson} was never run"


def test_the_ledger_has_every_claim_once(built):
    recorded = [
        output["data"]["application/vnd.jielong.claim+json"]["id"]
        for lesson in drawn_lessons()
        for cell in json.loads((BUILT.parents[1] / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if "application/vnd.jielong.claim+json" in output.get("data", {})
    ]
    for edition in EDITIONS:
        links = tree(BUILT / edition / "book/ledger.html").xpath("//tr[contains(@class, 'ledger-claim')]/td[1]/a/@href")
        assert len(links) == len(recorded)
        anchors = {"claim-" + re.sub(r"[^a-z0-9]+", "-", each.lower()) for each in recorded}
        assert {urlsplit(link).fragment for link in links} == anchors


def test_the_chinese_edition_speaks_chinese(built):
    for page in paths("zh-TW"):
        if page.name in ("search.html", "genindex.html"):
            continue
        titles = tree(page).xpath(
            "//article//h1 | //article//h2[not(code)] | //nav[@class='bd-links bd-docs-nav']//p[@role='heading']"
        )
        english = [title.text_content() for title in titles if not HAN.search(title.text_content())]
        assert [title for title in english if re.search("[a-z]{4}", title)] == [], page


def test_the_chinese_edition_writes_as_taiwan_does_in_the_theme_s_words_too(built):
    for page in paths("zh-TW"):
        zh, en = (tree(BUILT / edition / page.relative_to(BUILT / "zh-TW")) for edition in ("zh-TW", "en"))
        spoken = " ".join([zh.find("body").text_content(), *zh.xpath("//@title | //@aria-label | //@placeholder")])
        assert simplified(spoken, en.find("body").text_content()) == "", page


def test_titles_in_latin_letters_stay_slanted_in_chinese(built):
    slanted = 0
    for page in paths("zh-TW"):
        for stressed in tree(page).xpath("//article//em[not(@class) or @class = 'latin']"):
            latin = not HAN.search(stressed.text_content())
            assert latin == (stressed.get("class") == "latin"), (page, stressed.text_content())
            slanted += latin
    assert slanted > 20


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_page_is_light(built, edition):
    shared = _shared_weight(tree(BUILT / edition / "index.html"), BUILT / edition)
    for page in paths(edition):
        assert shared + _own_weight(page) < MOST, page


def test_a_page_of_the_library_is_no_book(built):
    pages = [page for edition in EDITIONS for page in paths(edition) if page.name.startswith("api")]
    assert {page.name: size for page in pages if (size := page.stat().st_size) > 250_000} == {}
    rooms = {f"api-{page}.html" for page in PAGES}
    links = {*tree(BUILT / "en/book/api.html").xpath("//article//li//a/@href")}
    assert links == rooms == {page.name for page in pages} - {"api.html"}


def _own_weight(page: Path) -> int:
    """Compressed bytes of a page's HTML, without figures and without the data of its widgets."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"<svg.*?</svg>|<script type=\"application/vnd.jupyter[^>]*>.*?</script>", "", text, flags=re.DOTALL)
    return len(gzip.compress(text.encode()))


def _shared_weight(root, folder: Path) -> int:
    """Compressed bytes of the style sheets, scripts and fonts that a page may ask for, KaTeX's included."""
    files = [folder / urlsplit(url).path for url in root.xpath("//link[@rel='stylesheet']/@href | //script/@src")]
    files += [folder / "_static/katex/katex.min.css"]
    packed = sum(len(gzip.compress(file.read_bytes())) for file in set(files))
    fonts = [*(folder / "_static").rglob("fa-*.woff2"), *(folder / "_static/fonts").glob("*.woff2")]
    fonts += [folder / f"_static/katex/fonts/KaTeX_{name}-Regular.woff2" for name in ("Main", "Size1", "Size2")]
    fonts += [folder / "_static/katex/fonts/KaTeX_Math-Italic.woff2"]
    return packed + sum(font.stat().st_size for font in fonts)
