"""The formulas against the tensors themselves, and against the published sizes."""

from dataclasses import replace
from itertools import product

import pytest
import torch
from jielong.counting import LLAMA_2_7B, LLAMA_2_70B, SMOLLM2_135M, cache_numbers, parameter_counts
from jielong.model import Config, LanguageModel
from jielong.pretrained import load_smollm2

SMALL = {"vocabulary": 11, "width": 24, "layers": 3, "heads": 4, "context": 16}
NAMES = ("kv_heads", "gated", "tied", "bias", "norm", "positions")
BOTH = (True, False)
VARIANTS = [
    dict(zip(NAMES, choice, strict=True))
    for choice in product((None, 2), BOTH, BOTH, BOTH, ("rms", "layer"), ("rotary", "learned"))
]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_counts_equal_the_model(variant):
    config = Config(**SMALL, **variant)
    model = LanguageModel(config)
    counts = parameter_counts(config)
    assert sum(counts.values()) == sum(p.numel() for p in model.parameters())
    assert counts["feed-forward"] == sum(p.numel() for b in model.blocks for p in b.feedforward.parameters())
    assert counts["attention"] == sum(p.numel() for b in model.blocks for p in b.mixer.parameters())


def test_counts_equal_the_published_sizes():
    assert sum(parameter_counts(LLAMA_2_7B).values()) == 6_738_415_616
    assert sum(parameter_counts(LLAMA_2_70B).values()) == 68_976_648_192


def test_cache_numbers_are_those_of_the_tensors():
    config = Config(**SMALL, kv_heads=2)
    model = LanguageModel(config)
    _, state = model(torch.zeros(1, 9, dtype=torch.long))
    assert cache_numbers(config, 9) == sum(t.numel() for layer in state.layers for t in layer)


def test_the_real_model_is_the_one_that_is_counted():
    config = load_smollm2()[0].config
    assert config.norm_eps == pytest.approx(SMOLLM2_135M.norm_eps)
    assert replace(config, norm_eps=SMOLLM2_135M.norm_eps) == SMOLLM2_135M
