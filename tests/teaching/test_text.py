"""Bilingual text: both languages are there, one is hidden, and nothing unsafe gets through."""

import pytest
from jielong.teaching.text import Text, attribute, spans
from lxml import html


def test_both_languages_are_in_the_html_and_only_english_shows():
    root = html.fromstring(f"<p>{Text('a < b & c', '甲 < 乙').html()}</p>")
    shown, hidden = root
    assert (shown.get("lang"), shown.text, shown.get("hidden")) == ("en", "a < b & c", None)
    assert (hidden.get("lang"), hidden.text) == ("zh-Hant-TW", "甲 < 乙")
    assert "hidden" in hidden.attrib


def test_an_attribute_survives_quotes():
    label = attribute("aria-label", ('say "a"', '說「甲」"'))
    root = html.fromstring(f"<div {label}></div>")
    assert root.get("aria-label") == 'say "a"'
    assert root.get("data-zh-aria-label") == '說「甲」"'


def test_what_is_the_same_in_both_languages_needs_no_spans():
    assert spans("0.5", "0.5") == "0.5"
    assert Text.of("0.5 ± 0.1") == ("0.5 ± 0.1", "0.5 ± 0.1")


@pytest.mark.parametrize("value", ["words", ("one",), ("one", ""), ("a", "b", "c")])
def test_anything_but_a_pair_is_refused_by_name(value):
    with pytest.raises(TypeError, match="the bar must be a pair"):
        Text.of(value, "the bar")
