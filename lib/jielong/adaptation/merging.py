"""Adding and subtracting models: task arithmetic (Ilharco et al. 2023) and TIES (Yadav et al. 2023).

task vector   tau = theta_tuned - theta_base            what training has changed, one number a parameter
addition      theta_base + sum_i c_i tau_i              several abilities at once, without any of their data
negation      theta_base - c tau                        an ability less
analogy       theta_A - theta_B + theta_C               A is to B as the result is to C
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from jielong.adaptation.weights import Weights


def task_vector(tuned: Weights, base: Weights) -> Weights:
    """What training has changed. Raises ValueError if the two have not the same parameters."""
    if tuned.keys() != base.keys():
        raise ValueError(f"tuned and base differ in their parameters: {sorted(tuned.keys() ^ base.keys())[:3]}")
    return {name: tuned[name] - base[name] for name in base}


def combine(base: Weights, vectors: Sequence[Weights], coefficients: Sequence[float]) -> Weights:
    """base + the weighted sum of the task vectors."""
    if len(vectors) != len(coefficients):
        raise ValueError(f"{len(vectors)} vectors need as many coefficients, got {len(coefficients)}")
    return {name: sum((c * v[name] for v, c in zip(vectors, coefficients, strict=True)), base[name]) for name in base}


def length(vector: Weights) -> float:
    """Euclidean norm over all parameters."""
    return sum(part.double().square().sum() for part in vector.values()).sqrt().item()  # type: ignore[union-attr]


def random_like(vector: Weights, seed: int) -> Weights:
    """A random direction in which each parameter tensor is as long as in ``vector``."""
    generator = torch.Generator().manual_seed(seed)
    out = {}
    for name, part in vector.items():
        noise = torch.randn(part.shape, dtype=torch.float64, generator=generator)
        out[name] = (noise * (part.double().norm() / noise.norm())).to(part)
    return out


def trim(values: Tensor, keep: float) -> Tensor:
    """Keep the given share of entries, those of largest magnitude; the others become zero.

    All that are as large as the smallest one kept stay, too: where weights have learned on a grid, many are equal.
    """
    n = max(1, round(keep * values.numel()))
    threshold = values.abs().flatten().kthvalue(values.numel() - n + 1).values
    return values * (values.abs() >= threshold)


def ties(vectors: Sequence[Weights], keep: float = 0.2) -> Weights:
    """One task vector from several, without their quarrels (Yadav et al. 2023, algorithm 1).

    Trim: of each vector keep the largest entries. Elect: each parameter takes the sign with the larger total; where
    the totals are equal, it stays. Merge: the mean of the entries that have that sign. (Trimmed tensor by tensor; the
    paper ranks the whole vector.)
    """
    merged = {}
    for name in vectors[0]:
        kept = torch.stack([trim(vector[name], keep) for vector in vectors])
        agrees = kept * kept.sum(0).sign() > 0
        merged[name] = (kept * agrees).sum(0) / agrees.sum(0).clamp(min=1)
    return merged
