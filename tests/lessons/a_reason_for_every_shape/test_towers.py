"""Towers against torch's own layers, one tower at a time; the surface against weights that are moved by hand."""

import copy
import math

import pytest
import torch
from jielong.lessons.a_reason_for_every_shape.towers import (
    COARSE,
    Towers,
    build,
    directions,
    downhill,
    ink,
    losses,
    raised,
    right,
    surface,
)
from torch import nn
from torch.nn import functional as F

from tests.constants.watching import cosine, near, plain, watched


def by_hand(towers, which, x):
    """The logits of one tower, from nn.BatchNorm1d and nn.Linear."""
    h = F.relu(x @ towers.entry[which].T)
    for weight, gain, bias in zip(towers.layers[:, which], towers.gain[:, which], towers.bias[:, which], strict=True):
        norm = nn.BatchNorm1d(64).double().train()
        norm.weight, norm.bias = nn.Parameter(gain[:, 0]), nn.Parameter(bias[:, 0])
        new = F.relu(norm(h @ weight.T))
        h = h + new if towers.skip[which] else new
    return h @ towers.head[which].T


def some(depth=3):
    towers, generator = Towers(depth, [0, 1, 0], [4, 4, 5]), torch.Generator().manual_seed(0)
    for name in ("gain", "bias"):
        nn.init.normal_(getattr(towers, name), generator=generator)
    return towers


def test_towers_are_networks_of_torch_s_layers():
    towers, (x, y) = some(), ink(50)
    logits = towers(x)
    assert logits.shape == (3, 50, 10)
    for k in range(3):
        assert torch.allclose(logits[k], by_hand(towers, k, x), atol=1e-12)
        assert losses(towers, x, y)[k].item() == pytest.approx(
            F.cross_entropy(by_hand(towers, k, x), y).item(), abs=1e-12
        )
    assert torch.equal(right(towers, x, y), torch.stack([(row.argmax(1) == y).double().mean() for row in logits]))


def test_plain_and_residual_of_a_seed_begin_alike():
    towers = Towers(2, [0, 1, 0], [4, 4, 5])
    assert torch.equal(towers.layers[:, 0], towers.layers[:, 1])
    assert not torch.equal(towers.layers[:, 0], towers.layers[:, 2])
    with pytest.raises(ValueError, match="as long as seeds"):
        Towers(2, [0, 1], [0])


def test_a_tower_learns_as_if_it_were_alone():
    x, y = ink(200)
    together = build(Towers(2, [0, 1], [3, 3]), x, y, steps=15)
    alone = build(Towers(2, [1], [3]), x, y, steps=15)
    assert torch.equal(together.layers[:, 1], alone.layers[:, 0])  # rounding ends on the grid
    assert all(torch.equal(weight, (weight / COARSE).round() * COARSE) for weight in together.parameters())
    assert right(together, x, y).min() > 0.5


def test_raised_towers_do_the_same():
    x, y = ink(200)
    towers = build(Towers(2, [0], [1]), x, y, steps=15)
    taller = raised(towers, 10, x)
    assert len(taller.layers) == 12
    assert torch.allclose(taller(x), towers(x), atol=1e-10)
    with pytest.raises(ValueError, match="plain"):
        raised(Towers(1, [1], [0]), 1, x)


def test_directions_are_as_long_as_the_units_own_weights():
    towers = some()
    step = directions(towers, 1, seed=3)
    assert torch.allclose(step["layers"].norm(dim=-1), towers.layers[:, 1].norm(dim=-1), atol=1e-12)
    assert torch.allclose(step["head"].norm(dim=-1), towers.head[1].norm(dim=-1), atol=1e-12)
    assert abs(F.cosine_similarity(step["entry"].flatten(), towers.entry[1].flatten(), dim=0)) < 0.1
    assert not torch.equal(step["entry"], directions(towers, 1, seed=4)["entry"])


def test_the_surface_is_the_loss_of_moved_weights():
    towers, (x, y) = some(), ink(40)
    heights = surface(towers, 1, x, y, seed=2, side=5)
    for row, column in [(2, 2), (0, 3), (4, 1)]:
        moved = copy.deepcopy(towers)
        with torch.no_grad():
            for size, step in zip(
                [row / 2 - 1, column / 2 - 1], [directions(towers, 1, s) for s in (4, 5)], strict=True
            ):
                moved.entry[1] += size * step["entry"]
                moved.layers[:, 1] += size * step["layers"]
                moved.head[1] += size * step["head"]
        assert heights[row, column].item() == pytest.approx(F.cross_entropy(by_hand(moved, 1, x), y).item(), rel=1e-10)


def test_downhill_knows_a_bowl_a_hill_and_noise():
    axis = torch.linspace(-1, 1, 21)
    bowl = axis[:, None] ** 2 + 2 * axis**2
    assert downhill(bowl) == 1
    assert downhill(-bowl) == 0
    noise = torch.randn(40, 21, 21, generator=torch.Generator().manual_seed(0))
    assert sum(map(downhill, noise)) / 40 == pytest.approx(0.5, abs=0.03)


def test_towers_learn_by_adamw_with_the_numbers_of_its_paper_and_no_clip():
    """Betas of 0.9 and 0.999 (Kingma and Ba 2015); a hundredth, up in twenty steps, of a hundred; 64 digits a step."""
    x, y = ink(200)
    start, generator = Towers(2, [0, 1], [0, 0]), torch.Generator().manual_seed(0)
    rows = [torch.randint(200, (64,), generator=generator) for _ in range(8)]

    def loss(model, *batch):
        return losses(model, *batch).sum()

    options = {"betas": (0.9, 0.999), "clip": math.inf, "grid": 2**-12}
    theirs = plain(start, [(x[some], y[some]) for some in rows], loss, cosine(1e-2, 8, 8), **options)
    near(build(copy.deepcopy(start), x, y, steps=8), theirs, within=1e-9)
    seen = watched(lambda: build(start, x, y), 24)
    assert seen.rates == pytest.approx(cosine(1e-2, 100, 24))


def test_the_weights_of_towers_are_multiples_of_two_to_the_minus_12():
    x, y = ink(64)
    towers = build(Towers(2, [0], [0]), x, y, steps=2)
    for weight in towers.parameters():
        assert torch.equal(weight * 4096, (weight * 4096).round())


def test_a_map_has_21_points_to_a_side_and_a_thousand_digits_are_ink():
    x, y = ink()
    assert x.shape == (1000, 64)
    assert surface(Towers(1, [0], [0]), 0, x[:20], y[:20]).shape == (21, 21)
