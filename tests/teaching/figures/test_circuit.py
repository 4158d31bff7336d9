"""The circuit in a real browser: a head that is switched off changes the answer to that of the subset without it."""

from __future__ import annotations

import numpy as np
import pytest
from jielong.teaching.figures import Circuit

from tests.teaching.figures.test_browser import CHROMIUM, chromium, visit  # noqa: F401

HEADS = [{"name": "1.0", "reads": 0, "writes": 2}, {"name": "4.2", "reads": 2, "writes": 2}]
MARGINS = [-1.5, 0.25, 2.0, 3.75]
CHANCES = {"Mary": [0.1, 0.2, 0.4, 0.8], "John": [0.5, 0.3, 0.2, 0.1]}


def circuit(**changes):
    given = {
        "tokens": ["Mary", "and", "to"],
        "heads": HEADS,
        "margins": MARGINS,
        "chances": CHANCES,
        "alt": ("c", "圖"),
    }
    return Circuit(**{**given, **changes})


def test_the_number_of_a_subset_has_one_bit_for_each_head():
    assert circuit().answer([]) == (-1.5, [0.1, 0.5])
    assert circuit().answer(["1.0"]) == (0.25, [0.2, 0.3])
    assert circuit().answer(["4.2"]) == (2, [0.4, 0.2])
    with pytest.raises(ValueError, match="2 heads have 4 subsets"):
        circuit(margins=np.zeros(3))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
def test_the_whole_model_stands_beside_it(visit):  # noqa: F811
    page = visit(circuit(whole=(4.5, [0.9, 0.05])))
    texts = page.locator("[data-panel=chances] text").all_text_contents()
    assert "90%" in texts
    assert "5%" in texts
    assert "80%" in texts
    assert "4.50" in page.locator("[data-panel=margin] text").all_text_contents()
    assert page.get_by_text("grey: the whole model").count() == 1


def shown(page, part):
    return page.locator(f"[data-panel={part}] .jl-value").all_text_contents()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
@pytest.mark.parametrize("lang", ["en", "zh-Hant-TW"])
def test_buttons_and_arrows_switch_heads(visit, lang):  # noqa: F811
    page = visit(circuit(), lang)
    assert shown(page, "margin") == ["3.75"]
    assert shown(page, "chances") == ["80%", "10%"]
    page.locator("button[data-name='1.0']").click()
    assert shown(page, "margin") == ["2.00"]
    assert shown(page, "chances") == ["40%", "20%"]
    assert page.locator("button[data-name='1.0']").get_attribute("aria-pressed") == "false"
    page.locator("g[data-head='4.2'] text").click()
    assert shown(page, "margin") == ["-1.50"]
    assert ("4.2: at “to” it reads “to”, off", "4.2：在「to」讀「to」, 關")[lang != "en"] in page.locator(
        "[role=img]"
    ).first.get_attribute("aria-label")
    page.locator("[data-name=all]").click()
    assert shown(page, "margin") == ["3.75"]
    page.locator("[data-name=none]").click()
    page.locator("button[data-name='1.0']").press("Enter")
    assert shown(page, "margin") == ["0.25"]
