"""What a figure draws, as numbers in the units of its axes: the part of a picture that another run can be held to.

A drawing rounds every point to a place on the page; here stands the point itself, to about 1/10,000 of the axis it is
on. `show` leaves this record beside the drawing. Words, colours and the order of things are in the drawing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import Collection, PathCollection
from matplotlib.colorizer import ColorizingArtist
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from numpy.typing import ArrayLike

FIGURE_MIME = "application/vnd.jielong.figure+json"
DIGITS = 4  # a unit of the last place is about 1e-4 of the axis
MOST = 1024  # values of one picture; a larger one is compared by its pixels alone
Round = Callable[[ArrayLike], list[float | None]]


def drawn(fig: Figure) -> dict[str, Any]:
    """The data of a figure that has been drawn, by axes: lines, shapes (bars as their left, bottom, width and height),
    points, and the values of pictures and colours; each kind only where there is one."""
    return {"axes": [_of_axes(ax) for ax in fig.axes]}


def _of_axes(ax: Axes) -> dict[str, Any]:
    x, y = _rounded(ax.xaxis), _rounded(ax.yaxis)
    kinds = {
        "lines": [_points(line.get_xydata(), x, y) for line in ax.lines],
        "shapes": [_shape(patch, x, y) for patch in ax.patches],
        "points": [_points(each, x, y) for group in ax.collections for each in _places(group)],
        "values": [_values(shown) for shown in [*ax.images, *ax.collections] if _has_few(shown)],
    }
    return {kind: data for kind, data in kinds.items() if data}


def _points(places: Any, x: Round, y: Round) -> dict[str, Any]:
    across, up = np.asarray(places, dtype=float).reshape(-1, 2).T
    return {"x": x(across), "y": y(up)}


def _shape(patch: Patch, x: Round, y: Round) -> dict[str, Any]:
    if isinstance(patch, Rectangle):
        return _points([patch.get_xy(), (patch.get_width(), patch.get_height())], x, y)
    return _points(patch.get_patch_transform().transform(patch.get_path().vertices), x, y)


def _places(group: Collection) -> list[Any]:
    """Where the marks of a scatter stand; of others, the corners of each area or line."""
    if isinstance(group, PathCollection):
        return [np.ma.filled(group.get_offsets(), np.nan)]
    return [path.vertices for path in group.get_paths()]


def _has_few(shown: ColorizingArtist) -> bool:
    """Whether it has numbers that its colours stand for, and not too many."""
    values = shown.get_array()
    return values is not None and values.size <= MOST


def _values(shown: ColorizingArtist) -> list[float | None]:
    return _to(*shown.get_clim())(np.ma.filled(np.ma.asarray(shown.get_array(), dtype=float), np.nan))


def _rounded(axis: Axis) -> Round:
    if axis.get_scale() != "linear":
        return lambda values: [_finite(float(f"{value:.{DIGITS}e}")) for value in np.ravel(values)]
    return _to(*axis.get_view_interval())


def _to(low: float | None, high: float | None) -> Round:
    """Rounds to the power of ten next to 1/10,000 of the way from low to high, and to hundredths at least."""
    span = abs((high or 0.0) - (low or 0.0)) or 1.0
    decimals = max(2, DIGITS - round(math.log10(span)))
    return lambda values: [_finite(round(float(value), decimals)) for value in np.ravel(values)]


def _finite(value: float) -> float | None:
    return value + 0.0 if math.isfinite(value) else None  # + 0.0 takes the sign from a zero
