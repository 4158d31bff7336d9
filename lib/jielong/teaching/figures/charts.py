"""The few charts that most lessons need, each a figure for `show`. What is measured without the method is grey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from jielong.arguments import at_least, filled, finite
from jielong.teaching.figures.style import colors, subplots
from jielong.teaching.figures.svg import VERBATIM


def bars(
    values: Mapping[str, float],
    control: Mapping[str, float] | None = None,
    label: str = "",
    number: str = ".2f",
    limit: float | None = None,
) -> Figure:
    """Horizontal bars, each with its number at its end. control: the same names measured without the method, thin grey
    bars under the coloured ones. label: what is measured; limit: where the axis ends. Raises ValueError for what is no
    number, and for a control that lacks a name."""
    if control is not None and set(values) - set(control):
        raise ValueError(f"control has no {sorted(set(values) - set(control))}")
    finite(values=[*values.values()], control=[*(control or {}).values()], limit=limit or 0)
    fig, ax = subplots(size=(6.4, 0.5 + (0.5 if control else 0.36) * len(values)))
    rows = np.arange(len(values))
    _bar_row(ax, rows - (0.14 if control else 0), values, 0.42 if control else 0.6, colors.blue, number)
    if control is not None:
        _bar_row(ax, rows + 0.26, {name: control[name] for name in values}, 0.2, colors.control, number)
    ax.set_yticks(rows, list(values))
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set(xlabel=label, xlim=(min(0, ax.get_xlim()[0]), limit))
    return fig


def _bar_row(ax: Axes, rows: np.ndarray, values: Mapping[str, float], height: float, color: str, number: str) -> None:
    drawn = ax.barh(rows, list(values.values()), height, color=color)
    ax.bar_label(drawn, [_in_words(v, number) for v in values.values()], padding=3, fontsize=9 if height > 0.3 else 8)


def _in_words(value: float, number: str) -> str:
    try:
        return format(value, number)
    except ValueError as error:
        raise ValueError(f"number={number!r} is no format of a number; try '.2f'") from error


def lines(
    x: Sequence[float] | np.ndarray,
    series: Mapping[str, ArrayLike],
    control: Mapping[str, ArrayLike] | None = None,
    x_label: str = "",
    y_label: str = "",
    log_x: bool = False,
) -> Figure:
    """Lines with their names at their ends instead of a legend. A series of shape (seeds, len(x)) is drawn as its mean
    in a band from its smallest to its largest. control: series measured without the method, dashed and grey. Raises
    ValueError for what is no number, and for a series of another length than x."""
    for name, y in [("x", x), *((f"series {name!r}", y) for name, y in [*series.items(), *(control or {}).items()])]:
        filled(**{name: np.asarray(y)})
        finite(**{name: y})
        if np.shape(y)[-1:] != (len(x),):
            raise ValueError(f"{name} has the shape {np.shape(y)}; its last side should be that of x, {len(x)}")
    fig, ax = subplots()
    ends = []
    for k, (name, y) in enumerate([*series.items(), *(control or {}).items()]):
        plain = k >= len(series)
        color = colors.control if plain else colors.cycle[k % len(colors.cycle)]
        runs = np.atleast_2d(np.asarray(y, dtype=float))
        ax.plot(x, runs.mean(0), color=color, linestyle="--" if plain else "-", marker="o" if len(x) <= 12 else None)
        if len(runs) > 1:
            ax.fill_between(x, runs.min(0), runs.max(0), color=color, alpha=0.18, linewidth=0)
        ends.append((runs.mean(0)[-1], name, color))
    if log_x:
        ax.set_xscale("log", base=2)
        ax.set_xticks(x, [f"{v:g}" for v in x])
        ax.minorticks_off()
    ax.set(xlabel=x_label, ylabel=y_label)
    ax.grid(axis="y")
    _name_ends(ax, ends)
    return fig


def _name_ends(ax: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Write each name beside its line's end, pushed up where two would overlap."""
    low, high = ax.get_ylim()
    ax.set_ylim(low, high)
    place = -np.inf
    for y, name, color in sorted(ends):
        place = max((y - low) / (high - low), place + 0.09)
        ax.text(1.02, place, name, color=color, va="center", transform=ax.transAxes, fontweight="bold", fontsize=9)


def heatmap(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    diverging: bool = False,
    x_label: str = "",
    y_label: str = "",
    number: str | None = None,
) -> Figure:
    """A heat map of values (rows, columns) with tokens as labels, which are quoted and so not translated. Nothing is
    the page itself, the largest is full colour; diverging: from orange by way of nothing to blue. number: format of a
    number in each cell, for small maps. A cell of nan stays empty. Raises ValueError for other shapes, and where no
    cell holds a number or one is infinite."""
    cells = np.asarray(values, dtype=float)
    if cells.shape != (len(rows), len(columns)) or not cells.size:
        raise ValueError(
            f"values {cells.shape} must have one row for each of rows and columns, {len(rows)}, {len(columns)}"
        )
    known = cells[~np.isnan(cells)]
    filled(values=known)
    finite(values=known)
    cell = min(0.42, 5.4 / len(columns))
    fig, ax = subplots(size=(max(2.5, cell * len(columns) + 1), max(1.6, cell * len(rows) + 0.9)))
    _draw_map(ax, cells, diverging)
    ax.set_xticks(range(len(columns)), columns, rotation=90 if max(map(len, columns)) > 3 else 0)
    ax.set_yticks(range(len(rows)), rows)
    for text in [*ax.get_xticklabels(), *ax.get_yticklabels()]:
        text.set_gid(VERBATIM)
    ax.set(xlabel=x_label, ylabel=y_label)
    if number is not None:
        for i, j in np.ndindex(cells.shape):
            if not np.isnan(cells[i, j]):
                ax.text(j, i, _in_words(float(cells[i, j]), number), ha="center", va="center", fontsize=8)
    return fig


def _draw_map(ax: Axes, values: np.ndarray, diverging: bool) -> None:
    most = float(np.nanmax(np.abs(values))) or 1.0
    cmap: Colormap = colors.diverging if diverging else colors.sequential
    ax.imshow(values, cmap=cmap, vmin=-most if diverging else 0, vmax=most, aspect="equal")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def images(
    pictures: Sequence[np.ndarray] | np.ndarray,
    names: Sequence[str] | None = None,
    columns: int = 10,
    most: float | None = None,
) -> Figure:
    """Small pictures side by side, such as (8, 8) digits: ink on the page, on one scale from 0 to ``most`` (default:
    the largest value of all). names: one for each picture, above it. Raises ValueError for no pictures, for what is no
    number, and for another number of names."""
    filled(pictures=pictures)
    at_least(1, columns=columns)
    for picture in pictures:
        finite(pictures=picture)
    if names is not None and len(names) != len(pictures):
        raise ValueError(f"names: {len(names)} for {len(pictures)} pictures")
    finite(most=most or 0)
    count, columns = len(pictures), min(columns, len(pictures))
    down = -(-count // columns)
    most = most if most is not None else float(max(np.max(p) for p in pictures))
    wide = min(0.9, 6.4 / columns)
    fig, axes = subplots(down, columns, size=(wide * columns, (wide + (0.22 if names else 0)) * down), squeeze=False)
    for k, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if k < count:
            ax.imshow(pictures[k], cmap=colors.sequential, vmin=0, vmax=most)
            if names is not None:
                ax.set_title(names[k], fontsize=8, loc="center")
    return fig
