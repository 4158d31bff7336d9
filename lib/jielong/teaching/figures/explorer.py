"""A widget for most purposes: sliders and lists over results that the run has computed for every setting."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jielong.arguments import filled
from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import Widget, plain
from jielong.teaching.text import Text

Frame = dict[str, Any]
FORMAT = re.compile(r",?(\.\d+)?[fd%]?")
"""The formats that the page knows how to write; see ``number`` in js/common.js."""
KINDS = ("numbers", "bars", "lines", "heatmap", "images", "passages", "text")


class Explorer(Widget):
    """Precomputed frames, one for each combination of the controls' values.

    controls: [{"name": "beta", "label": (en, zh), "values": [0, 0.5, 1]}], with
        "format": ".2f" (how values read), or "options": [(en, zh), ...] (their words; then the control is a list),
        "start": the value to begin with.
    frames: {value: frame} for one control, {(value, value): frame} for several, or a function of them by name.
    frame: {panel: content}; a panel is named by its kind (several of a kind: "bars 2", "bars 3"):
        numbers: [{"label": (en, zh), "value": 0.8, "control": 0.1, "format": ".0%"}]
        bars:    {"labels": [(en, zh), ..], "values": [..], "control": [..], "format": ".2f", "verbatim": False}
        lines:   {"x": [..], "series": [{"label": (en, zh), "y": [..], "control": False, "dots": False}], "at": x,
                  "points": [[x, y], ..], "x_label": (en, zh), "y_label": (en, zh), "log_x": False}
        heatmap: {"values": [[..]], "rows": [..], "columns": [..], "format": ".2f", "diverging": False}
        images:  [{"pixels": [[..]], "label": (en, zh)}]
        text:    (en, zh)
      bars, lines, heatmap take a "title" (en, zh), and a "range" [low, high] (default: that of all frames). Tokens and
      other quotations stay as they are: rows and columns of a heatmap, and the labels of bars that are "verbatim".
    Raises ValueError when a combination has no frame, and for a format unlike "", "d", ",d", ".2f" or ".0%".
    """

    _js = "explorer.js"
    _words = {"settings": ("settings", "設定"), "control": ("control", "對照組")}

    def __init__(
        self,
        controls: Sequence[Mapping[str, Any]],
        frames: Mapping[Any, Frame] | Callable[..., Frame],
        alt: Pair,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        names = [c["name"] for c in controls]
        for control in controls:
            filled(**{f"values of {control['name']}": control["values"]})
        grid = {}
        for position in itertools.product(*(range(len(c["values"])) for c in controls)):
            chosen = tuple(c["values"][i] for c, i in zip(controls, position, strict=True))
            grid[",".join(map(str, position))] = _short(plain(_bilingual(_frame(frames, names, chosen))))
        _set_ranges(list(grid.values()))
        same = _shared(list(grid.values()))
        data = {
            "controls": [_control(c) for c in controls],
            "panels": list(dict.fromkeys(name for frame in grid.values() for name in frame)),
            "same": same,
            "frames": {key: _rest(frame, same) for key, frame in grid.items()},
        }
        _check_formats(data)
        super().__init__(data, alt, labels)

    def frame(self, **values: Any) -> Frame:
        """The frame that the page shows for these settings."""
        key = ",".join(str(c["values"].index(plain(values[c["name"]]))) for c in self.data["controls"])
        frame = _merge(self.data["same"], self.data["frames"][key])
        return {name: frame[name] for name in self.data["panels"] if name in frame}


def _check_formats(data: Any) -> None:
    inside = data.values() if isinstance(data, dict) else data if isinstance(data, (list, tuple)) else []
    if isinstance(data, dict) and isinstance(form := data.get("format"), str) and not FORMAT.fullmatch(form):
        raise ValueError(f"format={form!r} is none that the page can write; try '.2f', ',d' or '.0%'")
    for value in inside:
        if isinstance(value, (dict, list, tuple)):
            _check_formats(value)


def _control(control: Mapping[str, Any]) -> dict[str, Any]:
    values = list(control["values"])
    out = {"name": control["name"], "label": list(Text.of(control["label"], "label")), "values": values}
    if "options" in control:
        out["options"] = [list(Text.of(o, "option")) for o in control["options"]]
    elif any(isinstance(v, str) for v in values):
        out["options"] = [list(Text.of(v, f"values of {control['name']} (or give options=)")) for v in values]
    return out | {"format": control.get("format", ""), "start": values.index(control.get("start", values[0]))}


def _frame(frames: Mapping[Any, Frame] | Callable[..., Frame], names: list[str], chosen: tuple[Any, ...]) -> Frame:
    if callable(frames):
        return frames(**dict(zip(names, chosen, strict=True)))
    for key in [chosen, *chosen] if len(chosen) == 1 else [chosen]:
        if key in frames:
            return frames[key]
    raise ValueError(f"frames has nothing for {dict(zip(names, chosen, strict=True))}")


def _bilingual(frame: Frame) -> Frame:
    """The frame itself, after a look that each of its words has its Chinese."""
    for panel, content in frame.items():
        kind = panel.split()[0]
        if kind not in KINDS:
            raise ValueError(f"a frame has no panel {panel!r}; there are {', '.join(KINDS)}")
        if kind == "text":
            Text.of(content, panel)
            continue
        for item in content if isinstance(content, (list, tuple)) else [content, *content.get("series", [])]:
            for word in ("label", "title", "x_label", "y_label"):
                Text.of(item.get(word, ""), f"{word} of {panel}")
        for word in content["labels"] if kind == "bars" and not content.get("verbatim") else []:
            Text.of(word, f"labels of {panel}, unless it is verbatim,")
    return frame


def _short(frame: Frame) -> Frame:
    """The eye reads three digits off a colour, and a grid of heat maps is by far the largest thing on a page."""
    for panel, content in frame.items():
        if panel.split()[0] == "heatmap":
            content["values"] = plain(content["values"], digits=3)
    return frame


def _set_ranges(frames: list[Frame]) -> None:
    """One scale for a panel in all frames, or its movement would not be seen."""
    for panel in {name for frame in frames for name in frame}:
        kind, contents = panel.split()[0], [frame[panel] for frame in frames if panel in frame]
        if kind in ("bars", "lines", "heatmap"):
            values = [v for c in contents for v in _numbers(kind, c)]
            low, high = min(0, *values) if kind != "lines" else min(values), max(values)
            for content in contents:
                content.setdefault("range", [low, high] if high > low else [low, low + 1])
        if kind == "images":
            pictures = [picture for content in contents for picture in content]
            most = max(v for picture in pictures for row in picture["pixels"] for v in row)
            for picture in pictures:
                picture.setdefault("most", most or 1)


def _numbers(kind: str, content: Frame) -> list[float]:
    if kind == "bars":
        return [*content["values"], *content.get("control", [])]
    return [v for row in (content["values"] if kind == "heatmap" else [s["y"] for s in content["series"]]) for v in row]


def _shared(frames: list[Any]) -> Any:
    """What all frames have in common, by key, so that the page carries it once."""
    first = frames[0]
    if not all(isinstance(f, dict) for f in frames):
        return first if all(f == first for f in frames) else None
    common = {k: _shared([f[k] for f in frames]) for k in first if all(k in f for f in frames)}
    return {k: v for k, v in common.items() if v is not None}


def _rest(frame: Frame, same: Frame) -> Frame:
    out = {}
    for key, value in frame.items():
        if key not in same:
            out[key] = value
        elif isinstance(value, dict) and (rest := _rest(value, same[key])):
            out[key] = rest
    return out


def _merge(same: Any, frame: Any) -> Any:
    if not isinstance(frame, dict) or not isinstance(same, dict):
        return frame
    return {**same, **{k: _merge(same[k], v) if k in same else v for k, v in frame.items()}}
