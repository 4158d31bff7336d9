"""The surfaces on a page of their own in a real browser: corners are where the geometry says, far cells are behind."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from jielong.teaching.figures import Surface

from tests.teaching.figures.test_browser import CHROMIUM, chromium, visit  # noqa: F401

BOWL = np.array([[10.0, 1.0, 10.0], [1.0, 0.1, 1.0], [10.0, 1.0, 100.0]])
browser_only = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one"
)


def surface(**changes):
    given = {
        "surfaces": [(("plain", "普通"), np.ones((3, 3))), (("bowl", "碗"), BOWL)],
        "quantity": ("loss", "損失"),
        "middle": ("here", "這裡"),
        "alt": ("two surfaces", "兩片曲面"),
        "log": True,
    }
    return Surface(**{**given, **changes})


def test_heights_share_one_scale_and_have_one_of_their_own():
    plain, bowl = surface().data["surfaces"]
    assert plain["z"] == [[[333] * 3] * 3, [[0] * 3] * 3]
    assert bowl["z"][0] == bowl["z"][1] == [[667, 333, 667], [333, 0, 333], [667, 333, 1000]]
    ticks = [(0, "0.1"), (333, "1"), (667, "10"), (1000, "100")]
    assert bowl["ticks"][0] == [{"at": at, "text": text} for at, text in ticks]
    assert (bowl["low"], bowl["high"]) == ("0.1", "1e+02")


def test_even_scales_have_even_ticks():
    _, bowl = surface(log=False).data["surfaces"]
    assert [tick["text"] for tick in bowl["ticks"][0]] == ["50", "100"]
    assert bowl["z"][0][1][1] == 0
    assert bowl["z"][0][2][2] == 1000
    assert bowl["z"][0][0][0] == round(1000 * 9.9 / 99.9)


@pytest.mark.parametrize(
    "message,changes",
    [
        ("square grids of one odd side", {"surfaces": [(("a", "甲"), np.ones((3, 4)))]}),
        (
            "square grids of one odd side",
            {"surfaces": [(("a", "甲"), np.ones((3, 3))), (("b", "乙"), np.ones((4, 4)))]},
        ),
        ("square grids of one odd side", {"surfaces": [(("a", "甲"), np.ones((4, 4)))]}),
        ("positive", {"surfaces": [(("a", "甲"), np.zeros((3, 3)))]}),
        ("tilt=91", {"tilt": 91}),
    ],
)
def test_what_cannot_be_drawn_is_refused(message, changes):
    with pytest.raises(ValueError, match=message):
        surface(**changes)


def cells(page, which):
    """The cells in the order in which they are painted: four corners each, on the screen."""
    paths = page.locator("[data-part=surface]").nth(which).locator("g path")
    return [
        [tuple(map(float, pair.split(","))) for pair in re.findall(r"-?[\d.]+,-?[\d.]+", path.get_attribute("d"))]
        for path in paths.all()
    ]


def seen(x, y, turn, tilt):
    """Where a point of a plane at height 0 lies: to the right, and towards the reader (downwards on the screen)."""
    t, a = math.radians(turn), math.radians(tilt)
    return x * math.cos(t) - y * math.sin(t), (x * math.sin(t) + y * math.cos(t)) * math.sin(a)


@browser_only
@pytest.mark.parametrize("turn,tilt", [(0, 90), (30, 90), (110, 40), (200, 20), (300, 60)])
def test_a_flat_surface_turns_as_a_sheet_of_paper_does(visit, turn, tilt):  # noqa: F811
    page = visit(surface())
    page.locator("[data-name=turn]").fill(str(turn))
    page.locator("[data-name=tilt]").fill(str(tilt))
    drawn = cells(page, 0)
    assert len(drawn) == 4
    corners = sorted({corner for cell in drawn for corner in cell})
    wanted = sorted(seen(x, y, turn, tilt) for x in (-1, 0, 1) for y in (-1, 0, 1))
    across = [c[0] for c in corners]
    unit = (max(across) - min(across)) / (max(w[0] for w in wanted) - min(w[0] for w in wanted))
    middle = [sum(c[k] for c in corners) / 9 for k in (0, 1)]
    placed = [[(c[k] - middle[k]) / unit for k in (0, 1)] for c in corners]
    assert len(placed) == 9
    assert all(min(math.dist(w, p) for p in placed) < 0.01 for w in wanted)
    depths = [sum(corner[1] for corner in cell) for cell in drawn]
    assert depths[0] < min(depths) + 0.5
    assert depths[-1] > max(depths) - 0.5  # the far one first, the near one over it


@browser_only
def test_from_the_side_heights_are_true_to_scale(visit):  # noqa: F811
    page = visit(surface(turn=0, tilt=0))
    heights = sorted({corner[1] for cell in cells(page, 1) for corner in cell})
    top, ten, one, tenth = heights
    assert ten - top == pytest.approx(one - ten, abs=0.3) == pytest.approx(tenth - one, abs=0.3)


@browser_only
@pytest.mark.parametrize("lang,words", [("en", "seen from 35°, 25° above"), ("zh-Hant-TW", "方位 35°，俯角 25°")])
def test_keys_turn_both_surfaces_and_say_so(visit, lang, words):  # noqa: F811
    page = visit(surface(), lang)
    page.locator("[data-part=view]").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    names = [svg.get_attribute("aria-label") for svg in page.locator("svg[role=img]").all()]
    assert len(names) == 2
    assert all(name.endswith(words) for name in names)
    assert page.locator("[data-name=turn]").input_value() == "35"
    page.locator(".jl-sr", has_text=words).wait_for(state="attached", timeout=2000)


@browser_only
def test_dragging_turns_and_stays_in_range(visit):  # noqa: F811
    page = visit(surface(turn=10, tilt=80), theme="dark")
    box = page.locator("[data-part=surface] svg").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y + 100)
    page.mouse.up()
    page.mouse.move(x, y)
    assert page.locator("[data-name=turn]").input_value() == "340"  # 10 - 0.6 * 50, around the circle
    assert page.locator("[data-name=tilt]").input_value() == "90"


@browser_only
def test_each_surface_may_have_a_scale_of_its_own(visit):  # noqa: F811
    rough = (("plain", "普通"), np.array([[1.0, 1.1, 1.0], [1.2, 1.05, 1.1], [1.0, 1.1, 1.0]]))
    widget = surface(surfaces=[rough, (("bowl", "碗"), BOWL)], turn=0, tilt=0)
    page = visit(widget)
    before = {corner[1] for corner in cells(page, 0)[0]}
    page.locator("[data-name=scale]").select_option(index=1)
    after = {corner[1] for corner in cells(page, 0)[0]}
    assert max(after) - min(after) > 5 * (max(before) - min(before))


@browser_only
def test_a_phone_has_them_one_below_the_other(visit):  # noqa: F811
    page = visit(surface(), width=320)
    first, second = (svg.bounding_box() for svg in page.locator("[data-part=surface]").all())
    assert second["y"] >= first["y"] + first["height"]
    assert first["width"] > 220
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
