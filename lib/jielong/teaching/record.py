"""What a run leaves in a notebook besides what it shows: values for prose, records for other pages."""

from __future__ import annotations

import math
import re
from typing import Any

from jielong.arguments import finite, writable
from jielong.teaching.text import in_language

VALUE_MIME = "application/vnd.jielong.value+json"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def record(name: str, value: Any, format: str = "{}", *, volatile: bool = False) -> None:
    """Keep `value` in the cell's output under `name`, so that prose can say {value}`name`.

    Nothing is visible in the notebook. `format` is how prose shows it, such as "{:.0%}". A volatile value (a timing)
    may differ in the next run. Raises ValueError for a name that is not words-joined-by-hyphens.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f'a value\'s name is lower-case words joined by hyphens, such as "depth-error"; got {name!r}')
    number = plain_number(value) if not isinstance(value, str) else value
    payload = {"name": name, "value": number, "text": formatted(number, format), "volatile": volatile}
    emit("", "", {VALUE_MIME: payload}, volatile=volatile)


def formatted(value: Any, format: str) -> str:
    """A value in words, as "{:.0%}" writes it. Raises ValueError for a format that the value does not have."""
    try:
        words = format.format(value)
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise ValueError(f"format={format!r} is none for {value!r}; a number's is such as '{{:.2f}}'") from error
    if isinstance(value, float):
        finite(value=value)
    return words


def plain_number(value: Any) -> int | float:
    """A Python number from a Python, NumPy or zero-dimensional torch number; floats keep six significant digits."""
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeError(f"value: expected one number, got {value!r}")
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError(f"value: expected a finite number, got {number}")
    return number if isinstance(number, int) else float(f"{number:.6g}")


def emit(html: str, plain: str, records: dict[str, Any] | None = None, *, volatile: bool = False) -> None:
    """Show `html` (with `plain` as its text form) and keep `records` (MIME type -> data) in the same output.

    Outside of a notebook it prints `plain`.
    """
    writable(html=html, plain=plain)
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        if plain:
            print(plain)
        return
    bundle = {"text/plain": plain, "text/html": in_language(html), **(records or {})}
    display(bundle, raw=True, metadata={"jielong": {"volatile": True}} if volatile else {})
