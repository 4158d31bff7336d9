"""Low-rank adaptation (Hu et al. 2022, section 4.1): freeze W, learn a thin detour beside it.

y = W x + (alpha / r) B A x        A: (r, in), small random; B: (out, r), zero at first; only A and B learn
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from jielong.training import settle


class Lora(nn.Module):
    """A linear map with a learned detour of rank r beside it; at first the detour adds nothing."""

    def __init__(self, linear: nn.Linear, rank: int, alpha: float, generator: torch.Generator | None = None):
        super().__init__()
        check(linear, rank, alpha)
        self.linear, self.scale = linear, alpha / rank
        self.a = nn.Parameter(first_entries(rank, linear.in_features, generator).to(linear.weight))
        self.b = nn.Parameter(linear.weight.new_zeros(linear.out_features, rank))

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        return self.linear(x) + self.scale * (x @ self.a.T) @ self.b.T

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """The same map as one new matrix, W + (alpha / r) B A: after training the detour costs nothing."""
        linear = copy.deepcopy(self.linear)
        linear.weight += self.scale * self.b @ self.a
        return linear


def check(linear: nn.Linear, rank: int, alpha: float) -> None:
    """Raise ValueError where there is no detour of this rank, or where it would add nothing that is a number."""
    most = min(linear.in_features, linear.out_features)
    if rank not in range(1, most + 1):
        raise ValueError(f"rank={rank} must be from 1 to {most}, the shorter side of the matrix")
    if not 0 < alpha < math.inf:
        raise ValueError(f"alpha={alpha} must be a number above 0")


def first_entries(rank: int, inputs: int, generator: torch.Generator | None) -> Float[Tensor, "rank inputs"]:
    """A at first, in float64, so that each precision rounds the same numbers; default: of a die that is set to 0."""
    generator = generator or torch.Generator().manual_seed(0)
    a = torch.empty(rank, inputs, dtype=torch.float64, device=generator.device)
    nn.init.kaiming_uniform_(a, a=math.sqrt(5), generator=generator)
    settle([a])
    return a


def add_lora(
    model: nn.Module, rank: int = 4, alpha: float = 8.0, targets: Sequence[str] = ("q", "v"), seed: int = 0
) -> list[nn.Parameter]:
    """Put a `Lora` around every linear map whose name ends in one of ``targets``; returns what there is to train.

    A map that the model has under several names gets one detour, and so does a matrix that several maps share. The
    detours have the precision of their maps; `jielong.training.fit` wants float64. seed: of A's first entries.
    Raises ValueError if no name does, or where a map has a detour already.
    """
    parts = [(name, part) for name, part in model.named_modules(remove_duplicate=False) if last(name) in targets]
    if twice := [name for name, part in parts if isinstance(part, Lora)]:
        raise ValueError(f"targets={list(targets)}: {twice[0]!r} has a detour already; merge_lora folds it in")
    found = {name: part for name, part in parts if isinstance(part, nn.Linear)}
    if not found:
        raise ValueError(f"targets={list(targets)}: no linear map has such a name")
    generator = torch.Generator().manual_seed(seed)
    around: dict[nn.Linear, Lora] = {}
    first: dict[Tensor, Lora] = {}
    for linear in found.values():
        if linear not in around:
            around[linear] = lora = Lora(linear, rank, alpha, generator)
            shared = first.setdefault(linear.weight, lora)
            lora.a, lora.b = shared.a, shared.b
    for name, linear in found.items():
        model.set_submodule(name, around[linear])
    return [parameter for lora in first.values() for parameter in (lora.a, lora.b)]


def last(name: str) -> str:
    return name.split(".")[-1]


def detours(model: nn.Module) -> dict[str, Lora]:
    """Every detour of the model, under each of its names."""
    return {name: part for name, part in model.named_modules(remove_duplicate=False) if isinstance(part, Lora)}


@torch.no_grad()
def merge_lora(model: nn.Module, keep: bool = False) -> dict[str, Lora]:
    """Fold every detour into its matrix and take it away. Weights that maps share, they share afterwards.

    keep: return the detours, each with its matrix of before, for `unmerge_lora`, since what is folded in cannot be
    subtracted to the last bit; until they are dropped, every matrix is there twice. Else none is, for longer than it
    takes to merge it: the detours end with b = 0 around the merged matrices, and nothing is returned.
    """
    taken = detours(model)
    sharing: dict[int, list[Lora]] = {}
    for lora in dict.fromkeys(taken.values()):
        sharing.setdefault(id(lora.linear.weight), []).append(lora)
    merged = {}
    for some in sharing.values():
        weight = some[0].merged().weight
        for lora in some:
            merged[lora] = lora.merged() if keep else lora.linear
            merged[lora].weight = weight
    for name, lora in taken.items():
        model.set_submodule(name, merged[lora])
        if not keep:
            lora.b.zero_()
    return taken if keep else {}


def unmerge_lora(model: nn.Module, taken: Mapping[str, Lora]) -> None:
    """Put the detours back that `merge_lora` took away and kept, around the matrices of before: equal to the last bit.

    Raises ValueError where a matrix is no longer as merging left it: what it learned since would be lost.
    """
    for name, lora in taken.items():
        if not same(model.get_submodule(name), lora.merged()):
            raise ValueError(f"{name!r} is not what merge_lora left there: it cannot be unmerged")
    for name, lora in taken.items():
        model.set_submodule(name, lora)


def same(one: nn.Module, other: nn.Module) -> bool:
    """Whether two modules have the same parameters, to the last bit."""
    ours, theirs = list(one.parameters()), list(other.parameters())
    return len(ours) == len(theirs) and all(
        (x.dtype, x.device) == (y.dtype, y.device) and torch.equal(x, y) for x, y in zip(ours, theirs, strict=True)
    )
