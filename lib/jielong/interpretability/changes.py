"""Changes to hand to `intervene`: each is a function from a site's value to another of the same shape.

``at`` picks positions on the time axis, the second one: a number, a slice, or a list; default: all. The first position
takes a role of its own in many models (an attention sink: Xiao et al. 2023, arXiv 2309.17453), so ``slice(1, None)``
is often the better choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.sites import Change

Positions = int | slice | list[int]
ALL = slice(None)


def put(value: Tensor | float, at: Positions = ALL) -> Change:
    """This value instead of whatever is there."""

    def change(x: Tensor) -> Tensor:
        x = x.clone()
        x[:, at] = value
        return x

    return change


def add(vector: Tensor, at: Positions = ALL) -> Change:
    """The value plus ``vector``."""

    def change(x: Tensor) -> Tensor:
        x = x.clone()
        x[:, at] += vector
        return x

    return change


def project_out(direction: Float[Tensor, " width"], at: Positions = ALL) -> Change:
    """The value without its part along ``direction``: x - (x u) u, u the direction at length one."""
    unit = direction / direction.norm()

    def change(x: Tensor) -> Tensor:
        x = x.clone()
        x[:, at] -= (x[:, at] @ unit)[..., None] * unit
        return x

    return change


def put_units(values: Tensor | float, units: Sequence[int], at: Positions = ALL) -> Change:
    """Some units of the last axis set to ``values`` (one for all, or one each): neurons at "feedforward.activation"."""

    def change(x: Tensor) -> Tensor:
        x, some = x.clone(), torch.as_tensor(units)
        piece = x[:, at].clone()
        piece[..., some] = torch.as_tensor(values, dtype=x.dtype)
        x[:, at] = piece
        return x

    return change


def put_heads(values: Tensor | float, heads: Sequence[int]) -> Change:
    """Some heads set to ``values`` at "mixer.heads": a number, or (head width) of them, at every position."""

    def change(x: Tensor) -> Tensor:
        x = x.clone()
        x[..., torch.as_tensor(heads, dtype=torch.long), :] = torch.as_tensor(values, dtype=x.dtype)
        return x

    return change


def each(changes: Sequence[Change]) -> Change:
    """Another change for each row of the batch, so that many interventions run in one forward pass."""

    def change(x: Tensor) -> Tensor:
        if len(x) != len(changes):
            raise ValueError(f"changes: {len(changes)} of them, for a batch of {len(x)} rows")
        return torch.cat([one(row) for one, row in zip(changes, x.split(1), strict=True)])

    return change


def nothing(x: Any) -> Any:
    """Leaves everything as it is; a row of `each` to compare with."""
    return x
