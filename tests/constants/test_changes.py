"""A changed number takes effect wherever it stands, and all that was made of it; afterwards everything is as it was."""

from __future__ import annotations

import pytest
import torch
from jielong import tokens, training
from jielong.agents.planning import world_model
from jielong.interpretability import sparse_autoencoders
from jielong.mixers import gated, layers, linear_attention
from jielong.model import Config
from jielong.programs import race
from jielong.toys.models import small_model

from tests.constants.changes import changed, tenth


def settled(number: float) -> float:
    weight = torch.tensor([number], dtype=torch.float64)
    training.settle([weight])
    return weight.item()


LOOKS = {
    "training.GRID": lambda: (training.GRID, settled(1.0)),
    "training.cosine(warmup)": lambda: training.cosine(0, 1000),
    "model.Config.norm_eps": lambda: Config(vocabulary=3).norm_eps,
    "mixers.layers.GatedChannels.SOFTER": lambda: layers.GatedChannels.SOFTER,
    "mixers.linear_attention.CHUNK": lambda: (linear_attention.CHUNK, gated.CHUNK, gated.SPAN),
    "interpretability.sparse_autoencoders.LAYER": lambda: sparse_autoencoders.SITE,
    "tokens.LEVELS": lambda: (tokens.VOCABULARY, tokens.mu_law(1.0).item()),
    "programs.race.CONTEXTS[2]": lambda: race.CONTEXTS[2],
    "toys.models.small_model: 100.0": lambda: small_model(5).config.rotary_base,
    "agents.planning.world_model.Effort.walk": lambda: world_model.spend.__defaults__ or world_model.Effort().walk,
}
"""Somebody who looks at the number, or at what is made of it."""


@pytest.mark.parametrize("name", LOOKS)
def test_it_shows_and_is_gone_afterwards_also_after_an_error(name):
    before = LOOKS[name]()
    with pytest.raises(KeyError), changed(name):
        now = LOOKS[name]()
        raise KeyError
    assert LOOKS[name]() == before
    pairs = zip(before, now, strict=True) if isinstance(before, tuple) else [(before, now)]
    assert all(old != new for old, new in pairs)


def test_what_was_computed_with_it_is_forgotten():
    size = race.SIZES["tiny"]
    before = race.config_for("attention", size).width
    with changed("programs.race.USUAL", lambda usual: 2 * usual):
        assert race.config_for("attention", size).width < before
    assert race.config_for("attention", size).width == before


def test_a_tenth_is_a_tenth_and_at_least_one_of_what_is_counted():
    assert tenth(5.0) == 5.5
    assert tenth(5.0, less=True) == 4.5
    assert tenth(-1.0) == -0.9
    assert (tenth(3), tenth(100), tenth(100, less=True), tenth(0), tenth(0.0)) == (4, 110, 90, 1, 0.1)


@pytest.mark.parametrize("name", ["training.GRIND", "training.cosine: 7.5"])
def test_a_number_that_is_not_there_is_named(name):
    with pytest.raises(LookupError, match="there is no"), changed(name):
        pass
