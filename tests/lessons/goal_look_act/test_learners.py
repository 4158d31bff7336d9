"""Both learners: one knows the way to one goal, the other one's moves are those of the shortest ways."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch
from jielong.agents.worlds import four_rooms
from jielong.lessons.goal_look_act import learners
from jielong.training import seeded

from tests.agents.worlds.test_four_rooms import graph
from tests.constants.watching import cosine, near, plain, watched


def test_the_right_moves_lead_along_shortest_ways():
    moves = learners.shortest_moves((7, 7))
    far = nx.single_source_shortest_path_length(graph(), (7, 7))
    assert torch.allclose(moves.sum(1), torch.ones(len(four_rooms.FLOOR), dtype=torch.float64))
    for cell, row in zip(four_rooms.FLOOR, moves, strict=True):
        nearer = [far[four_rooms.ahead(cell, move)] == far[cell] - 1 for move in range(4)]
        assert (row > 0).tolist() == nearer or cell == (7, 7)


def test_q_learning_learns_one_goal_and_is_the_same_with_the_same_seed():
    world = four_rooms.FourRooms((1, 1))
    table = learners.q_learn(world, 4000, seed=1)
    assert four_rooms.share_reached(world, learners.follow(table)) == 1
    assert four_rooms.share_reached(four_rooms.FourRooms((7, 7)), learners.follow(table)) < 0.2
    assert np.array_equal(table, learners.q_learn(world, 4000, seed=1))
    before = table.copy()
    learners.q_learn(four_rooms.FourRooms((7, 7)), 200, seed=1, table=table)
    assert np.array_equal(table, before)


def test_values_are_the_discounted_way():
    table = learners.q_learn(four_rooms.FourRooms((1, 1)), 20_000, seed=0)
    assert table.max(1)[four_rooms.NUMBER[(1, 2)]] == pytest.approx(1, abs=1e-3)
    assert table.max(1)[four_rooms.NUMBER[(1, 3)]] == pytest.approx(0.95, abs=1e-3)
    assert table.max(1)[four_rooms.NUMBER[(3, 3)]] == pytest.approx(0.95**3, abs=1e-2)


def test_a_policy_obeys_what_it_is_told():
    points, goals = torch.eye(3, dtype=torch.float64), [(1, 1), (7, 7), (1, 7)]
    policy = learners.learn_by_words(points, goals, steps=300)
    for point, goal in zip(points, goals, strict=True):
        assert four_rooms.share_reached(four_rooms.FourRooms(goal), learners.obey(policy, point)) == 1
    assert four_rooms.share_reached(four_rooms.FourRooms((1, 1)), learners.obey(policy, points[1])) < 0.2


def test_the_first_reward_moves_a_value_half_the_way():
    world, seen = four_rooms.FourRooms((1, 1)), []
    step = world.step
    world.step = lambda move: seen.append(step(move)) or seen[-1]
    learners.q_learn(world, 2000, seed=0)
    until = [reward for _, reward, *_ in seen].index(1.0) + 1
    table = learners.q_learn(four_rooms.FourRooms((1, 1)), until, seed=0)
    assert table[table > 0].tolist() == [0.5]


def test_one_move_in_five_is_tried_at_random():
    """Where south is worth one, and stays so: three of four random moves lead elsewhere."""
    world, moves = four_rooms.FourRooms((1, 1)), []
    world.reset = lambda **_: (four_rooms.NUMBER[(7, 7)], {})

    def stay(move):
        moves.append(move)
        return four_rooms.NUMBER[(7, 7)], (move == 2) * 0.05, False, False, {}

    world.step = stay
    table = np.zeros((len(four_rooms.FLOOR), 4))
    table[:, 2] = 1
    learners.q_learn(world, 30_000, seed=0, table=table)
    assert np.mean(np.array(moves) != 2) == pytest.approx(0.2 * 3 / 4, abs=0.008)


def test_being_told_takes_500_steps_of_128_and_a_decay_of_a_tenth():
    points, goals = torch.eye(3, dtype=torch.float64), [(1, 1), (7, 7), (1, 7)]
    seen = watched(lambda: learners.learn_by_words(points, goals), 40)
    assert seen.rates == pytest.approx(cosine(3e-3, 500, 40), rel=1e-6)
    assert set(seen.rows) == {128}
    generator = torch.Generator().manual_seed(0)
    right = torch.stack([learners.shortest_moves(goal) for goal in goals])
    batches = []
    for _ in range(20):
        texts, places = (torch.randint(n, (128,), generator=generator) for n in (3, len(four_rooms.FLOOR)))
        batches.append((points[texts], places, right[texts, places]))
    start = seeded(lambda: learners.Told(3), 0)
    theirs = plain(start, batches, learners.imitation_loss, cosine(3e-3, 20, 20), decay=0.1)
    near(learners.learn_by_words(points, goals, steps=20), theirs)
