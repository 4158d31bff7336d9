"""A model's weights by name: copied, put back, and compared to the bit."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

Weights = dict[str, Tensor]


def copy_weights(model: nn.Module) -> Weights:
    """A copy of every parameter, by name."""
    return {name: p.detach().clone() for name, p in model.named_parameters()}


@torch.no_grad()
def put_back(model: nn.Module, weights: Weights) -> None:
    """Give the named parameters these values again, in the precision that the model has now.

    Raises ValueError where a parameter has another shape by now; then none is changed.
    """
    known(model, weights)
    for name, value in weights.items():
        if (now := model.get_parameter(name)).shape != value.shape:
            raise ValueError(f"{name!r} is of shape {tuple(now.shape)}, but in weights of {tuple(value.shape)}")
    for name, value in weights.items():
        model.get_parameter(name).copy_(value)


def changed(model: nn.Module, weights: Weights) -> int:
    """How many of the named parameters' numbers have not the same bits as in ``weights``.

    Raises ValueError where a parameter has another shape or precision by now: then there is nothing to compare.
    """
    known(model, weights)
    for name, value in weights.items():
        now = model.get_parameter(name)
        if (now.shape, now.dtype) != (value.shape, value.dtype):
            raise ValueError(
                f"{name!r} is {now.dtype} of shape {tuple(now.shape)}, but in weights {value.dtype} of shape "
                f"{tuple(value.shape)}"
            )
    pairs = ((model.get_parameter(name).detach(), value) for name, value in weights.items())
    return sum(int((bit_patterns(now) != bit_patterns(value)).sum()) for now, value in pairs)


def known(model: nn.Module, weights: Weights) -> None:
    """Raise ValueError where the model has not all of these parameters."""
    if strangers := sorted(set(weights) - {name for name, _ in model.named_parameters(remove_duplicate=False)}):
        raise ValueError(f"weights: the model has no {strangers[0]!r}")


def bit_patterns(numbers: Float[Tensor, "*any"]) -> Int[Tensor, "*any"]:
    """Each number's bits, read as a whole number: unlike the numbers, these tell 0.0 from -0.0."""
    return numbers.view({1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[numbers.element_size()])
