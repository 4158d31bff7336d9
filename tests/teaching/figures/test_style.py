"""The palette against public definitions: WCAG 2 contrast, and Machado et al. 2009 for how colour blindness sees it."""

from itertools import combinations

import numpy as np
import pytest
from jielong.teaching.figures import colors, subplots
from jielong.teaching.figures.style import INKED
from matplotlib.colors import to_rgb

VISION = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}


def linear(color) -> np.ndarray:
    rgb = np.asarray(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other) -> float:
    light, dark = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("color", [*colors.cycle, colors.grey])
@pytest.mark.parametrize("page,ink", [(colors.light_page, "#222832"), (colors.dark_page, "#ced6dd")])
def test_shapes_and_words_stand_out_on_both_pages(color, page, ink):
    assert contrast(color, page) >= 3
    words = np.asarray(to_rgb(color)) * INKED / 100 + np.asarray(to_rgb(ink)) * (1 - INKED / 100)
    assert contrast(words, page) >= 4.5


@pytest.mark.parametrize("vision", VISION)
def test_the_first_colours_and_the_control_stay_apart(vision):
    seen = [lab(np.clip(VISION[vision] @ linear(c), 0, 1)) for c in [*colors.cycle[:3], colors.control]]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 15


def test_nothing_is_the_page_itself():
    assert colors.sequential(0.0)[3] < 0.1
    assert colors.sequential(1.0)[3] == 1
    assert colors.diverging(0.5)[3] < 0.1
    assert colors.diverging(0.0)[3] == colors.diverging(1.0)[3] == 1


def test_subplots_are_unknown_to_pyplot():
    import matplotlib.pyplot as plt

    figure, axes = subplots(2, 3, size=(4, 2))
    assert axes.shape == (2, 3)
    assert tuple(figure.get_size_inches()) == (4, 2)
    assert plt.get_fignums() == []
