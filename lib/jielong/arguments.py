"""What an argument may be: each check raises ValueError and names the argument, what it got and what would do.

at_least(1, count=count, time=time)
within(0, 1, share=share)
"""

from __future__ import annotations

import math

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


def finite(**values: ArrayLike | torch.Tensor) -> None:
    """Raise ValueError where a number in one of these is nan or infinite."""
    for name, value in values.items():
        numbers = value if isinstance(value, torch.Tensor) else torch.from_numpy(np.asarray(value, dtype=float))
        if not bool(numbers.isfinite().all()):
            bad = numbers[~numbers.isfinite()]
            raise ValueError(f"{name} must be finite numbers; {bad.numel()} of {numbers.numel()} are not, as {bad[0]}")
