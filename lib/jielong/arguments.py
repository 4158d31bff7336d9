"""What an argument may be: each check raises ValueError and names the argument, what it got and what would do.

at_least(1, count=count, time=time)
within(0, 1, share=share)
"""

from __future__ import annotations

import math
from collections.abc import Sized
from numbers import Integral, Real

import numpy as np
import torch
from numpy.typing import ArrayLike


def at_least(least: int, **numbers: float) -> None:
    """Raise ValueError where one of these is below ``least``, or no number."""
    for name, number in numbers.items():
        if not number >= least:  # also true of nan
            raise ValueError(f"{name}={number} must be at least {least}")


def within(low: float, high: float, **numbers: float) -> None:
    """Raise ValueError where one of these is not from ``low`` to ``high``, both included."""
    for name, number in numbers.items():
        if not low <= number <= high:
            raise ValueError(f"{name}={number} must be from {low} to {high}")


def above(low: float, **numbers: float) -> None:
    """Raise ValueError where one of these is not above ``low``, or not finite."""
    for name, number in numbers.items():
        if not low < number < math.inf:
            raise ValueError(f"{name}={number} must be a finite number above {low}")


def filled(**collections: Sized | torch.Tensor) -> None:
    """Raise ValueError where one of these is empty; a tensor or an array is where it holds no number."""
    for name, collection in collections.items():
        if 0 in (collection.shape if hasattr(collection, "shape") else (len(collection),)):
            raise ValueError(f"{name} must not be empty")


def indices(count: int, **values: ArrayLike | torch.Tensor) -> None:
    """Raise ValueError where a whole number in one of these is not from 0 to ``count`` - 1."""
    for name, value in values.items():
        numbers = value if isinstance(value, torch.Tensor) else torch.as_tensor(value, device="cpu")
        if numbers.numel():
            low, high = int(numbers.min()), int(numbers.max())
            if not 0 <= low <= high < count:
                raise ValueError(f"{name} must be whole numbers from 0 to {count - 1}; they go from {low} to {high}")


def writable(**texts: str) -> None:
    """Raise ValueError where a text holds half of a character (a lone surrogate), which no file takes."""
    for name, text in texts.items():
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"{name} has half of a character in it (a lone surrogate), which no file takes: {text!r}")


def finite(**values: ArrayLike | torch.Tensor) -> None:
    """Raise ValueError where a number in one of these is nan or infinite."""
    for name, value in values.items():
        numbers = value if isinstance(value, torch.Tensor) else torch.from_numpy(np.asarray(value, dtype=float))
        if not bool(numbers.isfinite().all()):
            bad = numbers[~numbers.isfinite()]
            raise ValueError(f"{name} must be finite numbers; {bad.numel()} of {numbers.numel()} are not, as {bad[0]}")


def real(**numbers: object) -> None:
    """Raise ValueError where one of these is no number; True and False are none."""
    for name, number in numbers.items():
        if not isinstance(number, Real) or isinstance(number, bool):
            raise ValueError(f"{name}={number!r} must be a number")


def whole(**numbers: object) -> None:
    """Raise ValueError where one of these is no whole number, of a type that has no others."""
    for name, number in numbers.items():
        if not isinstance(number, Integral) or isinstance(number, bool):
            raise ValueError(f"{name}={number!r} must be a whole number")


def every_row(says: str, **good: torch.Tensor) -> None:
    """Raise ValueError, with what it says, for the first row that is not True."""
    for name, rows in good.items():
        if not bool(rows.all()):
            raise ValueError(f"{name}: row {int(rows.logical_not().reshape(-1).nonzero()[0])} {says}")


def decided(**logits: torch.Tensor) -> None:
    """Raise ValueError for logits (..., vocabulary) with a row of which no token is the likeliest."""
    for name, rows in logits.items():
        if not rows.is_floating_point() or not rows.shape[-1]:
            raise ValueError(
                f"{name} must be floating-point logits of some tokens, not {rows.dtype} {list(rows.shape)}"
            )
        top = rows.detach().amax(-1)  # nan where there is one
        every_row("of the logits has nan, has inf, or is all -inf: no token is the likeliest", **{name: top.isfinite()})
