"""The small model that tests look at: random weights, the same at every call."""

from __future__ import annotations

from typing import Any

import torch
from jielong.model import Config, LanguageModel


def tiny(**changes: Any) -> LanguageModel:
    """Three layers of width 16, four heads that share two, 23 tokens; or as its `Config` is changed."""
    torch.manual_seed(0)
    usual = {"vocabulary": 23, "width": 16, "layers": 3, "heads": 4, "kv_heads": 2, "hidden": 24}
    return LanguageModel(Config(**{**usual, **changes})).eval()
