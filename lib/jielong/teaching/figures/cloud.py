"""A cloud of points that moves: where things lie in a space, step by step, coloured in one of several ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jielong.arguments import filled, finite
from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import Widget


class Cloud(Widget):
    """Points in the plane, one cloud for each place of a slider.

    places: (frames, points, 2), drawn on one scale in all frames. slider: {"label": (en, zh), "values": one for each
    frame}. groups: {name: {"label": (en, zh), "names": [(en, zh), ...], "of": the group's number for each point}}, ways
    to colour; at most six colours, which repeat. follow: the name of a group whose members can be tied to their middle.
    texts: what each point is, quoted. said: for each frame, (en, zh), the line under the picture.
    Raises ValueError when the lengths disagree, a place is no number, or the group to follow is not there.
    """

    _js = "cloud.js"
    _words = {
        "colour": ("colour by", "顏色代表"),
        "follow": ("follow", "追蹤"),
        "nothing": ("(nothing)", "（不追蹤）"),
    }

    def __init__(
        self,
        places: Any,
        slider: Mapping[str, Any],
        groups: Mapping[str, Mapping[str, Any]],
        texts: Sequence[str],
        said: Sequence[Pair],
        alt: Pair,
        follow: str | None = None,
        start: int = 0,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        where = np.asarray(places, dtype=float)
        filled(places=where)
        finite(places=where)
        frames, points = where.shape[:2]
        _check(where, frames, said=said, values=slider["values"])
        _check(where, points, texts=texts, **{f"of {name}": group["of"] for name, group in groups.items()})
        if follow is not None and follow not in groups:
            raise ValueError(f"follow={follow!r} is none of the groups {list(groups)}")
        data = {
            "places": _scaled(where),
            "slider": {**slider, "start": start},
            "groups": [{"name": name, **group} for name, group in groups.items()],
            "follow": list(groups).index(follow) if follow is not None else -1,
            "texts": list(texts),
            "said": list(said),
        }
        super().__init__(data, alt, labels)


def _check(where: np.ndarray, wanted: int, **entries: Sequence[Any]) -> None:
    for name, some in entries.items():
        if len(some) != wanted:
            raise ValueError(
                f"{name} has {len(some)} entries; places has the shape {where.shape}, so it should have {wanted}"
            )


def _scaled(where: np.ndarray) -> np.ndarray:
    """Whole numbers from 0 to 1000 in each direction."""
    low, high = where.min((0, 1)), where.max((0, 1))
    return np.rint(1000 * (where - low) / np.where(high > low, high - low, 1)).astype(int)
