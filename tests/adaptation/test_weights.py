"""Copies of weights are put back, and compared, to the bit."""

import pytest
import torch
from jielong.adaptation.weights import changed, copy_weights, put_back
from jielong.model import Config, LanguageModel
from jielong.training import seeded


@pytest.fixture
def model():
    return seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, layers=1, heads=2)), seed=0)


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_one_flipped_bit_is_counted_even_the_sign_of_zero(model, precision):
    model.to(precision)
    with torch.no_grad():
        model.embed.weight[5, 5] = 0.0
        before = copy_weights(model)
        model.embed.weight[3, 4] = torch.nextafter(model.embed.weight[3, 4], torch.tensor(9.0, dtype=precision))
        model.embed.weight[5, 5] = -0.0
    assert changed(model, before) == 2


def test_what_was_put_back_is_as_before(model):
    before = copy_weights(model)
    with torch.no_grad():
        model.embed.weight.add_(1.0)
    assert changed(model, before) == 29 * 16
    put_back(model, before)
    assert changed(model, before) == 0
