"""Two texts, or two pieces of JSON data: words must be equal, numbers may differ a little.

A number agrees if it differs by at most 0.1 % (`SHARE`), or by one in the last place where it was printed rounded (two
decimals or more, or a percentage: 0.335 may print as 0.33 or 0.34). Whole numbers must be equal. What else a cell
allows, it states: see `Tolerance`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from normal import ADDRESS

SHARE, FLOOR = 1e-3, 1e-6
TOKEN = re.compile(
    r"(?P<colour>#[0-9a-fA-F]{6}\b)"
    r"|(?P<number>(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?%?)"
)


class Tolerance(NamedTuple):
    """How much further a cell's numbers may be off: by so much, or by such a share of themselves; not both.

    A cell states it in its metadata, with the reason: {"tolerance": {"absolute": 0.01, "reason": "..."}}.
    """

    absolute: float = 0.0
    relative: float = 0.0

    @classmethod
    def stated(cls, metadata: dict[str, Any]) -> Tolerance:
        """What a cell's metadata state; nothing, where they are silent."""
        stated = metadata.get("tolerance", {})
        return cls(stated.get("absolute", 0.0), stated.get("relative", 0.0))


NONE = Tolerance()


def texts(where: str, stored: str, now: str, tolerance: Tolerance, slack: float = 0.0) -> Iterator[str]:
    """What differs between two texts, a line each. `slack` is allowed on every number besides its tolerance."""
    before, after = (_tokens(text) for text in (stored, now))
    if [word for word, _ in before] != [word for word, _ in after]:
        yield f"{where}: {_first_change(' '.join(stored.split()), ' '.join(now.split()))}"
        return
    for (_, one), (_, other) in zip(before, after, strict=True):
        yield from numbers(where, one, other, tolerance, slack)


def values(where: str, stored: Any, now: Any, tolerance: Tolerance) -> Iterator[str]:
    """What differs between two pieces of JSON data."""
    if isinstance(stored, dict) and isinstance(now, dict) and set(stored) == set(now):
        for key in stored:
            yield from values(f"{where}.{key}", stored[key], now[key], tolerance)
    elif isinstance(stored, dict) and isinstance(now, dict):
        yield f"{where}: keys only stored {sorted(set(stored) - set(now))}, only now {sorted(set(now) - set(stored))}"
    elif isinstance(stored, list) and isinstance(now, list) and len(stored) == len(now):
        for index, (one, other) in enumerate(zip(stored, now, strict=True)):
            yield from values(f"{where}[{index}]", one, other, tolerance)
    elif isinstance(stored, str) and isinstance(now, str):
        yield from texts(where, stored, now, tolerance)
    elif _is_number(stored) and _is_number(now):
        yield from numbers(where, repr(stored), repr(now), tolerance)
    elif type(stored) is not type(now) or stored != now:
        yield f"{where}: stored {_brief(stored)}, now {_brief(now)}"


def numbers(where: str, stored: str, now: str, tolerance: Tolerance, slack: float = 0.0) -> Iterator[str]:
    """A line if two printed numbers, or two colours, are too far apart."""
    if stored == now:
        return
    if stored.startswith("#"):
        channels = zip(bytes.fromhex(stored[1:]), bytes.fromhex(now[1:]), strict=True)
        off = float(max(abs(one - other) for one, other in channels))
        allowed = 3 + 255 * max(tolerance)
    else:
        off, allowed = abs(_value(stored) - _value(now)), slack + _allowed(stored, now, tolerance)
    if not off <= allowed:
        yield f"{where}: stored {stored}, now {now} (differs by {off:.3g}; {allowed:.2g} is allowed)"


def _tokens(text: str) -> list[tuple[str, str]]:
    """(word, "") for what must be equal, (kind, what it is) for a number or a colour."""
    text = re.sub(r"\s+", " ", ADDRESS.sub("0x…", text))
    tokens, end = [], 0
    for match in TOKEN.finditer(text):
        tokens += [(text[end : match.start()], ""), (f"<{match.lastgroup}>", match[0])]
        end = match.end()
    return [*tokens, (text[end:], "")]


def _value(number: str) -> float:
    digits = number.rstrip("%").replace(",", "").replace("−", "-")
    return float(digits) / (100 if number.endswith("%") else 1)


def _allowed(stored: str, now: str, tolerance: Tolerance) -> float:
    """How far a number may be off, judged by how it was printed."""
    mantissa, _, exponent = stored.rstrip("%").lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) + 2 * stored.endswith("%")
    last_place = 10.0 ** (int(exponent or 0) - decimals) if decimals >= 2 else 0.0
    whole = not any(sign in stored + now for sign in ".eE%")
    share = tolerance.relative or (0.0 if whole else SHARE)
    return share * abs(_value(stored)) + tolerance.absolute + 1.001 * last_place + FLOOR


def _first_change(stored: str, now: str) -> str:
    start = next((i for i, (a, b) in enumerate(zip(stored, now, strict=False)) if a != b), min(len(stored), len(now)))
    begin = max(0, start - 30)
    return f"stored “…{stored[begin : start + 50]}…”, now “…{now[begin : start + 50]}…”"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _brief(value: Any) -> str:
    return f"a list of {len(value)}" if isinstance(value, list) else repr(value)
