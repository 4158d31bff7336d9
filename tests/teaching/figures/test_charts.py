from functools import partial

import numpy as np
import pytest
from jielong.teaching.figures import bars, colors, heatmap, images, lines
from matplotlib.backend_bases import MouseEvent
from matplotlib.colors import to_hex


def height(ax, y):
    """How high the value y stands on the page."""
    return ax.transData.transform((0, y))[1]


def ticks(axis):
    """Where each label of an axis stands."""
    return {text.get_text(): place for place, text in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)}


def under_the_mouse(ax, row, column):
    """A heat map's value where a reader looks for it: level with one label and in line with the other."""
    place = ax.transData.transform((ticks(ax.xaxis)[column], ticks(ax.yaxis)[row]))
    return ax.images[0].get_cursor_data(MouseEvent("motion_notify_event", ax.figure.canvas, *place))


def test_bars_have_the_values_lengths_and_the_control_is_grey():
    values, control = {"a": 0.9, "b": 0.4}, {"b": 0.1, "a": 0.2}
    ax = bars(values, control, "accuracy", ".0%", limit=1).axes[0]
    drawn = [(p.get_width(), to_hex(p.get_facecolor())) for p in ax.patches]
    assert drawn == [(0.9, colors.blue), (0.4, colors.blue), (0.2, colors.control), (0.1, colors.control)]
    assert {t.get_text() for t in ax.texts} == {"90%", "40%", "20%", "10%"}
    assert ax.get_xlim() == (0, 1)


def test_bars_below_zero_are_seen():
    assert bars({"a": -2.0, "b": 1.0}).axes[0].get_xlim()[0] < -2


def test_the_first_bar_is_at_the_top_and_each_beside_its_name():
    ax = bars({"a": 0.9, "b": 0.4, "c": 0.1}).axes[0]
    middles = {bar.get_width(): bar.get_y() + bar.get_height() / 2 for bar in ax.patches}
    assert height(ax, middles[0.9]) > height(ax, middles[0.4]) > height(ax, middles[0.1])
    assert ticks(ax.yaxis) == pytest.approx({"a": middles[0.9], "b": middles[0.4], "c": middles[0.1]})


def test_lines_draw_the_mean_in_a_band_of_the_runs():
    runs = np.array([[0.0, 0.9], [0.7, 0.4], [0.2, 0.8]])  # mean is not median, range not mean ± std
    ax = lines([1, 2], {"deep": runs}, control={"none": [0.1, 0.1]}).axes[0]
    assert np.allclose(ax.lines[0].get_ydata(), [0.3, 0.7])
    assert ax.lines[1].get_color() == colors.control
    band = ax.collections[0].get_paths()[0].vertices
    assert {tuple(v) for v in np.round(band, 6)} == {(1, 0), (1, 0.7), (2, 0.4), (2, 0.9)}


@pytest.mark.parametrize(
    "chart",
    [partial(lines, [1, 2], {"a": [0, 1]}), partial(heatmap, [[1.0]], ["a"], ["b"])],
    ids=["lines", "heatmap"],
)
def test_each_axis_has_its_own_label(chart):
    ax = chart(x_label="step", y_label="loss").axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss")


def test_each_name_stands_at_its_line_s_end_in_its_line_s_colour():
    ax = lines([1, 2, 3], {"rise": [0, 1, 3], "fall": [3, 2, 1]}, control={"flat": [2, 2, 2]}).axes[0]
    colour_by_end = {line.get_ydata()[-1]: line.get_color() for line in ax.lines}
    names = {text.get_text(): text for text in ax.texts}
    for name, end in {"rise": 3, "fall": 1, "flat": 2}.items():
        place = names[name].get_transform().transform(names[name].get_position())
        assert place[1] == pytest.approx(height(ax, end))
        assert names[name].get_color() == colour_by_end[end]


def test_names_at_the_ends_do_not_overlap():
    ax = lines([1, 2], {"a": [0, 1], "b": [0, 1.001], "c": [0, 0]}).axes[0]
    places = sorted(text.get_position()[1] for text in ax.texts)
    assert len(places) == 3
    assert min(np.diff(places)) > 0.08


@pytest.mark.parametrize("diverging,limits", [(False, (0, 2)), (True, (-2, 2))])
def test_heatmap_scale(diverging, limits):
    ax = heatmap(np.array([[1.0, -2.0]]), ["a"], ["b", "c"], diverging=diverging).axes[0]
    assert ax.images[0].get_clim() == limits


def test_each_cell_of_a_heatmap_is_where_its_labels_say():
    ax = heatmap([[1, 2], [3, 4]], ["top", "low"], ["c", "d"], number=".0f").axes[0]
    assert [[under_the_mouse(ax, row, column) for column in "cd"] for row in ("top", "low")] == [[1, 2], [3, 4]]
    assert height(ax, ticks(ax.yaxis)["top"]) > height(ax, ticks(ax.yaxis)["low"])
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "1", (1, 0): "2", (0, 1): "3", (1, 1): "4"}


def test_each_picture_stands_under_its_name_in_reading_order():
    pictures = np.arange(12).reshape(3, 2, 2)
    drawn = [ax for ax in images(pictures, ["0", "1", "2"], columns=2).axes if ax.images]
    drawn.sort(key=lambda ax: (-ax.get_position().y0, ax.get_position().x0))
    assert [ax.get_title() for ax in drawn] == ["0", "1", "2"]
    assert np.array_equal([ax.images[0].get_array() for ax in drawn], pictures)


def test_images_share_one_scale():
    fig = images([np.full((8, 8), 3), np.full((8, 8), 16)], ["3", "16"])
    assert {ax.images[0].get_clim() for ax in fig.axes} == {(0, 16)}
