"""Two pieces of HTML or SVG: elements and words must be equal, numbers and coordinates may differ a little.

Coordinates may move by 0.8 % of the figure's size, or by the cell's tolerance: the points of a figure are compared as
numbers, too, in the record beside it (`teaching.figures.data`). Colours, as words, must be equal. What stands in an
element with the attribute `data-volatile` is not compared.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
from compare_text import Tolerance, texts
from PIL import Image

COORDINATES = set("d x y x1 y1 x2 y2 cx cy r rx ry width height points transform".split())
MOVE = 0.008  # the oldest matplotlib lays a chart out 3 of 460 apart
PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Event(NamedTuple):
    """A tag that opens or closes, or a text; `size` is that of the SVG around it, in its own units."""

    kind: str
    text: str
    attributes: dict[str, str] = {}
    size: float = 0.0

    def __str__(self) -> str:
        names = "".join(f" {name}" for name in sorted(self.attributes))
        forms = {"text": f"“{self.text.strip()[:80]}”", "start": f"<{self.text}{names}>", "end": f"</{self.text}>"}
        return forms.get(self.kind, self.text)


def markup(where: str, stored: str, now: str, tolerance: Tolerance) -> Iterator[str]:
    """What differs between two documents, a line each; only the first line if they are built differently."""
    for one, other in zip_longest(events(stored), events(now), fillvalue=Event("nothing", "nothing")):
        same_tag = one.kind == "text" or one.text == other.text
        if one.kind != other.kind or not same_tag or set(one.attributes) != set(other.attributes):
            yield f"{where}: stored {one}, now {other}"
            return
        if one.kind == "text":
            yield from texts(where, one.text, other.text, tolerance)
        for name, value in one.attributes.items():
            slack = (MOVE + tolerance.more) * one.size if name in COORDINATES else 0.0
            yield from _attribute(f"{where} <{one.text} {name}>", value, other.attributes[name], tolerance, slack)


def pixels(where: str, stored: str, now: str, tolerance: Tolerance) -> Iterator[str]:
    """A line if two PNG pictures, in base64, differ in more than one pixel of a thousand."""
    before, after = (_picture(data) for data in (stored, now))
    if before.shape != after.shape:
        yield f"{where}: the stored picture is {before.shape[:2]} pixels, the one drawn now {after.shape[:2]}"
        return
    changed = int((np.abs(before - after).max(axis=-1) > 8 + 255 * tolerance.more).sum())
    total = before.shape[0] * before.shape[1]
    if changed > total / 1000:
        yield f"{where}: {changed} pixels of {total} differ"


def events(document: str) -> list[Event]:
    """The document's tags and texts in order, ids renamed, volatile parts left out."""
    return _Reader(_rename_ids(document)).events


def _attribute(where: str, stored: str, now: str, tolerance: Tolerance, slack: float) -> Iterator[str]:
    before, after = PICTURE.search(stored), PICTURE.search(now)
    if before and after:
        yield from pixels(where, before[1], after[1], tolerance)
    else:
        yield from texts(where, stored, now, tolerance, slack)


def _picture(data: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA"), int)


def _rename_ids(document: str) -> str:
    """Ids that are made from a figure's content change with its last digits; what counts is what they refer to."""
    names = dict.fromkeys(re.findall(r'\bid="([^"]+)"', document))
    short = {name: f"n{number}" for number, name in enumerate(names)}
    return re.sub(r'(\bid="|\bhref="#|url\(#)([^")]+)', lambda m: m[1] + short.get(m[2], m[2]), document)


class _Reader(HTMLParser):
    def __init__(self, document: str) -> None:
        super().__init__()
        self.events: list[Event] = []
        self._sizes: list[float] = []
        self._volatile = 0  # how many volatile elements are open
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if self._volatile or "data-volatile" in attributes:
            self._volatile += tag not in VOID
            return
        if tag == "svg":
            self._sizes.append(max(map(float, attributes.get("viewbox", "0 0 0 0").split()[2:])))
        self.events.append(Event("start", tag, attributes, self._sizes[-1] if self._sizes else 0.0))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._volatile:
            self._volatile -= 1
            return
        if tag == "svg" and self._sizes:
            self._sizes.pop()
        self.events.append(Event("end", tag))

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._volatile:
            self.events.append(Event("text", data))
