import inspect

import pytest
from jielong.teaching.figures import html, show_source, table
from jielong.teaching.text import Text, needs_translation
from lxml import html as lxml


@pytest.mark.parametrize("label", ["accuracy", "a word", "正確率", "T and k", "(loss)"])
def test_words_need_chinese(label):
    assert needs_translation(label)


@pytest.mark.parametrize("label", ["0.5", "T", "16k", "2e-5", "n = 4", "x → y", "", "97%", "2ⁿ"])
def test_numbers_and_symbols_do_not(label):
    assert not needs_translation(label)
    assert Text.of(label) == (label, label)


def test_a_word_in_one_language_is_refused():
    with pytest.raises(TypeError, match="header"):
        table([["a"]], header=["name"])


def test_table_keeps_its_cells_in_both_languages():
    output = table(
        [["x < 1", 0.5, Text("yes", "是")], ["b", "93%", ("no", "否")]], [("name", "名字"), "n", ("fine", "好")]
    )
    rows = lxml.fragment_fromstring(output.markup).xpath(".//tr")
    assert [[cell.text_content() for cell in row] for row in rows] == [
        ["name名字", "n", "fine好"],
        ["x < 1", "0.5", "yes是"],
        ["b", "93%", "no否"],
    ]
    assert output.plain == "name  n  fine\nx < 1  0.5  yes\nb  93%  no"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 cells, the header has 1"):
        table([["a", "b"]], header=["n"])


def test_html_shows_english_and_hides_chinese():
    output = html("<p>Hello</p>", "<p>你好</p>")
    english, chinese = lxml.fragments_fromstring(output.markup)
    assert (english.get("lang"), english.get("hidden")) == ("en", None)
    assert chinese.get("lang") == "zh-Hant-TW"
    assert chinese.get("hidden") is not None
    assert output.plain == "Hello"


@pytest.mark.parametrize("thing", [html, Text, inspect.getmodule(html)])
def test_source_is_shown_to_the_letter(thing):
    output = show_source(thing)
    assert output.plain == inspect.getsource(thing)
    shown = lxml.fragment_fromstring(output.markup)
    assert shown.text_content().strip() == inspect.getsource(thing).strip()
    assert "color-mix" in shown.find(".//span").get("style")
