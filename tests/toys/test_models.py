"""A small model is the same for the same seed, and starts with the embeddings that it promises."""

import pytest
import torch
from jielong.toys.models import small_model


def test_a_seed_is_a_model():
    one, two, other = (small_model(40, seed).state_dict() for seed in (3, 3, 4))
    assert all(one[name].equal(two[name]) for name in one)
    assert not one["embed.weight"].equal(other["embed.weight"])


def test_its_settings():
    model = small_model(2000, causal=False, layers=1)
    assert model.config.causal is False
    assert len(model.blocks) == 1
    assert model.config.rotary_base == 100
    assert model.embed.weight.std().item() == pytest.approx(0.1, rel=0.02)
    ids = torch.arange(6)[None]
    changed = ids.clone()
    changed[0, -1] = 9
    assert not model(ids)[0][:, 0].equal(model(changed)[0][:, 0])  # it looks both ways


def test_its_slowest_pair_turns_by_a_hundredth_nearly():
    cosines, sines = small_model(40).rotary(torch.tensor([[0, 3]]))  # 4 heads of width 16: eight pairs
    slowest = torch.atan2(sines[0, 0, 1, 7], cosines[0, 0, 1, 7]).item()
    assert slowest == pytest.approx(3 * 100 ** (-14 / 16), rel=1e-6)
