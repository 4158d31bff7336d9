"""World models: dangers as seen, the safest way against all ways, and what thinking and walking cost."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from jielong.agents.planning.world_model import (
    STEP,
    Dangers,
    Effort,
    imagine,
    lived,
    perform,
    safety,
    spend,
    stroll,
    try_out,
)
from jielong.agents.worlds.grid import ahead
from jielong.agents.worlds.towns import Castle, around, castle

UP, RIGHT, DOWN, LEFT = range(4)
BAD = frozenset({0, 1, 2})


def test_dangers_are_what_was_seen_and_before_that_what_was_expected():
    model = Dangers.told([0.2, 0.8])
    assert np.allclose(model.danger(), [0.2, 0.8])
    for fell in (True, True, False, False):
        model.learn(0, fell)
    assert model.danger()[0] == pytest.approx((2 + 0.1 * 0.2) / 4.1)
    assert model.danger()[1] == pytest.approx(0.8)
    many = lived(6, BAD, 600, seed=0)
    assert np.allclose(many.danger(), [1, 1, 1, 0, 0, 0], atol=0.01)
    assert many.tried.sum() == 600


def perfect(names=8):
    return Dangers.told([float(look in BAD) for look in range(names)])


def test_in_a_perfect_model_nobody_falls_and_in_a_blind_one_most_do():
    seen, blind = [], []
    for seed in range(30):
        world = castle(seed, 8, BAD, traps=0.2)
        for model, results in ((perfect(), seen), (Dangers.told([0.2] * 8), blind)):
            arrived, way = perform(world, imagine(world, model))
            assert arrived == (not any(world.trap(cell) for cell in way[1:])) == (way[-1] == world.goal)
            results.append(arrived)
    assert all(seen)
    assert np.mean(blind) < 0.4


def test_the_imagined_way_is_the_safest_there_is(grid_graph):
    """Against networkx, with the dangers of a model that is wrong."""
    world = castle(3, 8, BAD)
    model = Dangers.told(np.linspace(0.1, 0.8, 8))
    price = STEP - np.log1p(-model.danger())[world.looks]
    price[7, 7] = STEP
    free = np.ones((8, 8), bool)
    graph = networkx.DiGraph()
    graph.add_weighted_edges_from((c, d, price[d]) for c in grid_graph(free) for d in around(c, free))
    way = imagine(world, model)
    assert sum(price[c] for c in way[1:]) == pytest.approx(networkx.dijkstra_path_length(graph, (0, 0), (7, 7)))
    chance = np.prod([1 - model.danger()[world.looks[c]] for c in way[1:-1]])
    assert np.exp(safety(world, model)(way)) == pytest.approx(chance)


def test_equal_ways_are_equal_to_the_last_bit_whatever_comes_first_on_them():
    generator = np.random.default_rng(0)
    risk = Dangers.told(generator.random(60)).risk()
    assert np.allclose(np.exp(-risk), 1 - Dangers.told(np.random.default_rng(0).random(60)).danger(), atol=1e-9)
    sums = {sum(risk[generator.permutation(60)].tolist()) for _ in range(50)}
    logs = -np.log1p(-np.random.default_rng(0).random(60))
    assert len(sums) == 1 < len({sum(logs[generator.permutation(60)].tolist()) for _ in range(50)})


def test_trial_and_error_needs_a_rope():
    roped, free = [], []
    for seed in range(20):
        arrived, walks = try_out(castle(seed, 8, BAD, rope=True), Dangers.told([0.2] * 8), 50)
        roped.append(arrived)
        assert walks <= 1 + len(BAD)  # each fall teaches one of the three
        free.append(try_out(castle(seed, 8, BAD), Dangers.told([0.2] * 8), 50))
    assert all(roped)
    assert all(walks == 1 for _, walks in free)
    assert np.mean([a for a, _ in free]) < 0.5


def test_strolls_are_shortest_ways():
    world, generator = castle(0, 8, BAD), np.random.default_rng(0)
    for _ in range(5):
        way = stroll(world, generator)
        assert way[0] == (0, 0)
        assert way[-1] == (7, 7)
        assert len(way) == 15
        assert all(b in (ahead(a, RIGHT), ahead(a, DOWN)) for a, b in zip(way, way[1:], strict=False))


def test_the_purse_is_never_overdrawn_and_thinking_in_a_blind_model_changes_nothing_but_the_price():
    effort = Effort(purse=50, thought=1, walk=10)
    for thoughts, most in ((0, 5), (2, 4), (15, 2), (40, 1), (41, 0)):
        world = castle(4, 8, BAD, traps=0.3, rope=True)
        arrived, paid = spend(world, Dangers.told([0.2] * 8), thoughts, seed=1, effort=effort)
        assert paid <= 50
        assert arrived or paid == 50
        assert not arrived or paid % (thoughts + 10) == 0 and paid // (thoughts + 10) <= most
    world = castle(0, 8, frozenset(), traps=0.0, rope=True)
    assert spend(world, Dangers.told([0.2] * 8), 0, seed=0, effort=effort) == (True, 10)
    assert spend(world, Dangers.told([0.2] * 8), 7, seed=0, effort=effort) == (True, 17)


def test_with_a_perfect_model_more_thoughts_never_hurt_the_one_walk():
    def share(thoughts):
        return np.mean([spend(castle(s, 8, BAD, 0.2), perfect(), thoughts, s, Effort(1000))[0] for s in range(40)])

    shares = [share(thoughts) for thoughts in (0, 4, 20, 80)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0] + 0.4


def test_a_step_costs_a_thousandth_of_a_nat():
    """Two steps more are worth 2.1 steps' danger, and would not be if a step cost a tenth more; 2 ** -10 is meant."""
    looks = np.full((5, 5), 2)
    for safe in ((0, 0), (0, 1), (0, 2), (2, 2), (3, 2), (4, 2), (4, 3), (4, 4), (0, 3), (1, 3), (2, 3)):
        looks[safe] = 0
    looks[1, 2] = 1  # the short way through; round it, one step to the right and one back
    lengths = []
    for worth in (2.1, 1.9):
        danger = 1 - np.exp(-worth / 1024)
        lengths.append(len(imagine(Castle(looks, frozenset()), Dangers.told([0.0, danger, 1.0]))))
    assert lengths == [11, 9]


def test_what_is_certain_risks_a_thousand_to_one_and_what_was_never_seen_one_in_four():
    assert Dangers.told([1.0]).risk()[0] == pytest.approx(np.log(1000), rel=1e-6)
    assert lived(5, BAD, 0, seed=0).danger().tolist() == [0.25] * 5


def test_an_effort_is_ten_for_a_walk_one_for_a_thought_and_a_hundred_in_all():
    safe = castle(0, 8, frozenset(), traps=0.0, rope=True)
    assert spend(safe, perfect(), 0, seed=0) == (True, 10)
    assert spend(safe, perfect(), 7, seed=0) == (True, 17)
    looks = np.full((3, 3), 0)
    looks[0, 1] = looks[1, 0] = 1
    cage, walks = Castle(looks, frozenset({1}), rope=True), []
    reset, cage.reset = cage.reset, lambda **options: walks.append(1) or reset(**options)
    assert spend(cage, Dangers.told([0.0, 0.0]), 0, seed=0) == (False, 100)
    assert len(walks) == 10
