"""The charts that a page draws in a real browser, read as a reader does: by place and by colour."""

from __future__ import annotations

import numpy as np
import pytest

from tests.teaching.figures import samples
from tests.teaching.figures.test_browser import CHROMIUM, chromium, visit  # noqa: F401

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
GREY, ORANGE = "var(--jl-grey)", "var(--jl-orange)"
SEEN = """each => each.map(e => {
  const {x, y, width, height} = e.getBoundingClientRect(), own = (name) => e.getAttribute(name);
  const corners = [...(e.points ?? [])].map(p => new DOMPoint(p.x, p.y).matrixTransform(e.getScreenCTM()));
  return {text: e.textContent, x: x + width / 2, y: y + height / 2, width, points: corners.map(p => [p.x, p.y]),
    color: own("stroke") ?? own("fill") ?? own("style"), strength: Number(own("fill-opacity"))};
})"""


@pytest.fixture
def seen(visit):  # noqa: F811
    """Elements of a panel of the sample at dose 0.5: the middle of each, in pixels right and down, and its colour."""
    page = visit(samples.explorer())
    return lambda panel, element: page.locator(f"[data-panel={panel}] {element}").evaluate_all(SEEN)


def named(texts):
    return {text["text"]: text for text in texts}


def test_lines_are_read_off_the_ticks(seen):
    right = named(seen("lines", "text[text-anchor=middle]"))
    up = named(seen("lines", "text[text-anchor=end]"))
    right.pop("dose")
    to_x = np.poly1d(np.polyfit([tick["x"] for tick in right.values()], [float(tick) for tick in right], 1))
    to_y = np.poly1d(np.polyfit([tick["y"] for tick in up.values()], [float(tick) for tick in up], 1))
    assert to_x[1] > 0 > to_y[1]  # more is to the right, and up: pixels count downwards
    merged, control = [np.array(line["points"]) for line in seen("lines", "polyline")]
    for points, y in ((merged, samples.ACCURACY["sums"]), (control, [0.1, 0.11, 0.12, 0.14, 0.15])):
        assert to_x(points[:, 0]) == pytest.approx(samples.DOSES, abs=0.01)
        assert to_y(points[:, 1]) == pytest.approx(y, abs=0.02)  # as well as any font centres its digits


def test_the_x_axis_is_named_below_the_lines_and_the_y_axis_above(seen):
    names = named(seen("lines", "text"))
    heights = [y for line in seen("lines", "polyline") for _, y in line["points"]]
    assert names["accuracy"]["y"] < min(heights) < max(heights) < names["dose"]["y"]


def test_the_control_s_line_is_grey_and_each_name_is_at_its_line_s_end_in_its_colour(seen):
    names = named(seen("lines", "text"))
    merged, control = seen("lines", "polyline")
    assert control["color"] == GREY != merged["color"]
    for name, line in {"merged": merged, "random direction": control}.items():
        assert line["color"] in names[name]["color"]
        assert names[name]["y"] == pytest.approx(line["points"][-1][1], abs=3)


def test_each_bar_has_its_name_and_number_and_the_control_s_is_grey(seen):
    texts = sorted(seen("bars", "text"), key=lambda text: (text["x"], text["y"]))
    bars = sorted(seen("bars", "rect"), key=lambda bar: bar["y"])
    assert [bar["color"] == GREY for bar in bars] == [False, True, False, True]
    beside = [[text["text"] for text in texts if abs(text["y"] - bar["y"]) < 6] for bar in bars]
    assert beside == [["right", "71%"], ["12%"], ["wrong", "29%"], ["88%"]]
    assert [bar["width"] / bars[0]["width"] for bar in bars] == pytest.approx(
        [1, 0.125 / 0.71, 0.29 / 0.71, 0.875 / 0.71], rel=0.01
    )


def test_each_cell_of_a_heat_map_is_level_with_its_row_s_name_and_below_its_column_s(seen):
    names = named(seen("heatmap", "text"))
    cells = {
        (row, column): cell
        for cell in seen("heatmap", "rect")
        for row in "ab"
        for column in "cd"
        if abs(names[row]["y"] - cell["y"]) < 6 and abs(names[column]["x"] - cell["x"]) < 6
    }
    assert len(cells) == 4
    assert max(cells, key=lambda place: cells[place]["strength"]) == ("b", "c")  # 0.71
    assert [place for place, cell in cells.items() if cell["color"] == ORANGE] == [("a", "d")]  # -0.5
