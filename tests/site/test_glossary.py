"""The glossary in both editions, and the glosses: a hover and a focus away, no page left."""

from __future__ import annotations

import pytest
from bookpages.glossary import pattern
from bookpages.languages import EDITIONS as LANGUAGES
from bookpages.terms import terms

from tests.site.pages import BUILT, EDITIONS, drawn_lessons, tree

ENGLISH, CHINESE = LANGUAGES.values()


@pytest.mark.parametrize("edition", LANGUAGES.values(), ids=lambda edition: edition.folder)
def test_the_glossary_has_every_term_with_its_sentence_and_its_home(built, edition):
    root = tree(BUILT / edition.folder / "book/glossary.html")
    for term in terms().values():
        name = root.xpath("//dl[@class='glossary']/dt[@id=$id]", id=f"term-{term.name}")[0]
        assert name.text.startswith(edition.pick(term.en, term.zh))
        says = name.getnext()
        assert says.xpath("./p[1]")[0].text_content() == edition.pick(*term.says)
        assert says.xpath(".//a/@href")[0].endswith(f"#{term.anchor}")


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_term_is_explained_once_a_lesson_and_not_where_it_is_at_home(built, edition):
    glossed = 0
    for lesson in drawn_lessons():
        links = tree(BUILT / edition / f"{lesson}.html").xpath("//*[@class='gloss']/a/@href")
        names = [link.partition("#term-")[2] for link in links]
        assert len(names) == len(set(names)), lesson
        assert [name for name in names if terms()[name].page == lesson] == []
        glossed += len(names)
    assert glossed > 2 * len(drawn_lessons())


@pytest.mark.parametrize(
    ("edition", "text", "found"),
    [
        (ENGLISH, "Linear attention is not attention.", ["Linear attention", "attention"]),
        (ENGLISH, "the losses of a glossary, a token and tokens", ["token", "tokens"]),
        (ENGLISH, "a titan, Titans, mamba, Mamba, MambaOut", ["Titans", "Mamba", "MambaOut"]),
        (CHINESE, "溫度調高，token的機率分布就變平", ["溫度", "token", "機率分布"]),
    ],
)
def test_what_mentions_a_term(edition, text, found):
    assert [each[0] for each in pattern(edition).finditer(text)] == found


def test_a_gloss_is_a_hover_and_a_focus_away_and_escape_closes_it(visit):
    page = visit().open("en/book/architectures/a-reason-for-every-shape.html")
    gloss = page.locator(".gloss").first
    says = gloss.locator("[role=tooltip]")
    assert not says.is_visible()
    gloss.locator("a").hover()
    assert says.is_visible()
    page.mouse.move(0, 0)
    assert not says.is_visible()
    gloss.locator("a").focus()
    assert says.is_visible()
    assert says.get_attribute("id") == gloss.locator("a").get_attribute("aria-describedby")
    page.keyboard.press("Escape")
    assert not says.is_visible()
    assert page.url.endswith("a-reason-for-every-shape.html")
