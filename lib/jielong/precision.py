"""Single precision at least, for what half precision cannot hold: a sum over many numbers, a loss, a direction."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def wide(x: Float[Tensor, "*any"]) -> Float[Tensor, "*any"]:
    """``x`` in float32, or as it is where it is finer than that."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
