"""Removing neurons: against a model whose weights lack them, and guesses against small steps."""

from __future__ import annotations

import copy

import pytest
import torch
from jielong.interpretability.ablation import AFTER_FIRST, guesses, holding, largest, means, without
from jielong.sites import intervene, trace

from tests.models import tiny


@pytest.fixture
def small():
    model = tiny(kv_heads=None)
    torch.nn.init.normal_(model.embed.weight)
    return model


@pytest.fixture
def ids():
    return torch.randint(23, (1, 7), generator=torch.Generator().manual_seed(1))


@torch.inference_mode()
def test_zero_is_a_model_without_the_neurons_weights(small, ids):
    groups = [[], [(1, 3)], [(0, 5), (2, 7), (2, 8)], [(2, 0)]]
    wanted = []
    for group in groups:
        poorer = copy.deepcopy(small)
        for layer, k in group:
            poorer.blocks[layer].feedforward.down.weight[:, k] = 0
        wanted.append(poorer(ids)[0][0, -1].log_softmax(-1))
    for chunk in (1, 2, 64):
        assert torch.allclose(without(small, ids, groups, chunk=chunk), torch.stack(wanted), atol=1e-5)


@torch.inference_mode()
def test_means_leave_the_first_position_out(small):
    ids = torch.randint(23, (2, 5), generator=torch.Generator().manual_seed(2))
    block = small.blocks[0]
    y, _ = block.mixer(block.norm1(small.embed(ids)), small.shared(2, 5))
    wanted = block.feedforward.activation(block.norm2(small.embed(ids) + y))
    assert torch.allclose(means(small, ids)[0], wanted[:, 1:].flatten(0, 1).mean(0), atol=1e-6)
    assert torch.allclose(means(small, ids, slice(None))[0], wanted.flatten(0, 1).mean(0), atol=1e-6)


@torch.inference_mode()
def test_neurons_are_held_where_they_should(small, ids):
    instead = torch.randn(3, 24, generator=torch.Generator().manual_seed(3))
    groups = [[(1, 3), (1, 9), (2, 0)], [(1, 4)]]
    with (
        intervene(small, holding(groups, instead, AFTER_FIRST)),
        trace(small, "blocks.*.feedforward.activation") as seen,
    ):
        small(ids.repeat(2, 1))
    with trace(small, "blocks.*.feedforward.activation") as plain:
        small(ids)
    for row, group in enumerate(groups):
        for layer, k in group:
            name = f"blocks.{layer}.feedforward.activation"
            assert seen[name][row, 1:, k].eq(instead[layer, k]).all()
            assert torch.allclose(seen[name][row, 0, k], plain[name][0, 0, k])
    assert torch.allclose(
        seen["blocks.1.feedforward.activation"][0, :, 4], plain["blocks.1.feedforward.activation"][0, :, 4]
    )


def test_guesses_are_slopes(small, ids):
    """A thousandth of the way towards ``instead`` costs a thousandth of the guess."""
    small = small.double()
    instead = torch.randn(3, 24, generator=torch.Generator().manual_seed(3)).double()
    found = guesses(small, ids, 5, instead)
    assert found.shape == (3, 24)

    def falls(layer, k, step=1e-3):
        def nearer(x):
            x = x.clone()
            x[:, 1:, k] += step * (instead[layer, k] - x[:, 1:, k])
            return x

        with torch.inference_mode():
            before = small(ids)[0][0, -1].log_softmax(-1)[5]
            with intervene(small, {f"blocks.{layer}.feedforward.activation": nearer}):
                return (before - small(ids)[0][0, -1].log_softmax(-1)[5]) / step

    for layer, k in [(0, 0), (0, 11), (1, 7), (2, 23)]:
        assert torch.allclose(found[layer, k], falls(layer, k), rtol=0.02, atol=1e-5)


@pytest.mark.parametrize("around", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_frozen_weights_are_guessed_about_as_others(small, ids, around):
    instead = torch.randn(3, 24, generator=torch.Generator().manual_seed(3))
    wanted = guesses(small, ids, 5, instead)
    assert wanted.abs().max() > 0
    small.requires_grad_(False)
    with around():
        found = guesses(small, ids, 5, instead)
    assert torch.equal(found, wanted)
    assert not found.requires_grad
    assert not means(small, ids).is_inference()


def test_neurons_are_held_in_half_precision(ids):
    """By values in float32, as they come from the means of another model."""
    model, instead = tiny(kv_heads=None).bfloat16(), torch.full((3, 24), 0.3)
    name, change = "blocks.1.feedforward.activation", holding([[(1, 3)]], instead, AFTER_FIRST)
    with torch.no_grad(), intervene(model, change), trace(model, name) as seen:
        model(ids)
    values = seen[name][0, :, 3]
    assert values[1:].eq(torch.tensor(0.3).bfloat16()).all()
    assert values[0] != values[1]
    assert without(model, ids, [[], [(1, 3)]], instead).dtype == torch.bfloat16


def test_largest():
    scores = torch.tensor([[0.1, 3.0, -5.0], [2.0, 0.0, 1.0]])
    assert largest(scores, 3) == [(0, 1), (1, 0), (1, 2)]
