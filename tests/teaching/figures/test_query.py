"""The query in a real browser: the page works out the same attention as torch does."""

from __future__ import annotations

import math

import pytest
import torch
from jielong.teaching.figures import Query
from torch.nn import functional as F

from tests.teaching.figures.test_browser import CHROMIUM, chromium, visit  # noqa: F401

KEYS = [[2.0, 0.0], [0.0, 1.0], [-1.0, -1.5]]
VALUES = [[1.0, 3.0], [-2.0, 0.0], [0.5, -1.0]]


def query(**changes):
    given = {"keys": KEYS, "values": VALUES, "names": ["cat", "mat", "sat"], "asks": "it", "alt": ("q", "問")}
    return Query(**{**given, **changes})


def by_torch(angle, length):
    q = torch.tensor([[length * math.cos(math.radians(angle)), length * math.sin(math.radians(angle))]])
    k, v, one = torch.tensor(KEYS), torch.tensor(VALUES), torch.eye(3)
    weights = F.scaled_dot_product_attention(q, k, one)
    return weights[0].tolist(), (weights @ v)[0].tolist()


@pytest.mark.parametrize("angle,length", [(0, 0), (45, 1.5), (250, 6)])
def test_the_reading_is_torch_s_attention(angle, length):
    weights, output = query().read(angle, length)
    wanted, wanted_output = by_torch(angle, length)
    assert weights == pytest.approx(wanted, abs=1e-6)
    assert output == pytest.approx(wanted_output, abs=1e-6)


@pytest.mark.parametrize("changes", [{"names": ["cat", "mat"]}, {"values": VALUES[:2]}])
def test_lists_that_do_not_fit_are_refused(changes):
    with pytest.raises(ValueError, match="one row for each name"):
        query(**changes)


def shown(page):
    return [float(text) for text in page.locator("[data-panel=weights] .jl-value").all_text_contents()]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
@pytest.mark.parametrize("lang", ["en", "zh-Hant-TW"])
@pytest.mark.parametrize("angle,length", [(0, 0.0), (95, 2.0), (230, 6.0)])
def test_the_sliders_turn_and_stretch_the_query(visit, lang, angle, length):  # noqa: F811
    page = visit(query(), lang)
    page.locator("[data-name=angle]").fill(str(angle // 5))
    page.locator("[data-name=length]").fill(str(round(10 * length)))
    weights, output = by_torch(angle, length)
    assert shown(page) == pytest.approx(weights, abs=0.0051)
    box = page.locator("[data-panel=values] svg").get_attribute("viewBox").split()
    dot, most = page.locator("[data-part=output]"), 1.35 * 3
    place = [float(dot.get_attribute(name)) / float(box[2]) for name in ("cx", "cy")]
    wanted = [(1 + output[0] / most) / 2, (1 - output[1] / most) / 2]
    assert place == pytest.approx(wanted, abs=1e-3)
    word = ("output", "輸出")[lang != "en"]
    assert page.locator("[data-panel=keys] svg").get_attribute("aria-label").count(f"{word} {output[0]:.2f}") == 1


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
def test_the_arrow_itself_can_be_dragged(visit):  # noqa: F811
    page = visit(query(start=(0, 1)))
    plane = page.locator("[data-part=keys]")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] + 20, middle[1])
    page.mouse.down()
    page.mouse.move(middle[0] + 5, middle[1] - 30, steps=3)
    page.mouse.move(middle[0], middle[1] - 0.3 * box["height"], steps=3)  # straight up: 0.3 of a side of 2 x 2.5
    page.mouse.up()
    page.mouse.move(middle[0] + 30, middle[1] + 30)  # let go: nothing follows any more
    assert page.locator("[data-name=angle]").input_value() == "18"
    assert page.locator("[data-name=length]").input_value() == "15"
    assert shown(page) == pytest.approx(by_torch(90, 1.5)[0], abs=0.0051)
