"""Four rooms: distances against networkx, the step interface against gymnasium's own checker."""

from __future__ import annotations

import networkx as nx
import pytest
from gymnasium.utils.env_checker import check_env
from jielong.agents.worlds import four_rooms


def graph() -> nx.Graph:
    whole = nx.Graph()
    for row, column in four_rooms.FLOOR:
        for other in ((row + 1, column), (row, column + 1)):
            if other in four_rooms.NUMBER:
                whole.add_edge((row, column), other)
    return whole


def test_the_floor_is_four_rooms_with_four_doors():
    assert len(four_rooms.FLOOR) == 4 * 9 + 4
    doors = [(2, 4), (4, 2), (4, 6), (6, 4)]
    parts = list(nx.connected_components(graph().subgraph(set(four_rooms.FLOOR) - set(doors))))
    assert sorted(map(len, parts)) == [9, 9, 9, 9]
    assert all(any(cell in part for part in parts) for cell in four_rooms.GOALS.values())
    assert len(set(four_rooms.GOALS.values())) == 16


@pytest.mark.parametrize("goal", [(1, 1), (7, 7), (4, 2)])
def test_distances_are_the_shortest(goal):
    assert four_rooms.distances(goal) == nx.single_source_shortest_path_length(graph(), goal)


def test_it_is_a_gymnasium_environment():
    check_env(four_rooms.FourRooms((7, 7)), skip_render_check=True)
    with pytest.raises(ValueError, match="floor"):
        four_rooms.FourRooms((0, 0))


def test_a_walk_ends_at_the_goal_or_at_the_limit():
    world = four_rooms.FourRooms((1, 3))
    assert four_rooms.walk(world, lambda here: 1, (1, 1)) == [(1, 1), (1, 2), (1, 3)]
    stuck = four_rooms.walk(world, lambda here: 0, (1, 1))
    assert stuck == [(1, 1)] * (four_rooms.LIMIT + 1)
    _, reward, done, late, _ = (world.reset(options={"start": (1, 2)}), world.step(1))[1]
    assert (reward, done, late) == (1.0, True, False)


def test_a_walk_into_a_wall_ends_after_forty_steps():
    assert len(four_rooms.walk(four_rooms.FourRooms((7, 7)), lambda here: 0, (1, 1))) == 41
