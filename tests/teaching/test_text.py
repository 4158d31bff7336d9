"""Bilingual text: both languages are there, one is hidden, and nothing unsafe gets through."""

import pytest
from jielong.teaching.figures.rich import html as rich_html
from jielong.teaching.text import Text, attribute, in_language, language, spans
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


BOTH = (
    '<div><b lang="en">one</b><b lang="zh-Hant-TW" hidden>一</b></div>'
    '<svg aria-label="a &gt; b" data-zh-aria-label="甲 &gt; 乙"><text style="x" lang="en">two</text>'
    '<text style="x" lang="zh-Hant-TW" display="none">二</text></svg>'
)


def seen(markup: str) -> list[str]:
    """The words that nothing hides."""
    root = html.fragment_fromstring(markup, create_parent="div")
    return root.xpath("//text()[not(ancestor::*[@hidden or @display='none'])]")


def test_a_reader_of_chinese_sees_chinese(monkeypatch):
    markup = f"<p>{Text('one', '一').html()}</p>{BOTH}"
    monkeypatch.setenv("JIELONG_LANGUAGE", "")
    assert in_language(markup) == markup
    assert seen(in_language(markup)) == ["one", "one", "two"]
    monkeypatch.setenv("JIELONG_LANGUAGE", "zh-TW")
    assert seen(in_language(markup)) == ["一", "一", "二"]
    (picture,) = html.fragment_fromstring(in_language(markup), create_parent="div").iter("svg")
    assert dict(picture.attrib) == {"aria-label": "甲 > 乙"}


def test_english_that_stands_alone_is_shown_to_all(monkeypatch):
    monkeypatch.setenv("JIELONG_LANGUAGE", "zh-TW")
    said = '<p lang="en">It <b>was</b></p>'
    assert seen(in_language(f"{said}{Text('one', '一').html()}{said}")) == ["It ", "was", "一", "It ", "was"]


def test_an_output_speaks_the_language_of_the_moment(monkeypatch):
    block = rich_html("<p>one</p>", "<p>一</p>")
    monkeypatch.setenv("JIELONG_LANGUAGE", "zh-TW")
    bundle, _ = block._repr_mimebundle_()
    assert seen(bundle["text/html"]) == ["一"]
    monkeypatch.setenv("JIELONG_LANGUAGE", "en")
    bundle, _ = block._repr_mimebundle_()
    assert seen(bundle["text/html"]) == ["one"]


def test_a_language_that_the_book_does_not_speak_is_refused(monkeypatch):
    monkeypatch.setenv("JIELONG_LANGUAGE", "fr")
    with pytest.raises(ValueError, match="JIELONG_LANGUAGE='fr' must be en or zh-TW"):
        language()
