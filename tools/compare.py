"""Is what a cell shows now what its notebook stores? Words must be equal; numbers may differ a little.

A number agrees if it differs by at most 0.1 % (`EXACT`), or by one in the last place where it was printed rounded (two
decimals or more, or a percentage). Whole numbers must be equal. A cell whose numbers come out of training states its
own tolerance, relative and absolute, in its metadata or in its claims. Coordinates in a figure may move by 0.2 % of its
size, or by the cell's tolerance. Outputs and spans marked volatile are not compared.
"""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any

import numpy as np
from lessons import WIDGET_VIEW
from normal import ADDRESS
from PIL import Image

EXACT, FLOOR = 1e-3, 1e-6
CLAIM = "application/vnd.jielong.claim+json"
GEOMETRY = {
    "d",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "points",
    "transform",
    "width",
    "height",
}
TOKEN = re.compile(
    r"(?P<colour>#[0-9a-fA-F]{6}\b)"
    r"|(?P<number>(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?%?)"
)
IMAGE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")
Differ = Iterator[str]


def differences(stored: list[Any], now: list[Any], tolerance: float = 0.0, models: Any = None) -> list[str]:
    """What differs between two runs of one cell, a line each. `models` is (stored, current) widget models by id."""
    tolerance = max([tolerance, *(_own_tolerance(output) for output in stored)])
    found = [*_streams(stored, now, tolerance)]
    pairs = zip_longest(_rich(stored), _rich(now))
    for number, (before, after) in enumerate(pairs, 1):
        if before is None or after is None:
            found.append(f"output {number} is there only {'now' if before is None else 'in the stored notebook'}")
        else:
            found += [f"output {number}, {line}" for line in _bundle(before, after, tolerance, models or ({}, {}))]
    return found


def _own_tolerance(output: Any) -> float:
    return output.get("data", {}).get(CLAIM, {}).get("tolerance") or 0.0


def _rich(outputs: list[Any]) -> list[Any]:
    shown = [output for output in outputs if output["output_type"] != "stream"]
    return [o.get("data", {}) for o in shown if not o.get("metadata", {}).get("jielong", {}).get("volatile")]


def _streams(stored: list[Any], now: list[Any], tolerance: float) -> Differ:
    for name in ("stdout", "stderr"):
        before, after = ("".join(_joined(o["text"]) for o in outs if o.get("name") == name) for outs in (stored, now))
        yield from texts(name, before, after, tolerance)


def _bundle(stored: Any, now: Any, tolerance: float, models: Any) -> Differ:
    if set(stored) != set(now):
        yield f"kinds of data: stored {sorted(stored)}, now {sorted(now)}"
        return
    for mime in sorted(stored):
        if mime == WIDGET_VIEW:
            yield from _widgets(stored[mime]["model_id"], now[mime]["model_id"], tolerance, models)
        elif mime.startswith("image/png"):
            yield from _pixels(mime, stored[mime], now[mime], tolerance)
        elif mime.endswith("json"):
            yield from values(mime.rpartition(".")[2], _stable(stored[mime]), _stable(now[mime]), tolerance)
        elif not (mime == "text/plain" and WIDGET_VIEW in stored):  # a widget's plain text is its state once more
            compare = markup if mime in ("text/html", "image/svg+xml") else texts
            yield from compare(mime, _joined(stored[mime]), _joined(now[mime]), tolerance)


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text)


def _stable(record: Any) -> Any:
    """A record without the numbers that it declares volatile."""
    if not (isinstance(record, dict) and record.get("volatile")):
        return record
    return {
        key: value
        for key, value in record.items()
        if key not in ("measured", "control", "value", "text") and not key.endswith("_text")
    }


def texts(where: str, stored: str, now: str, tolerance: float, slack: float = 0.0) -> Differ:
    """Compare two texts: words exactly, numbers (and colours) within tolerance; `slack` is allowed besides."""
    before, after = (_tokens(text) for text in (stored, now))
    if [word for word, _ in before] != [word for word, _ in after]:
        yield f"{where}: {_first_change(' '.join(stored.split()), ' '.join(now.split()))}"
        return
    for (_, one), (_, other) in zip(before, after, strict=True):
        yield from _number(where, one, other, tolerance, slack)


