"""The lens on a page of its own in a real browser: a touch shows the words of the cell that was touched."""

from __future__ import annotations

import pytest
from jielong.teaching.figures import Lens
from jielong.teaching.figures.lens import visible

from tests.teaching.figures.test_browser import CHROMIUM, chromium, visit  # noqa: F401

PROMPTS = [
    {
        "label": ("one", "一"),
        "tokens": [" a", "\n", " c"],
        "words": [[[f" w{layer}{token}", " x"] for token in range(3)] for layer in range(2)],
        "percent": [[[60 + 10 * layer + token, 5] for token in range(3)] for layer in range(2)],
    },
    {"label": ("two", "二"), "tokens": ["b"], "words": [[[" p", " q"]]] * 2, "percent": [[[7, 3]]] * 2},
]


def lens(prompts=PROMPTS, layers=(0, 30)):
    return Lens(prompts, layers, ("a lens", "一面鏡"))


@pytest.mark.parametrize(
    "piece,shown",
    [(" the", "the"), ("  ", "␣"), ("\n\n", "⏎⏎"), ("\\xe4\\xba", "⟨e4 ba⟩"), ("是", "是"), (" \\xe7", "⟨e7⟩")],
)
def test_every_token_can_be_seen(piece, shown):
    assert visible(piece) == shown


def test_grids_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="words of .*one.* must be by layer"):
        lens(layers=(0, 15, 30))
    with pytest.raises(ValueError, match="percent"):
        lens([{**PROMPTS[0], "percent": PROMPTS[1]["percent"]}])


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
@pytest.mark.parametrize("lang,tail", [("en", "says “w01” (61%)."), ("zh-Hant-TW", "說「w01」（61%）。")])
def test_touch_and_sliders_choose_a_cell(visit, lang, tail):  # noqa: F811
    page = visit(lens(), lang)
    page.locator("[data-cell='0,1']").click()
    said = page.locator("[data-part=said]")
    assert said.text_content().endswith(tail)
    assert page.locator(".jl-value").all_text_contents() == ["61%", "5%"]
    assert page.locator("[data-name=layer]").input_value() == "0"
    assert page.locator("[data-name=token]").input_value() == "1"
    page.locator("[data-name=layer]").fill("1")
    assert "w11" in said.text_content()
    assert "71%" in said.text_content()
    page.locator("[data-name=prompt]").select_option(index=1)
    assert page.locator("[data-cell]").count() == 2
    assert "“p”" in said.text_content().replace("「", "“").replace("」", "”")
