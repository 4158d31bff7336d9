"""Is what a cell shows now what its notebook stores?

Texts, numbers, figures, pictures, the data of widgets, claims and recorded values are all compared. How far numbers may
differ is in compare_text.py. An output marked volatile is not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from compare_markup import markup, pixels
from compare_text import NONE, Tolerance, texts, values
from lessons import WIDGET_VIEW

MEASURED = {"measured", "measured_text", "control", "control_text", "value", "text"}
SIX_DIGITS = {"measured", "control", "limits", "value"}
NOT_DRAWN = {"_esm", "_model_module_version", "_view_module_version"}
Models = tuple[dict[str, Any], dict[str, Any]]  # widget models by id: stored, and now


def differences(stored: list[Any], now: list[Any], tolerance: Tolerance = NONE, models: Models = ({}, {})) -> list[str]:
    """What differs between the outputs of two runs of one cell, a line each."""
    found = [*_streams(stored, now, tolerance)]
    for number, (before, after) in enumerate(zip_longest(_rich(stored), _rich(now)), 1):
        if before is None or after is None:
            found.append(f"output {number} is there only {'now' if before is None else 'in the stored notebook'}")
        else:
            found += [f"output {number}, {line}" for line in _bundle(before, after, tolerance, models)]
    return found


def _rich(outputs: list[Any]) -> list[Any]:
    shown = [output for output in outputs if output["output_type"] != "stream"]
    return [o.get("data", {}) for o in shown if not o.get("metadata", {}).get("jielong", {}).get("volatile")]


def _streams(stored: list[Any], now: list[Any], tolerance: Tolerance) -> Iterator[str]:
    for name in ("stdout", "stderr"):
        before, after = ("".join(_joined(o["text"]) for o in outs if o.get("name") == name) for outs in (stored, now))
        yield from texts(name, before, after, tolerance)


def _bundle(stored: Any, now: Any, tolerance: Tolerance, models: Models) -> Iterator[str]:
    if set(stored) != set(now):
        yield f"kinds of data: stored {sorted(stored)}, now {sorted(now)}"
        return
    for mime in sorted(stored):
        if mime == WIDGET_VIEW:
            yield from _widgets(stored[mime]["model_id"], now[mime]["model_id"], tolerance, models)
        elif mime == "image/png":
            yield from pixels(mime, stored[mime], now[mime], tolerance)
        elif mime.endswith("json"):
            name = mime.rpartition(".")[2].removesuffix("+json")
            yield from values(name, _stable(stored[mime]), _stable(now[mime]), tolerance)
        elif not (mime == "text/plain" and WIDGET_VIEW in stored):  # a widget's plain text is its state once more
            compare = markup if mime in ("text/html", "image/svg+xml") else texts
            yield from compare(mime, _joined(stored[mime]), _joined(now[mime]), tolerance)


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text)


def _stable(record: Any) -> Any:
    """A record without the numbers that it declares volatile, the others printed with the six digits that they have."""
    if not isinstance(record, dict):
        return record
    kept = {key: value for key, value in record.items() if not (record.get("volatile") and key in MEASURED)}
    return kept | {key: _six_digits(kept[key]) for key in SIX_DIGITS & kept.keys()}


def _six_digits(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _six_digits(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_six_digits(one) for one in value]
    return f"{value:#.6g}" if isinstance(value, float) else value


def _widgets(stored: str, now: str, tolerance: Tolerance, models: Models) -> Iterator[str]:
    """Compare what two widgets draw: their data, their code, and every widget inside them."""
    before, after = (side.get(model, {}).get("state") for side, model in zip(models, (stored, now), strict=True))
    if before is None or after is None:
        yield f"widget: its state is not {'stored' if before is None else 'sent now'}"
        return
    if before.get("_esm") != after.get("_esm"):
        yield "widget: its stored code is not the code in this tree"
    for inside, inside_now in zip(_inside(before), _inside(after), strict=False):
        yield from _widgets(inside, inside_now, tolerance, models)
    yield from values("widget", _own_state(before), _own_state(after), tolerance)


def _inside(state: Any) -> list[str]:
    """The ids of the models that a widget refers to."""
    return re.findall(r"IPY_MODEL_([0-9a-f]{32})", repr(sorted(state.items())))


def _own_state(state: Any) -> Any:
    """A widget's state without its code, its empty settings, the ids of other models and the versions of packages."""
    if isinstance(state, dict):
        return {key: _own_state(value) for key, value in state.items() if key not in NOT_DRAWN and value is not None}
    if isinstance(state, list):
        return [_own_state(value) for value in state]
    return "IPY_MODEL" if isinstance(state, str) and state.startswith("IPY_MODEL_") else state
