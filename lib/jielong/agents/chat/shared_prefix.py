"""Rows of tokens that begin alike: what they share is read once, and its state is put behind each row's own padding.

The rows of a batch end together, so rows of different lengths do not begin together, and a state of the shared part
would fit none of them. It can be moved, though: rotary positions count from a row's own first token, and a key does not
change when padding is put before it. So each row gets the shared keys behind its own padding. The shorter rows read the
last few shared tokens again, so that all of them have as many tokens left to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from jielong.model import State


def split(rows: Sequence[list[int]]) -> tuple[int, int]:
    """How many tokens all rows begin with, and how many at each row's end are left to read: at least one.

    (0, 0) if nothing is shared, or so little that a short row would have nothing before what is left.
    """
    longest = max(map(len, rows))
    alike = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False)))
    shared = min(alike, longest - 1)
    left = longest - shared
    return (shared, left) if min(map(len, rows)) > left else (0, 0)


def behind_padding(state: State, padding: Sequence[int]) -> State:
    """One row for each number: that much padding, then the state, of which as much is left out at the end."""

    def moved(part: Float[Tensor, "1 heads time width"]) -> Float[Tensor, "rows heads time width"]:
        return torch.cat([F.pad(part[:, :, : part.shape[2] - pad], (0, 0, pad, 0)) for pad in padding])

    layers = [type(layer)(*(moved(part) for part in layer)) for layer in state.layers]
    return State(layers, state.length, len(padding), torch.tensor(padding))
