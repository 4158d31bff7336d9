"""Walkers: without surprise they walk networkx's shortest way; who looks goes round a closed door."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from jielong.agents.planning.walking import NoPlan, Planner, walk
from jielong.agents.worlds.towns import Town, town

UP, RIGHT, DOWN, LEFT = range(4)


def test_without_surprise_planners_walk_networkx_s_shortest_way(grid_graph):
    for seed in range(5):
        world = town(seed)
        truth = networkx.shortest_path_length(grid_graph(~world.walls), world.start, world.goal)
        for looks in (True, False):
            walker = Planner(world.walls, looks=looks)
            arrived, trail = walk(world, walker, seed)
            assert arrived
            assert len(trail) - 1 == truth
            assert walker.plans == 1


DOORS = np.zeros((3, 3), bool)


DOORS[0, 1] = True


@pytest.mark.parametrize("looks,arrives", [(True, True), (False, False)])
def test_who_looks_goes_round_a_closed_door_and_who_does_not_waits(looks, arrives):
    walls = np.zeros((3, 3), bool)
    world = Town(walls, DOORS, surprise=1.0, change=0.0, limit=8)
    walker = Planner(walls, looks=looks)
    walker.plan = [(0, 1), (0, 2), (1, 2), (2, 2)]
    arrived, trail = walk(world, walker)
    assert arrived == arrives
    assert set(trail) == {(0, 0)} if not arrives else len(trail) == 5 and walker.plans == 1


def test_who_is_shut_in_by_what_it_has_seen_goes_back_to_its_map():
    walls = np.zeros((3, 3), bool)
    walls[1, 0] = walls[1, 1] = True  # one way out, through the door
    walker = Planner(walls)
    shut = {"place": np.array([0, 0]), "open": np.zeros(4, np.int8)}
    assert walker.move(shut) == RIGHT
    assert walker.plans == 1
    assert walker.plan == [(0, 1), (0, 2), (1, 2), (2, 2)]
    assert (walker.walls == walls).all()
    with pytest.raises(ValueError, match="no way"):
        Planner(~np.eye(3, dtype=bool)).move(shut)


def test_the_town_is_shown_at_the_start_and_after_each_step():
    world, places = town(2, surprise=0.2), []
    _, trail = walk(world, NoPlan(world.walls), 1, tell=lambda now: places.append(now.place))
    assert places == trail


def test_no_plan_goes_where_it_has_not_been():
    walls = np.zeros((4, 4), bool)
    arrived, trail = walk(Town(walls, walls, limit=20), NoPlan(walls))
    assert arrived
    assert len(trail) == 7
