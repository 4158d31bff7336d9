"""Pieces against Fraction arithmetic and a fine grid; zigzags against a fold; learning against a closed form."""

from fractions import Fraction

import pytest
import torch
from jielong.lessons.depth_and_length.piecewise import (
    ReluNetworks,
    corners,
    learn,
    parameters,
    pieces,
    width_for,
    zigzag,
)

from tests.constants.watching import cosine, watched


def fold(x, teeth):
    """The zigzag in exact fractions: distance to the nearest even multiple of 1 / teeth, times teeth."""
    x = x * teeth
    return x % 2 if x % 2 <= 1 else 2 - x % 2


@pytest.mark.parametrize("teeth", [1, 2, 3, 5])
@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_deep_zigzag_is_the_fold_repeated(teeth, depth):
    x = [Fraction(i, 97) for i in range(98)]
    y = x
    for _ in range(depth):
        y = [fold(v, teeth) for v in y]
    drawn = zigzag(teeth, depth)(torch.tensor([[float(v)] for v in x], dtype=torch.float64))[:, 0]
    torch.testing.assert_close(drawn, torch.tensor([float(v) for v in y], dtype=torch.float64), atol=1e-9, rtol=0)


@pytest.mark.parametrize("teeth, depth", [(1, 3), (2, 1), (2, 10), (3, 4), (4, 4), (5, 3)])
def test_pieces_multiply_with_depth_and_corners_are_evenly_spaced(teeth, depth):
    found = corners(zigzag(teeth, depth))
    expected = torch.linspace(0, 1, teeth**depth + 1, dtype=torch.float64)
    torch.testing.assert_close(found, expected, atol=1e-9, rtol=0)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_corners_explain_a_random_network_completely(depth):
    network = ReluNetworks(1, 7, depth, copies=1, seed=depth).network(0)
    found = corners(network, -3, 3)
    x = torch.linspace(-3, 3, 20001, dtype=torch.float64)
    right = torch.searchsorted(found, x).clamp(1, len(found) - 1)
    left_x, right_x = found[right - 1], found[right]
    left_y, right_y = (network(v[:, None])[:, 0] for v in (left_x, right_x))
    between = left_y + (right_y - left_y) * (x - left_x) / (right_x - left_x)
    torch.testing.assert_close(between, network(x[:, None])[:, 0], atol=1e-9, rtol=0)
    y = network(x[:, None])[:, 0]
    bent = (y[2:] - 2 * y[1:-1] + y[:-2]).abs() > 1e-9  # a corner bends at most two of the grid's triples
    runs = int((bent & ~torch.cat((torch.tensor([False]), bent[:-1]))).sum())
    assert abs(pieces(network, -3, 3) - 1 - runs) <= 1


def test_one_hidden_layer_never_has_more_pieces_than_units_plus_one():
    networks = ReluNetworks(1, 9, 1, copies=50)
    counts = [pieces(networks.network(i), -100, 100) for i in range(50)]
    assert max(counts) == 10


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("budget", [60, 1000])
def test_the_width_uses_the_budget_up(depth, budget):
    def size(width):
        return parameters(ReluNetworks(3, width, depth, copies=1))

    width = width_for(budget, 3, depth)
    assert size(width) <= budget < size(width + 1)


def test_a_budget_below_one_unit_is_refused():
    with pytest.raises(ValueError, match="budget=5"):
        width_for(5, 3, 2)
    with pytest.raises(ValueError, match="teeth=0"):
        zigzag(0)


def test_copies_are_independent_and_can_be_taken_out():
    networks = ReluNetworks(2, 5, 2, copies=3, seed=1)
    x = torch.randn(3, 11, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    together = networks(x)
    for copy in range(3):
        torch.testing.assert_close(together[copy], networks.network(copy)(x[copy])[:, 0])
    together[0].sum().backward()
    assert networks.weights[0].grad[0].abs().sum() > 0
    assert networks.weights[0].grad[1:].abs().sum() == 0


def test_learning_reaches_zero_where_a_closed_form_exists_and_one_where_nothing_can_be_learned():
    assert max(learn(lambda x: (x[..., 0] - 0.3).relu(), 2, 1, 60, steps=1000)) < 0.01
    noise = torch.Generator().manual_seed(3)
    errors = learn(lambda x: torch.randn(x.shape[:-1], generator=noise, dtype=torch.float64), 2, 1, 60, steps=100)
    assert all(0.9 < error < 1.3 for error in errors)


def test_networks_that_learn_side_by_side_do_not_feel_each_other():
    def calm(x):
        return (x[..., 0] - 0.3).relu()

    def loud(x):
        return calm(x) * torch.tensor([1000.0, 1.0, 1.0])[:, None] if x.ndim == 3 else calm(x)

    alone, beside = (learn(target, 2, 1, 60, steps=50) for target in (calm, loud))
    assert alone[1:] == beside[1:]
    assert alone[0] != beside[0]


def test_with_nothing_said_three_networks_learn_from_128_points_a_step_in_1200_steps():
    shapes = []

    def target(x):
        shapes.append(tuple(x.shape))
        return x.sum(-1)

    seen = watched(lambda: learn(target, 2, 1, 30), 40)
    assert seen.rates == pytest.approx(cosine(1e-2, 1200, 40), rel=1e-6)
    assert not any(seen.decays)
    assert set(shapes[1:]) == {(3, 128, 2)}
    assert shapes[0] == (4000, 2)
    assert len(learn(target, 2, 1, 30, steps=1)) == 3
    assert ReluNetworks(2, 5, 1)(torch.zeros(3, 4, 2).double()).shape == (3, 4)


def test_with_nothing_said_a_zigzag_is_folded_once_and_looked_at_from_zero_to_one():
    assert pieces(zigzag(3)) == 3
    assert corners(zigzag(3)).tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert pieces(zigzag(4, 2)) == 16
    assert pieces(zigzag(4, 2), 0.1) == 15
    assert pieces(zigzag(4, 2), high=1.1) == 17  # there it goes on, flat
