"""A Titans memory: as one matrix it is the delta rule; momentum and forgetting do what the formula says."""

from __future__ import annotations

import pytest
import torch
from jielong.lessons.erase_then_write.titans import Titans
from jielong.mixers import delta

K, V = torch.randn(2, 12, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64).unbind(0)


def test_one_matrix_without_momentum_is_the_delta_rule():
    titans = Titans(5, 5, step=0.3)
    said = titans.follow(K, V)
    k, v = K[None, None], V[None, None]
    _, memory = delta.recurrent(k, k, v, beta=torch.full((1, 1, 12), 0.3, dtype=torch.float64))
    assert torch.allclose(titans.layers[0], memory[0, 0], atol=1e-12)
    assert said[0].abs().max() == 0
    _, before = delta.recurrent(k[:, :, :11], k[:, :, :11], v[:, :, :11], beta=torch.full((1, 1, 11), 0.3).double())
    assert torch.allclose(said[-1], K[-1] @ before[0, 0], atol=1e-12)


@pytest.mark.parametrize("momentum,forget", [(0.6, 0.0), (0.0, 0.1), (0.5, 0.2)])
def test_momentum_and_forgetting_by_hand(momentum, forget):
    titans = Titans(5, 5, step=0.2, momentum=momentum, forget=forget)
    titans.follow(K, V)
    memory, speed = torch.zeros(2, 5, 5, dtype=torch.float64).unbind(0)
    for k, v in zip(K, V, strict=True):
        speed = momentum * speed - 0.2 * torch.outer(k, k @ memory - v)
        memory = (1 - forget) * memory + speed
    assert torch.allclose(titans.layers[0], memory, atol=1e-12)


def test_a_deep_memory_descends_the_gradient():
    titans = Titans(5, 7, 5, step=1e-4, generator=torch.Generator().manual_seed(1))
    before = [layer.clone() for layer in titans.layers]

    def loss(layers):
        hidden = K[0] @ layers[0]
        return ((hidden * hidden.sigmoid() @ layers[1] - V[0]) ** 2).sum() / 2

    titans.write(K[0], V[0])
    small = 1e-6
    for place, layer in enumerate(before):
        nudged = [w.clone() for w in before]
        nudged[place][0, 0] += small
        slope = (loss(nudged) - loss(before)) / small
        assert titans.layers[place][0, 0] - layer[0, 0] == pytest.approx(-1e-4 * slope.item(), rel=1e-3)


def test_layers_need_something_to_begin_with():
    with pytest.raises(ValueError, match=r"widths=\(5, 7, 5\).*generator="):
        Titans(5, 7, 5)


def test_with_nothing_said_a_write_goes_half_the_way():
    titans, k = Titans(5, 5), K[0] / K[0].norm()
    titans.write(k, V[0])
    assert torch.allclose(titans.read(k), V[0] / 2, atol=1e-12)
