"""Two texts, or two pieces of JSON data: words and colours must be equal, numbers may differ a little.

A number may be off by a share of 0.1 % (`SHARE`), or of one in a million where all is computed in float64 (`DOUBLE`),
or by one in the last place where it was rounded: 0.335 may print as 0.33 or 0.34. That holds from two decimals on (80 %
has two) and from two digits on: from 0.05 to 0.06 is a fifth, and no rounding; only data of a real model, which is in
float32, may be off by one in the last place near zero, too. Whole numbers must be equal. What else a cell allows, it
states: see `Tolerance`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from normal import ADDRESS

SHARE, DOUBLE = 1e-3, 1e-6
NOTHING = 1e-3  # of a share: what is smaller than this is the rounding error of a zero
NAMES = {"id", "row", "anchor", "name"}  # keys whose values name something, even where they look like numbers
NUMBER = re.compile(r"(?<![\w.#])[-+−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?%?")


class Tolerance(NamedTuple):
    """How much further a cell's numbers may be off: by so much, or by such a share of themselves; not both.

    A cell states it in its metadata, with the reason: {"tolerance": {"absolute": 0.01, "reason": "..."}}. `share` is
    what every number may be off by.
    """

    absolute: float = 0.0
    relative: float = 0.0
    share: float = SHARE

    @classmethod
    def stated(cls, cell: dict[str, Any], notebook: dict[str, Any] | None = None) -> Tolerance:
        """What a cell's metadata state, and its notebook's: a run without a real model's weights is all in float64."""
        stated, card = cell.get("tolerance", {}), (notebook or {}).get("jielong", {}).get("run", {"weights": "?"})
        share = SHARE if "weights" in card else DOUBLE
        return cls(stated.get("absolute", 0.0), stated.get("relative", 0.0), share)

    @property
    def more(self) -> float:
        """What is allowed where a number's size is no measure, as of a place in a drawing."""
        return max(self.absolute, self.relative)


NONE = Tolerance()


def texts(where: str, stored: str, now: str, tolerance: Tolerance, slack: float = 0.0) -> Iterator[str]:
    """What differs between two texts, a line each. Every number may be off by `slack`."""
    before, after = (re.sub(r"\s+", " ", ADDRESS.sub("0x…", text)) for text in (stored, now))
    if NUMBER.split(before) != NUMBER.split(after):
        yield f"{where}: {_first_change(before, after)}"
        return
    for one, other in zip(NUMBER.findall(before), NUMBER.findall(after), strict=True):
        yield from _numbers(where, one, other, tolerance, max(slack, _rounding(one, other)))


def values(where: str, stored: Any, now: Any, tolerance: Tolerance) -> Iterator[str]:
    """What differs between two pieces of JSON data."""
    if isinstance(stored, dict) and isinstance(now, dict) and set(stored) == set(now):
        for key in stored:
            compare = _names if key in NAMES else values
            yield from compare(f"{where}.{key}", stored[key], now[key], tolerance)
    elif isinstance(stored, dict) and isinstance(now, dict):
        yield f"{where}: keys only stored {sorted(set(stored) - set(now))}, only now {sorted(set(now) - set(stored))}"
    elif isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        for index, (one, other) in enumerate(zip(stored, now, strict=True)):
            yield from values(f"{where}[{index}]", one, other, tolerance)
    elif isinstance(stored, str) and isinstance(now, str):
        yield from texts(where, stored, now, tolerance)
    elif _is_number(stored) and _is_number(now):
        one, other = repr(stored), repr(now)
        slack = _rounding if tolerance.share == DOUBLE else _last_place  # near zero, a float32 is not exact
        yield from _numbers(where, one, other, tolerance, slack(one, other))
    else:
        yield from _names(where, stored, now, tolerance)


def _numbers(where: str, stored: str, now: str, tolerance: Tolerance, slack: float) -> Iterator[str]:
    """A line if two numbers are further apart than `slack`, and than all else that is allowed."""
    if stored == now:
        return
    size, off = abs(_value(stored)), abs(_value(stored) - _value(now))
    whole = not any(sign in stored + now for sign in ".eE%")
    share = 0.0 if whole else tolerance.share * size
    allowed = max(share, 1.001 * slack) + tolerance.relative * size + tolerance.absolute + NOTHING * tolerance.share
    if not off <= allowed:
        yield f"{where}: stored {stored}, now {now} (differs by {off:.3g}; {allowed:.2g} is allowed)"


def _names(where: str, stored: Any, now: Any, _: Tolerance) -> Iterator[str]:
    if type(stored) is not type(now) or stored != now:
        yield f"{where}: stored {_brief(stored)}, now {_brief(now)}"


def _value(number: str) -> float:
    digits = number.rstrip("%").replace(",", "").replace("−", "-")
    return float(digits) / (100 if number.endswith("%") else 1)


def _rounding(stored: str, now: str) -> float:
    """How far apart rounding can bring two numbers: one in the last place, if they have two digits."""
    last = _last_place(stored, now)
    return last if max(abs(_value(stored)), abs(_value(now))) > 9.999 * last else 0.0


def _last_place(stored: str, now: str) -> float:
    """One in the last place of the longer of two numbers (JSON drops a 0 at the end); 0 if it has no two decimals."""
    places = max(_decimals(stored), _decimals(now))
    return 10.0**-places if places >= 2 else 0.0


def _decimals(number: str) -> int:
    mantissa, _, exponent = number.rstrip("%").lower().partition("e")
    return len(mantissa.partition(".")[2]) - int(exponent or 0) + 2 * number.endswith("%")


def _first_change(stored: str, now: str) -> str:
    start = next((i for i, (a, b) in enumerate(zip(stored, now, strict=False)) if a != b), min(len(stored), len(now)))
    begin = max(0, start - 30)
    return f"stored “…{stored[begin : start + 50]}…”, now “…{now[begin : start + 50]}…”"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _brief(value: Any) -> str:
    return f"a list of {len(value)}" if isinstance(value, list) else repr(value)
