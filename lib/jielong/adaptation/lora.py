"""Low-rank adaptation (Hu et al. 2022, section 4.1): freeze W, learn a thin detour beside it.

y = W x + (alpha / r) B A x        A: (r, in), small random; B: (out, r), zero at first; only A and B learn
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from jielong.training import settle


class Lora(nn.Module):
    """A linear map with a learned detour of rank r beside it; at first the detour adds nothing."""

    def __init__(self, linear: nn.Linear, rank: int, alpha: float, generator: torch.Generator):
        super().__init__()
        self.linear, self.scale = linear, alpha / rank
        self.a = nn.Parameter(linear.weight.new_empty(rank, linear.in_features))
        self.b = nn.Parameter(linear.weight.new_zeros(linear.out_features, rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5), generator=generator)
        settle([self.a])

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        return self.linear(x) + self.scale * (x @ self.a.T) @ self.b.T

    def merged(self) -> nn.Linear:
        """The same map as one matrix, W + (alpha / r) B A: after training the detour costs nothing."""
        with torch.no_grad():
            self.linear.weight += self.scale * self.b @ self.a
        return self.linear


def add_lora(
    model: nn.Module, rank: int = 4, alpha: float = 8.0, targets: Sequence[str] = ("q", "v"), seed: int = 0
) -> list[nn.Parameter]:
    """Put a `Lora` around every linear map whose name ends in one of ``targets``; returns what there is to train.

    The detours have the precision of their maps; `jielong.training.fit` wants float64. seed: of A's first entries.
    Raises ValueError if no name does.
    """
    found = [
        name for name, part in model.named_modules() if isinstance(part, nn.Linear) and name.split(".")[-1] in targets
    ]
    if not found:
        raise ValueError(f"targets={list(targets)}: no linear map has such a name")
    trained: list[nn.Parameter] = []
    generator = torch.Generator(device=next(model.parameters()).device).manual_seed(seed)
    for name in found:
        lora = Lora(model.get_submodule(name), rank, alpha, generator)  # type: ignore[arg-type]
        model.set_submodule(name, lora)
        trained += [lora.a, lora.b]
    return trained


def merge_lora(model: nn.Module) -> None:
    """Fold every detour into its matrix and take it away."""
    for name, part in list(model.named_modules()):
        if isinstance(part, Lora):
            model.set_submodule(name, part.merged())