def _tokens(text: str) -> list[tuple[str, str]]:
    """(word, "") for what must be equal, (kind, what it is) for a number or a colour."""
    text = re.sub(r"[ \t]+", " ", ADDRESS.sub("0x…", text))
    tokens, end = [], 0
    for match in TOKEN.finditer(text):
        tokens += [(text[end : match.start()], ""), (f"<{match.lastgroup}>", match[0])]
        end = match.end()
    return [*tokens, (text[end:], "")]


def _number(where: str, stored: str, now: str, tolerance: float, slack: float) -> Differ:
    if stored == now:
        return
    if stored.startswith("#"):
        off = max(abs(a - b) for a, b in zip(bytes.fromhex(stored[1:]), bytes.fromhex(now[1:]), strict=True))
        allowed = 3 + 255 * tolerance
    else:
        off, allowed = abs(_value(stored) - _value(now)), slack + _allowed(stored, tolerance)
    if not off <= allowed:
        yield f"{where}: stored {stored}, now {now} (differs by {off:.3g}; {allowed:.2g} is allowed)"


def _value(number: str) -> float:
    digits = number.rstrip("%").replace(",", "").replace("−", "-")
    return float(digits) / (100 if number.endswith("%") else 1)


def _allowed(number: str, tolerance: float) -> float:
    """How far a number may be off, from how it was printed."""
    mantissa, _, exponent = number.rstrip("%").lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) + 2 * number.endswith("%")
    last_place = 10.0 ** (int(exponent or 0) - decimals) if decimals >= 2 else 0.0
    whole = "." not in mantissa and not exponent and not decimals
    share = tolerance or (0.0 if whole else EXACT)
    return share * abs(_value(number)) + tolerance + 1.001 * last_place + FLOOR


def _first_change(stored: str, now: str) -> str:
    start = next((i for i, (a, b) in enumerate(zip(stored, now, strict=False)) if a != b), min(len(stored), len(now)))
    begin = max(0, start - 30)
    return f"stored “…{stored[begin : start + 50]}…”, now “…{now[begin : start + 50]}…”"


def values(where: str, stored: Any, now: Any, tolerance: float) -> Differ:
    """Compare two pieces of JSON data."""
    if isinstance(stored, dict) and isinstance(now, dict) and set(stored) == set(now):
        for key in stored:
            yield from values(f"{where}.{key}", stored[key], now[key], tolerance)
    elif isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        for index, (one, other) in enumerate(zip(stored, now, strict=True)):
            yield from values(f"{where}[{index}]", one, other, tolerance)
    elif isinstance(stored, str) and isinstance(now, str):
        yield from texts(where, stored, now, tolerance)
    elif _is_number(stored) and _is_number(now):
        yield from _number(where, repr(stored), repr(now), tolerance, 0.0)
    elif stored is not now and stored != now:
        yield f"{where}: stored {_brief(stored)}, now {_brief(now)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object with the keys {sorted(value)}"
    return f"a list of {len(value)}" if isinstance(value, list) else repr(value)


def _widgets(stored: str, now: str, tolerance: float, models: Any) -> Differ:
    """Compare what two widgets draw: their data, and that of every widget inside them."""
    before, after = (models[side].get(model, {}).get("state") for side, model in enumerate((stored, now)))
    if before is None or after is None:
        yield f"widget: no state is {'stored' if before is None else 'sent now'}"
        return
    before, after = ({k: v for k, v in state.items() if v is not None} for state in (before, after))
    if before.get("_esm") != after.get("_esm"):
        yield "widget: its stored code (_esm) is not the code in this tree"
    for inside, inside_now in zip(_references(before), _references(after), strict=False):
        yield from _widgets(inside, inside_now, tolerance, models)
    hide = _without_references
    yield from values("widget", hide(before), hide(after), tolerance)


