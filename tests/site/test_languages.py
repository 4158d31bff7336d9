"""The pieces that make editions: one language out of two, formulas, docstrings, the switch."""

from __future__ import annotations

import pytest
from bookpages.languages import EDITIONS, speak
from bookpages.library import PAGES, as_rest, modules, place, same_on_every_python
from bookpages.mathematics import FormulaError, render
from build import ROOT
from jielong.teaching.text import Text, attribute

ENGLISH, CHINESE = EDITIONS["en"], EDITIONS["zh_TW"]


def test_one_language_out_of_two():
    both = f"<p {attribute('aria-label', ('die', '骰子'))}>{Text('a & b', '甲 & 乙').html()}!</p>"
    assert speak(both, ENGLISH) == '<p aria-label="die"><span lang="en">a &amp; b</span>!</p>'
    assert speak(both, CHINESE) == '<p aria-label="骰子"><span lang="zh-Hant-TW">甲 &amp; 乙</span>!</p>'


def test_text_after_a_dropped_language_stays():
    both = '1<b lang="en">x</b><b lang="zh-Hant-TW" hidden>某</b> 2 <i lang="en">y</i>\n'
    both += '<i lang="zh-Hant-TW" hidden>乙</i>3'
    assert speak(both, ENGLISH) == '1<b lang="en">x</b> 2 <i lang="en">y</i>\n3'
    assert speak(both, CHINESE) == '1<b lang="zh-Hant-TW">某</b> 2 \n<i lang="zh-Hant-TW">乙</i>3'


def test_drawings_keep_their_shape():
    words = '<text lang="en">x</text><text lang="zh-Hant-TW" display="none">某</text>'
    svg = f'<svg viewBox="0 0 1 1"><path d="M0 0"/>{words}</svg>'
    assert speak(svg, CHINESE).lower() == (
        '<svg viewbox="0 0 1 1"><path d="m0 0"></path><text lang="zh-hant-tw">某</text></svg>'
    )


def test_english_that_stands_alone_is_in_every_edition():
    quoted = '<q lang="en">Paris</q><p><span lang="en">a</span><span lang="zh-Hant-TW" hidden>甲</span></p>'
    assert speak(quoted, CHINESE) == '<q lang="en">Paris</q><p><span lang="zh-Hant-TW">甲</span></p>'


def test_what_is_in_one_language_is_not_touched():
    odd = "<p>unclosed <b>markup"
    assert speak(odd, CHINESE) is odd


def test_a_formula_is_drawn_for_eye_and_ear():
    drawn = render(r"\frac{1}{2}", False)
    assert "<mfrac><mn>1</mn><mn>2</mn></mfrac>" in drawn
    assert 'class="katex-html" aria-hidden="true"' in drawn
    assert "katex-display" in render("x", True)


def test_a_broken_formula_is_refused():
    with pytest.raises(FormulaError, match=r"Undefined control sequence: \\fraq"):
        render(r"\fraq{1}{2}", False)


def test_plain_docstrings_become_paragraphs_code_and_tables():
    docstring = ["Shape (*batch, time) of `x_1`.", "", "q    queries", "k    keys", "", "    x = 1", ""]
    assert as_rest(docstring) == [
        r"Shape (\*batch, time) of ``x_1``.",
        "",
        "::",
        "",
        "    q    queries",
        "    k    keys",
        "",
        "::",
        "",
        "        x = 1",
    ]


def test_every_module_has_its_place_on_one_library_page():
    shown = [name for page in PAGES for name in modules(page)]
    files = {path.relative_to(ROOT / "lib").with_suffix("") for path in (ROOT / "lib" / "jielong").rglob("*.py")}
    names = {
        ".".join(path.parts) for path in files if not {"__init__", "__main__", "lessons", "toys"} & set(path.parts)
    }
    assert len(shown) == len(set(shown))
    assert names <= set(shown)
    assert [name for name in shown if name.split(".")[1] in ("lessons", "toys")] == []
    assert all((ROOT / "book" / f"api-{page}.md").exists() for page in PAGES)
    with pytest.raises(ValueError, match="jielong.unheard_of is on none"):
        place("jielong.unheard_of")
    with pytest.raises(ValueError, match="nowhere"):
        modules("nowhere")


def test_signatures_are_the_same_on_every_python():
    newer = ("(path: pathlib._local.Path, often: int = 2)", "list[pathlib._local.Path]")
    older = ("(path: pathlib.Path, often: int = 2)", "list[pathlib.Path]")
    assert same_on_every_python(None, "function", "read", None, None, *newer) == older
    assert same_on_every_python(None, "function", "read", None, None, *older) == older
    assert same_on_every_python(None, "attribute", "size", 3, None, None, None) == (None, None)
