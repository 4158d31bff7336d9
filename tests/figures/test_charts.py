import numpy as np
import pytest
from jielong.figures import bars, colors, heatmap, images, lines
from matplotlib.colors import to_hex


def test_bars_have_the_values_lengths_and_the_control_is_grey():
    values, control = {"a": 0.9, "b": 0.4}, {"b": 0.1, "a": 0.2}
    ax = bars(values, control, "accuracy", ".0%", limit=1).axes[0]
    drawn = [(p.get_width(), to_hex(p.get_facecolor())) for p in ax.patches]
    assert drawn == [(0.9, colors.blue), (0.4, colors.blue), (0.2, colors.control), (0.1, colors.control)]
    assert {t.get_text() for t in ax.texts} == {"90%", "40%", "20%", "10%"} and ax.get_xlim() == (0, 1)


def test_bars_below_zero_are_seen():
    assert bars({"a": -2.0, "b": 1.0}).axes[0].get_xlim()[0] < -2


def test_lines_draw_the_mean_in_a_band_of_the_runs():
    runs = np.array([[0.0, 0.4], [0.2, 0.8]])
    ax = lines([1, 2], {"deep": runs}, control={"none": [0.1, 0.1]}).axes[0]
    assert np.allclose(ax.lines[0].get_ydata(), [0.1, 0.6]) and ax.lines[1].get_color() == colors.control
    band = ax.collections[0].get_paths()[0].vertices
    assert {tuple(v) for v in np.round(band, 6)} == {(1, 0), (1, 0.2), (2, 0.4), (2, 0.8)}


def test_names_at_the_ends_do_not_overlap():
    ax = lines([1, 2], {"a": [0, 1], "b": [0, 1.001], "c": [0, 0]}).axes[0]
    places = sorted(text.get_position()[1] for text in ax.texts)
    assert len(places) == 3 and min(np.diff(places)) > 0.08


@pytest.mark.parametrize("diverging,limits", [(False, (0, 2)), (True, (-2, 2))])
def test_heatmap_scale(diverging, limits):
    ax = heatmap(np.array([[1.0, -2.0]]), ["a"], ["b", "c"], diverging=diverging).axes[0]
    assert ax.images[0].get_clim() == limits


def test_images_share_one_scale():
    fig = images([np.full((8, 8), 3), np.full((8, 8), 16)], ["3", "16"])
    assert {ax.images[0].get_clim() for ax in fig.axes} == {(0, 16)}
