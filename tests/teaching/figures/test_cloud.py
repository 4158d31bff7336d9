"""The cloud on a page of its own in a real browser: the points are where Python put them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from jielong.teaching.figures import Cloud

from tests.teaching.figures.test_browser import CHROMIUM, chromium, visit  # noqa: F401

PLACES = np.array([[[0.0, 0.0], [1.0, 1.0], [0.5, 0.0]], [[0.0, 2.0], [4.0, 0.0], [2.0, 1.0]]])
GROUPS = {
    "kind": {"label": ("kind", "種類"), "names": [("pets", "寵物"), ("tools", "工具")], "of": [0, 1, 0]},
    "name": {"label": ("name", "名字"), "names": [("one", "一"), ("two", "二")], "of": [0, 1, 1]},
}


def cloud(**changes):
    given = {
        "places": PLACES,
        "slider": {"label": ("step", "步"), "values": [0, 10]},
        "groups": GROUPS,
        "texts": ["cat", "saw", "dog"],
        "said": [("begins", "開始"), ("ends", "結束")],
        "alt": ("a cloud", "一團點"),
        "follow": "name",
    }
    return Cloud(**{**given, **changes})


def test_all_frames_share_one_scale():
    assert cloud().data["places"] == [[[0, 0], [250, 500], [125, 0]], [[0, 1000], [1000, 0], [500, 500]]]


@pytest.mark.parametrize(
    "name,changes",
    [
        ("texts", {"texts": ["cat"]}),
        ("said", {"said": [("a", "甲")]}),
        ("values", {"slider": {"label": ("s", "步"), "values": [1]}}),
    ],
)
def test_lists_that_do_not_fit_are_refused(name, changes):
    with pytest.raises(ValueError, match=name):
        cloud(**changes)


def circles(page):
    return [
        (float(c.get_attribute("cx")), float(c.get_attribute("cy")), c.get_attribute("fill"), c.text_content())
        for c in page.locator("circle").all()
    ]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
@pytest.mark.parametrize("lang,word", [("en", "ends"), ("zh-Hant-TW", "結束")])
def test_the_slider_moves_the_points(visit, lang, word):  # noqa: F811
    page = visit(cloud(), lang)
    page.locator("[data-name=frame]").fill("1")
    (x0, y0, hue0, text), (x1, y1, hue1, _), (x2, y2, hue2, _) = circles(page)
    assert text == "cat"
    assert hue0 == hue2 != hue1
    assert x0 < x2 < x1
    assert x2 == pytest.approx((x0 + x1) / 2, abs=0.1)
    assert y0 < y2 < y1
    assert y2 == pytest.approx((y0 + y1) / 2, abs=0.1)
    assert page.locator("[data-part=said]").text_content() == word


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
def test_following_joins_the_group(visit):  # noqa: F811
    page = visit(cloud())
    page.locator("[data-name=colour]").select_option(index=1)
    page.locator("[data-name=follow]").select_option(index=2)
    made = circles(page)
    spokes = re.findall(
        r"M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)", page.locator("[data-part=followed]").get_attribute("d")
    )
    ends = [tuple(map(float, spoke[2:])) for spoke in spokes]
    assert ends == [pytest.approx(made[k][:2], abs=0.1) for k in (1, 2)]
    middle = [(made[1][k] + made[2][k]) / 2 for k in (0, 1)]
    assert all(list(map(float, spoke[:2])) == pytest.approx(middle, abs=0.1) for spoke in spokes)
    assert made[1][2] == made[2][2] != made[0][2]