def _references(state: Any) -> list[str]:
    return re.findall(r"IPY_MODEL_([0-9a-f]{32})", repr(sorted(state.items())))


def _without_references(state: Any) -> Any:
    if isinstance(state, dict):
        return {key: _without_references(value) for key, value in state.items() if key != "_esm"}
    if isinstance(state, list):
        return [_without_references(value) for value in state]
    return "IPY_MODEL" if isinstance(state, str) and state.startswith("IPY_MODEL_") else state


def _pixels(where: str, stored: str, now: str, tolerance: float) -> Differ:
    before, after = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(x))).convert("RGBA"), int) for x in (stored, now)
    )
    if before.shape != after.shape:
        yield f"{where}: the stored picture is {before.shape[:2]} pixels, the one drawn now {after.shape[:2]}"
        return
    changed = int((np.abs(before - after).max(axis=-1) > 8 + 255 * tolerance).sum())
    if changed > 0.001 * before.shape[0] * before.shape[1]:
        yield f"{where}: {changed} pixels of {before.shape[0] * before.shape[1]} differ"


def markup(where: str, stored: str, now: str, tolerance: float) -> Differ:
    """Compare HTML or SVG: elements and words exactly, numbers within tolerance, coordinates within the figure's."""
    before, after = (_Events(text).events for text in (stored, now))
    for one, other in zip_longest(before, after, fillvalue=("", "nothing", {}, 0.0)):
        kind, text, attributes, size = one
        if one[:2] != other[:2] and (kind != "text" or other[0] != "text") or set(attributes) != set(other[2]):
            yield f"{where}: stored {_tag(one)}, now {_tag(other)}"
            return
        if kind == "text":
            yield from texts(where, text, other[1], tolerance)
        for name, value in attributes.items():
            slack = (0.002 + tolerance) * size if name in GEOMETRY else 0.0
            yield from _attribute(f"{where} <{text} {name}>", value, other[2][name], tolerance, slack)


def _attribute(where: str, stored: str, now: str, tolerance: float, slack: float) -> Differ:
    pictures = [IMAGE.search(value) for value in (stored, now)]
    if all(pictures):
        yield from _pixels(where, *(picture[1] for picture in pictures if picture), tolerance)
    else:
        yield from texts(where, stored, now, tolerance, slack)


def _tag(event: Any) -> str:
    kind, text, attributes, _ = event
    if kind == "text":
        return f"“{text.strip()[:80]}”"
    return f"<{'/' * (kind == 'end')}{text}{''.join(f' {name}' for name in sorted(attributes))}>"


class _Events(HTMLParser):
    """A document as a list of (kind, tag or text, attributes, size of the SVG around it), ids renamed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.events: list[tuple[str, str, dict[str, str], float]] = []
        self._sizes: list[float] = []
        self._volatile: list[str] = []
        self.feed(_rename_ids(text))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if "data-volatile" in attributes or self._volatile:
            self._volatile.append(tag)
            return
        if tag == "svg":
            self._sizes.append(max(map(float, attributes.get("viewbox", "0 0 0 0").split()[2:])))
        self.events.append(("start", tag, attributes, self._sizes[-1] if self._sizes else 0.0))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._volatile:
            self._volatile.pop()
            return
        if tag == "svg" and self._sizes:
            self._sizes.pop()
        self.events.append(("end", tag, {}, 0.0))

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._volatile:
            self.events.append(("text", data, {}, 0.0))


def _rename_ids(text: str) -> str:
    """Ids made from a figure's content change with its last digits: what counts is what they refer to."""
    ids: Callable[[str], list[str]] = lambda source: re.findall(r'\bid="([^"]+)"', source)  # noqa: E731
    order = {name: f"id-{chr(97 + i % 26)}{'x' * (i // 26)}" for i, name in enumerate(dict.fromkeys(ids(text)))}
    return re.sub(r'(\bid="|\bhref="#|url\(#)([^")]+)', lambda m: m[1] + order.get(m[2], m[2]), text)
