"""Small models that learn small worlds in seconds."""

from __future__ import annotations

from typing import Any

import torch

from jielong.model import Config, LanguageModel
from jielong.training import seeded


def small_model(vocabulary: int, seed: int = 0, **changes: Any) -> LanguageModel:
    """A two-layer model of width 64, in float64, initialised from a seed, for sequences of a few dozen tokens.

    Two settings make it learn within a hundred steps. Rotary positions with base 100 turn fast enough to tell
    neighbours apart. And the embeddings start at a standard deviation of 0.1: with the 0.02 that suits wide models, a
    model of width 64 with tied embeddings spends its first steps on making them larger.
    """

    def build() -> LanguageModel:
        model = LanguageModel(Config(vocabulary, rotary_base=100.0, **changes))
        torch.nn.init.normal_(model.embed.weight, std=0.1)
        return model

    return seeded(build, seed)
