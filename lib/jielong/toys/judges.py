"""Independent judges of what a model made: how surprised it is by real things, and who can tell its work from them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

from jielong import tokens
from jielong.arguments import at_least, filled, indices
from jielong.model import LanguageModel
from jielong.scoring import token_log_probabilities
from jielong.tokenizer import pad_right


@torch.inference_mode()
def bits(model: LanguageModel, rows: Sequence[Sequence[int]], medium: str) -> float:
    """Mean surprise, in bits, at the tokens of one medium ("text", "picture" or "sound") in these sequences.

    Raises ValueError where they hold none, but for the first token of each.
    """
    ids, own = (part.to(model.device) for part in pad_right(rows, tokens.END))
    indices(tokens.VOCABULARY, rows=ids)
    of_medium = torch.tensor([tokens.kind(i) == medium for i in range(tokens.VOCABULARY)], device=model.device)
    counted = own[:, 1:] & of_medium[ids[:, 1:]]
    if not counted.any():
        raise ValueError(f"rows: there is no token of medium={medium!r} in them, after the first of each")
    return -token_log_probabilities(model, ids)[counted].mean().item() / math.log(2)


def frequencies(values: Int[np.ndarray, "count places"], levels: int) -> Float[np.ndarray, "places levels"]:
    """How often each level stands at each place; a tenth of a count is added so that none is impossible."""
    filled(values=values)
    indices(levels, values=values)
    counts = np.stack([np.bincount(column, minlength=levels) for column in values.T]) + 0.1
    return counts / counts.sum(1, keepdims=True)


def independent(p: Float[np.ndarray, "places levels"], count: int, seed: int) -> Int[np.ndarray, "count places"]:
    """Draw every place on its own, without a look at the others: the control that has no context."""
    at_least(1, count=count)
    at_least(0, seed=seed)
    if not p.size or not (p >= 0).all() or not np.allclose(p.sum(1), 1):
        raise ValueError("p must be probabilities, which sum to one at each place")
    generator = np.random.default_rng(seed)
    return np.stack([generator.choice(len(row), size=count, p=row) for row in p], axis=1)


def digit_judge(pictures: Int[np.ndarray, "count 64"], names: Int[np.ndarray, " count"]) -> SVC:
    """A classifier (support vectors) that names digits. Raises ValueError unless ``names`` has two different ones."""
    if len(set(names)) < 2:
        raise ValueError(f"names must be of at least two different digits; they are {sorted(set(names))}")
    return SVC(gamma=0.001, C=10).fit(pictures, names)


def real_or_made(real: Int[np.ndarray, "count 64"], made: Int[np.ndarray, "more 64"]) -> float:
    """How often a classifier, trained for just that, tells real from made: 0.5 if it can't, 1 if it always can.

    Five-fold cross-validation, in a random order, on equally many of both. Raises ValueError (scikit-learn's) for fewer
    than five.
    """
    generator, count = np.random.default_rng(0), min(len(real), len(made))
    both = np.concatenate([generator.permutation(part)[:count] for part in (real, made)])
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return cross_val_score(SVC(gamma=0.001, C=10), both, np.repeat([0, 1], count), cv=folds).mean().item()
