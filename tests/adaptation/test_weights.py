"""Copies of weights are put back, and compared, to the bit."""

import pytest
import torch
from jielong.adaptation.weights import changed, copy_weights, put_back
from jielong.model import Config, LanguageModel
from jielong.training import seeded


@pytest.fixture
def model():
    return seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, layers=1, heads=2)), seed=0)


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_one_flipped_bit_is_counted_even_the_sign_of_zero(model, precision):
    model.to(precision)
    with torch.no_grad():
        model.embed.weight[3, 4], model.embed.weight[5, 5] = 1.0, 0.0
        before = copy_weights(model)
        model.embed.weight[3, 4] = 1 + torch.finfo(precision).eps
        model.embed.weight[5, 5] = -0.0
    assert changed(model, before) == 2


def test_what_was_put_back_is_as_before(model):
    before = copy_weights(model)
    with torch.no_grad():
        model.embed.weight.add_(1.0)
    assert changed(model, before) == 29 * 16
    put_back(model, before)
    assert changed(model, before) == 0


def test_weights_that_do_not_fit_are_refused_and_change_nothing(model):
    """``copy_`` alone would spread one row over all of them."""
    before = copy_weights(model)
    with pytest.raises(ValueError, match=r"'norm.weight' is of shape \(16,\), but in weights of \(1,\)"):
        put_back(model, {"embed.weight": torch.zeros(29, 16), "norm.weight": torch.zeros(1)})
    assert changed(model, before) == 0
    with pytest.raises(
        ValueError, match=r"'embed.weight' is torch.float64 of shape \(29, 16\), but in weights torch.float32"
    ):
        changed(model, {"embed.weight": torch.zeros(29, 16)})
