"""Search: ways against networkx, pruning against the whole tree, clicks counted by hand."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from jielong.agents.planning.search import cheapest, game_value, visit
from jielong.agents.planning.walking import shortest
from jielong.agents.worlds import games
from jielong.agents.worlds.towns import around


@pytest.mark.parametrize("seed", range(6))
def test_ways_cost_what_networkx_says(seed, grid_graph):
    generator = np.random.default_rng(seed)
    free, price = generator.random((10, 10)) < 0.8, generator.random((10, 10)) + 0.5
    free[0, 0] = free[-1, -1] = True
    graph = networkx.DiGraph()
    graph.add_nodes_from([(0, 0), (9, 9)])
    graph.add_weighted_edges_from((c, d, price[d]) for c in grid_graph(free) for d in around(c, free))
    way, _ = cheapest((0, 0), (9, 9), lambda c: around(c, free), cost=lambda c: float(price[c]))
    if not networkx.has_path(graph, (0, 0), (9, 9)):
        assert way == [] == shortest((0, 0), (9, 9), free)[0]
        return
    assert all(b in set(around(a, free)) for a, b in zip(way, way[1:], strict=False))
    truth = networkx.dijkstra_path_length(graph, (0, 0), (9, 9))
    assert sum(price[c] for c in way[1:]) == pytest.approx(truth)
    assert len(shortest((0, 0), (9, 9), free)[0]) == len(networkx.shortest_path(graph, (0, 0), (9, 9)))


def test_a_guess_of_what_is_left_saves_looking():
    free = np.ones((20, 20), bool)
    _, blind = cheapest((0, 0), (0, 19), lambda c: around(c, free))
    way, guided = shortest((0, 0), (0, 19), free)
    assert len(way) == guided == 20 < blind / 5


def test_pruning_leaves_the_value_of_every_board_as_it_is():
    boards = [board for board, _ in zip(games.positions(seed=0), range(60), strict=False)]
    for board in boards:
        whole, pruned = game_value(board, prune=False), game_value(board)
        assert whole[0] == pruned[0] == games.value(board)
        assert pruned[1] <= whole[1]
    assert game_value("XOXOOX   ", prune=False) == (1, 11)  # by hand: 1 + 4 after square 7, 5 after 8, 1 after 9
    assert game_value(games.EMPTY) == (0, 18_297)  # a number that many programs find


TREE = {(): ["left", "right"], ("left",): ["a", "b"], ("right",): ["c", "d"]}


LIKES = {"left": 0.1, "right": 0.9, "a": 0.2, "b": 0.3, "c": 0.8, "d": 0.7}


@pytest.mark.parametrize(
    "name,options,clicks",
    [
        ("a", {}, 2),
        ("d", {}, 10),  # left, a, back, b, back, back, right, c, back, d
        ("d", {"best_first": True}, 4),  # right, c, back, d
        ("d", {"keep": 1}, None),
        ("c", {"keep": 1}, 2),
        ("nowhere", {}, 12),
    ],
)
def test_every_click_counts(name, options, clicks):
    found = visit(lambda p: TREE.get(p, []), lambda p: bool(p) and p[-1] == name, LIKES.__getitem__, **options)
    assert found.found == (clicks is not None and name != "nowhere")
    assert found.clicks == (clicks if clicks is not None else 4)
    for here, there in zip(found.trail, found.trail[1:], strict=False):
        assert here == there[:-1] or there == here[:-1]
