"""Towns and castles: gymnasium's own checks, maps with a way, doors and falls as often as said."""

from __future__ import annotations

import warnings

import networkx
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from jielong.agents.worlds import towns
from jielong.agents.worlds.grid import distances
from jielong.agents.worlds.towns import Castle, Town, around, castle, has_way, town

UP, RIGHT, DOWN, LEFT = range(4)
BAD = frozenset({0, 1, 2})


@pytest.mark.parametrize("make", [lambda: town(0, surprise=0.3), lambda: castle(0, 8, BAD)])
def test_gymnasium_s_own_check(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*(render|spec|registered).*")
        check_env(make(), skip_render_check=True)


def test_a_town_says_where_one_is_what_is_open_and_when_it_is_over():
    walls = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 0]], bool)
    world = Town(walls, np.zeros_like(walls), limit=9)
    seen, _ = world.reset(seed=0)
    assert seen["open"].tolist() == [0, 0, 1, 0]
    assert seen["place"].tolist() == [0, 0]
    assert world.step(RIGHT)[0]["place"].tolist() == [0, 0]  # a wall
    assert world.step(UP)[0]["place"].tolist() == [0, 0]  # the edge
    for move in (DOWN, DOWN, RIGHT):
        assert world.step(move)[1:4] == (0.0, False, False)
    seen, reward, arrived, late, _ = world.step(RIGHT)
    assert (seen["place"].tolist(), reward, arrived, late) == ([2, 2], 1.0, True, False)
    world.reset()
    assert [world.step(UP)[3] for _ in range(9)] == [False] * 8 + [True]


def test_doors_are_closed_as_often_as_said_and_only_doors():
    closed = []
    for seed in range(60):
        world = town(seed, surprise=0.3, change=0.2)
        world.reset(seed=seed)
        world.place = world.goal  # where there is no door
        for _ in range(10):
            world.step(DOWN)
        assert not (world.closed & ~world.doors).any()
        assert not (world.doors & world.walls).any()
        closed.append(world.closed.sum() / world.doors.sum())
    assert abs(np.mean(closed) - 0.3) < 0.04
    assert town(1, surprise=0.0).reset(seed=1)[0]["open"].sum() > 0


def test_the_same_seed_is_the_same_world():
    def film(seed):
        world = town(5, surprise=0.3, change=0.1)
        world.reset(seed=seed)
        return [world.step(RIGHT)[0]["open"].tolist() + world.closed.sum(0).tolist() for _ in range(20)]

    assert film(3) == film(3) != film(4)


@pytest.mark.parametrize("seed", range(5))
def test_maps_have_a_way(seed, grid_graph):
    world = town(seed)
    graph = grid_graph(~world.walls)
    assert networkx.has_path(graph, world.start, world.goal)
    assert has_way(~world.walls)
    assert not has_way(np.zeros((3, 3), bool) | np.eye(3, dtype=bool))
    keep = castle(seed, 8, BAD, traps=0.3)
    safe = np.array([[not keep.trap((i, j)) for j in range(8)] for i in range(8)])
    down = networkx.DiGraph([(c, d) for c in grid_graph(safe) for d in around(c, safe, (RIGHT, DOWN))])
    assert networkx.has_path(down, (0, 0), (7, 7))


def test_a_fall_is_the_end_or_a_pull_of_the_rope():
    looks = np.array([[3, 0], [4, 5]])
    world = Castle(looks, BAD)
    world.reset()
    _, reward, over, _, info = world.step(RIGHT)
    assert (reward, over, info) == (0.0, True, {"fell": True})
    world = Castle(looks, BAD, rope=True)
    world.reset()
    seen, _, over, _, info = world.step(RIGHT)
    assert not over
    assert info["fell"]
    assert seen["place"].tolist() == [0, 0]
    assert world.step(DOWN)[4] == {"fell": False}
    assert world.step(RIGHT)[1:3] == (1.0, True)


def test_reachable_is_networkx_s_component(grid_graph):
    free = np.random.default_rng(0).random((12, 12)) < 0.6
    free[0, 0] = True
    assert set(distances((0, 0), lambda c: around(c, free))) == networkx.node_connected_component(
        grid_graph(free), (0, 0)
    )


def test_worlds_end_after_sixty_and_after_a_thousand_steps():
    walls = np.zeros((3, 3), bool)
    for world, limit in ((Town(walls, walls), 60), (Castle(np.zeros((3, 3), int), frozenset()), 1000)):
        world.reset(seed=0)
        late = [world.step(UP)[3] for _ in range(limit)]
        assert late.index(True) == limit - 1


def test_a_door_is_drawn_anew_once_in_fifty_steps_and_open_where_nothing_is_said():
    walls, doors = np.zeros((40, 40), bool), np.ones((40, 40), bool)
    calm = Town(walls, doors)
    calm.reset(seed=0)
    assert not calm.closed.any()
    world, turned = Town(walls, doors, surprise=0.5), []
    world.reset(seed=0)
    for _ in range(250):
        before = world.closed.copy()
        world.step(UP)
        turned.append((world.closed != before).mean())
    assert np.mean(turned) == pytest.approx(0.02 / 2, abs=4e-4)  # half of those drawn turn out as they were


def test_towns_and_castles_are_of_the_size_and_the_kind_that_is_usual(monkeypatch):
    assert town(0).walls.shape == (11, 11)
    assert castle(0, 8, BAD).looks.shape == (8, 8)
    monkeypatch.setattr(towns, "has_way", lambda *_, **__: True)  # else the shares are those of maps with a way
    doors = np.mean([town(seed).doors.sum() for seed in range(600)])
    assert doors == pytest.approx(24 * 0.85, rel=0.008)  # between 16 blocks there are 24
    traps = np.mean([np.isin(castle(seed, 8, BAD).looks.ravel()[1:-1], list(BAD)).mean() for seed in range(600)])
    assert traps == pytest.approx(0.25, rel=0.03)
