"""The book's terms: at home somewhere, explained in both languages, and called the same wherever the book speaks."""

from __future__ import annotations

from collections import Counter

import pytest
from bookpages.terms import terms
from translations import faults

from tests.site.pages import BUILT, EDITIONS, paths, tree

SPOKEN = "//article//text()[not(ancestor::script or ancestor::style or ancestor::*[contains(@class, 'search')])]"


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_term_is_at_home_in_a_section(built, edition):
    for term in terms().values():
        sections = tree(BUILT / edition / f"{term.page}.html").xpath("//section[@id=$anchor]", anchor=term.anchor)
        assert sections, f"{term.name}: {term.home}"


def test_what_a_term_is_is_said_in_both_languages():
    assert {term.name: found for term in terms().values() if (found := faults(*term.says))} == {}


def test_no_name_belongs_to_two_terms():
    names = Counter(name.casefold() for term in terms().values() for name in {each.casefold() for each in term.names})
    assert [name for name, often in names.items() if often > 1] == []


def test_the_chinese_edition_calls_each_term_by_its_name(built):
    """No page says another Chinese word for it than the file's."""
    for page in paths("zh-TW"):
        text = "".join(tree(page).xpath(SPOKEN))
        strange = [(word, term.zh) for term in terms().values() for word in term.elsewhere if word in text]
        assert strange == [], page
