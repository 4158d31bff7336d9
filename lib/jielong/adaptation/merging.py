"""Adding and subtracting models: task arithmetic (Ilharco et al. 2023) and TIES (Yadav et al. 2023).

task vector   tau = theta_tuned - theta_base            what training has changed, one number a parameter
addition      theta_base + sum_i c_i tau_i              several abilities at once, without any of their data
negation      theta_base - c tau                        an ability less
analogy       theta_A - theta_B + theta_C               A is to B as the result is to C
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from jielong.adaptation.weights import Weights
from jielong.precision import wide


def check(**models: Weights) -> None:
    """Raise ValueError where these have not the same parameters of the same shapes, or hold what is no number."""
    (first, base), *others = models.items()
    for name, other in others:
        if other.keys() != base.keys():
            raise ValueError(f"{name} and {first} differ in their parameters: {sorted(other.keys() ^ base.keys())[:3]}")
    for name, model in models.items():
        for part, values in model.items():
            if values.shape != base[part].shape:
                shapes = f"{tuple(values.shape)}, but in {first} {tuple(base[part].shape)}"
                raise ValueError(f"{part!r} differs: in {name} it is of shape {shapes}")
            if not values.isfinite().all():
                raise ValueError(f"{part!r} of {name} holds NaN or an infinity")


def numbers(result: Weights) -> Weights:
    """What is handed out, which finite weights can only spoil by being too large for their precision."""
    check(result=result)
    return result


def named(vectors: Sequence[Weights]) -> dict[str, Weights]:
    return {f"vectors[{i}]": vector for i, vector in enumerate(vectors)}


def task_vector(tuned: Weights, base: Weights) -> Weights:
    """What training has changed. Raises ValueError if the two have not the same parameters."""
    check(base=base, tuned=tuned)
    return numbers({name: tuned[name] - base[name] for name in base})


def combine(base: Weights, vectors: Sequence[Weights], coefficients: Sequence[float]) -> Weights:
    """base + the weighted sum of the task vectors. Raises ValueError where they do not fit base, or are not numbers."""
    if len(vectors) != len(coefficients) or not all(map(math.isfinite, coefficients)):
        raise ValueError(f"coefficients={list(coefficients)} must be numbers, one for each of {len(vectors)} vectors")
    check(base=base, **named(vectors))
    weighted = list(zip(coefficients, vectors, strict=True))
    return numbers({name: sum((c * vector[name] for c, vector in weighted), base[name]) for name in base})


def length(vector: Weights) -> float:
    """Euclidean norm over all parameters. Raises ValueError where one is not a number."""
    check(vector=vector)
    return math.sqrt(sum(part.double().square().sum().item() for part in vector.values()))


def random_task_vector(vector: Weights, seed: int) -> Weights:
    """A random direction in which each parameter tensor is as long as in ``vector``; where that is zero, it is, too.

    Raises ValueError where one is not a number.
    """
    check(vector=vector)
    generator = torch.Generator().manual_seed(seed)
    out = {}
    for name, part in vector.items():
        noise = torch.randn(part.shape, dtype=torch.float64, generator=generator, device="cpu")
        out[name] = (noise * (part.double().norm().cpu() / noise.norm())).to(part)
    return numbers(out)


def trim(values: Tensor, keep: float) -> Tensor:
    """Keep the given share of entries, those of largest magnitude; the others become zero.

    It is never more than that share (of few entries, the nearest whole number, at least one): where weights have
    learned on a grid many are equal, and of equal ones the first stay. Raises ValueError for a share of none or above
    all, and for values that are not numbers.
    """
    if not 0 < keep <= 1:
        raise ValueError(f"keep={keep} must be above 0 and at most 1")
    check(trim={"values": values})
    largest = values.abs().flatten().argsort(descending=True, stable=True)
    kept = torch.zeros_like(largest, dtype=torch.bool)
    kept[largest[: max(1, round(keep * values.numel()))]] = True
    return values.where(kept.view_as(values), 0)


def ties(vectors: Sequence[Weights], keep: float = 0.2) -> Weights:
    """One task vector from several, without their quarrels (Yadav et al. 2023, algorithm 1).

    Trim: of each vector keep the largest entries. Elect: each parameter takes the sign with the larger total; where
    the totals are equal, it stays. Merge: the mean of the entries that have that sign. (Trimmed tensor by tensor; the
    paper ranks the whole vector.) Raises ValueError for no vectors, and for some that do not fit each other.
    """
    if not vectors:
        raise ValueError("vectors: there must be at least one")
    check(**named(vectors))
    merged = {}
    for name in vectors[0]:
        kept = torch.stack([trim(vector[name], keep) for vector in vectors])
        entries = wide(kept)  # a sum may not fit into half precision
        agrees = entries * entries.sum(0).sign() > 0
        merged[name] = ((entries * agrees).sum(0) / agrees.sum(0).clamp(min=1)).to(kept.dtype)
    return merged
