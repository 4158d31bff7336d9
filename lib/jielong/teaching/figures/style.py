"""The book's look: one palette and one set of matplotlib settings.

Every colour has a contrast of at least 3 to 1 against white and against the dark page, and the palette stays apart
under the common colour blindnesses (tests/figures/test_style.py holds both). Black is the reader's text colour.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.figure import Figure

colors = SimpleNamespace(
    blue="#2f7fc1",
    orange="#d9740f",
    green="#2b8242",
    purple="#a35fb5",
    red="#d4504c",
    gold="#a98a12",
    grey="#858585",
)
colors.control = colors.grey  # what is measured without the method, always
colors.cycle = [colors.blue, colors.orange, colors.green, colors.purple, colors.red, colors.gold]
INKED = 65  # per cent of the hue
colors.dark_page, colors.light_page = "#14181e", "#ffffff"


def _fade(name: str, *stops: tuple[float, str, float]) -> LinearSegmentedColormap:
    """A colour map of (place, colour, opacity) in which nothing is the page itself: transparent, not white."""
    return LinearSegmentedColormap.from_list(name, [(place, to_rgba(color, alpha)) for place, color, alpha in stops])


colors.sequential = _fade("jielong", (0, colors.blue, 0.04), (1, colors.blue, 1))
colors.diverging = _fade(
    "jielong_diverging",
    (0, colors.orange, 1),
    (0.5, colors.orange, 0.04),
    (0.5, colors.blue, 0.04),
    (1, colors.blue, 1),
)


def inked(hue: str) -> str:
    """A hue for words, in CSS: mixed with the page's ink until it has a contrast of 4.5 to 1 on white and on dark."""
    return f"color-mix(in srgb,{hue} {INKED}%,currentColor)"


SETTINGS: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": colors.grey,
    "axes.linewidth": 0.7,
    "axes.prop_cycle": cycler(color=colors.cycle),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "figure.constrained_layout.use": True,
    "figure.figsize": (6.4, 3.0),
    "font.size": 10,
    "grid.alpha": 0.25,
    "grid.color": colors.grey,
    "grid.linewidth": 0.6,
    "image.cmap": "viridis",
    "image.interpolation": "none",
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 5,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "jielong",
    "xtick.color": colors.grey,
    "xtick.labelcolor": "black",
    "xtick.labelsize": 9,
    "xtick.major.size": 3,
    "xtick.major.width": 0.7,
    "ytick.color": colors.grey,
    "ytick.labelcolor": "black",
    "ytick.labelsize": 9,
    "ytick.major.size": 3,
    "ytick.major.width": 0.7,
}


def subplots(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (6.4, 3.0), **keywords: Any
) -> tuple[Figure, Any]:
    """A figure and its axes in the book's look, ready for `show`. size: width and height in inches.

    Turns the book's settings on for the rest of the session, since matplotlib reads them while artists are added. The
    figure is not registered with pyplot, so a notebook never draws it a second time.
    """
    matplotlib.rcParams.update(SETTINGS)
    figure = Figure(figsize=size)
    return figure, figure.subplots(rows, columns, **keywords)
