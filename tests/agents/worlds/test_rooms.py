"""Four rooms: distances against networkx, the step interface against gymnasium's own checker, and both learners."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from jielong.agents.worlds import rooms
from jielong.training import seeded

from tests.constants.watching import cosine, near, plain, watched


def graph() -> nx.Graph:
    whole = nx.Graph()
    for row, column in rooms.FLOOR:
        for other in ((row + 1, column), (row, column + 1)):
            if other in rooms.NUMBER:
                whole.add_edge((row, column), other)
    return whole


def test_the_floor_is_four_rooms_with_four_doors():
    assert len(rooms.FLOOR) == 4 * 9 + 4
    doors = [(2, 4), (4, 2), (4, 6), (6, 4)]
    parts = list(nx.connected_components(graph().subgraph(set(rooms.FLOOR) - set(doors))))
    assert sorted(map(len, parts)) == [9, 9, 9, 9]
    assert all(any(cell in part for part in parts) for cell in rooms.GOALS.values())
    assert len(set(rooms.GOALS.values())) == 16


@pytest.mark.parametrize("goal", [(1, 1), (7, 7), (4, 2)])
def test_distances_are_the_shortest(goal):
    assert rooms.distances(goal) == nx.single_source_shortest_path_length(graph(), goal)


def test_it_is_a_gymnasium_environment():
    check_env(rooms.FourRooms((7, 7)), skip_render_check=True)
    with pytest.raises(ValueError, match="floor"):
        rooms.FourRooms((0, 0))


def test_a_walk_ends_at_the_goal_or_at_the_limit():
    world = rooms.FourRooms((1, 3))
    assert rooms.walk(world, lambda here: 1, (1, 1)) == [(1, 1), (1, 2), (1, 3)]
    stuck = rooms.walk(world, lambda here: 0, (1, 1))
    assert stuck == [(1, 1)] * (rooms.LIMIT + 1)
    _, reward, done, late, _ = (world.reset(options={"start": (1, 2)}), world.step(1))[1]
    assert (reward, done, late) == (1.0, True, False)


def test_the_right_moves_lead_along_shortest_ways():
    moves = rooms.shortest_moves((7, 7))
    far = nx.single_source_shortest_path_length(graph(), (7, 7))
    assert torch.allclose(moves.sum(1), torch.ones(len(rooms.FLOOR), dtype=torch.float64))
    for cell, row in zip(rooms.FLOOR, moves, strict=True):
        nearer = [far[rooms.ahead(cell, move)] == far[cell] - 1 for move in range(4)]
        assert (row > 0).tolist() == nearer or cell == (7, 7)


def test_q_learning_learns_one_goal_and_is_the_same_with_the_same_seed():
    world = rooms.FourRooms((1, 1))
    table = rooms.q_learn(world, 4000, seed=1)
    assert rooms.share_reached(world, rooms.follow(table)) == 1
    assert rooms.share_reached(rooms.FourRooms((7, 7)), rooms.follow(table)) < 0.2
    assert np.array_equal(table, rooms.q_learn(world, 4000, seed=1))
    before = table.copy()
    rooms.q_learn(rooms.FourRooms((7, 7)), 200, seed=1, table=table)
    assert np.array_equal(table, before)


def test_values_are_the_discounted_way():
    table = rooms.q_learn(rooms.FourRooms((1, 1)), 20_000, seed=0)
    assert table.max(1)[rooms.NUMBER[(1, 2)]] == pytest.approx(1, abs=1e-3)
    assert table.max(1)[rooms.NUMBER[(1, 3)]] == pytest.approx(0.95, abs=1e-3)
    assert table.max(1)[rooms.NUMBER[(3, 3)]] == pytest.approx(0.95**3, abs=1e-2)


def test_a_policy_obeys_what_it_is_told():
    points, goals = torch.eye(3, dtype=torch.float64), [(1, 1), (7, 7), (1, 7)]
    policy = rooms.learn_by_words(points, goals, steps=300)
    for point, goal in zip(points, goals, strict=True):
        assert rooms.share_reached(rooms.FourRooms(goal), rooms.obey(policy, point)) == 1
    assert rooms.share_reached(rooms.FourRooms((1, 1)), rooms.obey(policy, points[1])) < 0.2


# ------------------------------------------------------------------------------------------- with nothing said


def test_a_walk_into_a_wall_ends_after_forty_steps():
    assert len(rooms.walk(rooms.FourRooms((7, 7)), lambda here: 0, (1, 1))) == 41


def test_the_first_reward_moves_a_value_half_the_way():
    world, seen = rooms.FourRooms((1, 1)), []
    step = world.step
    world.step = lambda move: seen.append(step(move)) or seen[-1]
    rooms.q_learn(world, 2000, seed=0)
    until = [reward for _, reward, *_ in seen].index(1.0) + 1
    table = rooms.q_learn(rooms.FourRooms((1, 1)), until, seed=0)
    assert table[table > 0].tolist() == [0.5]


def test_one_move_in_five_is_tried_at_random():
    """Where south is worth one, and stays so: three of four random moves lead elsewhere."""
    world, moves = rooms.FourRooms((1, 1)), []
    world.reset = lambda **_: (rooms.NUMBER[(7, 7)], {})

    def stay(move):
        moves.append(move)
        return rooms.NUMBER[(7, 7)], (move == 2) * 0.05, False, False, {}

    world.step = stay
    table = np.zeros((len(rooms.FLOOR), 4))
    table[:, 2] = 1
    rooms.q_learn(world, 30_000, seed=0, table=table)
    assert np.mean(np.array(moves) != 2) == pytest.approx(0.2 * 3 / 4, abs=0.008)


def test_being_told_takes_500_steps_of_128_and_a_decay_of_a_tenth():
    points, goals = torch.eye(3, dtype=torch.float64), [(1, 1), (7, 7), (1, 7)]
    seen = watched(lambda: rooms.learn_by_words(points, goals), 40)
    assert seen.rates == pytest.approx(cosine(3e-3, 500, 40), rel=1e-6)
    assert set(seen.rows) == {128}
    generator = torch.Generator().manual_seed(0)
    right = torch.stack([rooms.shortest_moves(goal) for goal in goals])
    batches = []
    for _ in range(20):
        texts, places = (torch.randint(n, (128,), generator=generator) for n in (3, len(rooms.FLOOR)))
        batches.append((points[texts], places, right[texts, places]))
    start = seeded(lambda: rooms.Told(3), 0)
    theirs = plain(start, batches, rooms.imitation_loss, cosine(3e-3, 20, 20), decay=0.1)
    near(rooms.learn_by_words(points, goals, steps=20), theirs)
