"""Planning: worlds by gymnasium's rules, searches against networkx and counting by hand, and world models."""

from __future__ import annotations

import warnings

import networkx
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from jielong.agents.planning.search import cheapest, game_value, visit
from jielong.agents.planning.walking import NoPlan, Planner, shortest, walk
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
from jielong.agents.worlds import games, towns
from jielong.agents.worlds.grid import ahead, distances
from jielong.agents.worlds.towns import Castle, Town, around, castle, has_way, town

UP, RIGHT, DOWN, LEFT = range(4)
BAD = frozenset({0, 1, 2})


def grid_graph(free):
    graph = networkx.grid_2d_graph(*free.shape)
    graph.remove_nodes_from([cell for cell in graph if not free[cell]])
    return graph


# ---- worlds


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
    assert seen["open"].tolist() == [0, 0, 1, 0] and seen["place"].tolist() == [0, 0]
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
        assert not (world.closed & ~world.doors).any() and not (world.doors & world.walls).any()
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
def test_maps_have_a_way(seed):
    world = town(seed)
    graph = grid_graph(~world.walls)
    assert networkx.has_path(graph, world.start, world.goal)
    assert has_way(~world.walls) and not has_way(np.zeros((3, 3), bool) | np.eye(3, dtype=bool))
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
    assert not over and info["fell"] and seen["place"].tolist() == [0, 0]
    assert world.step(DOWN)[4] == {"fell": False}
    assert world.step(RIGHT)[1:3] == (1.0, True)


# ---- search


def test_reachable_is_networkx_s_component():
    free = np.random.default_rng(0).random((12, 12)) < 0.6
    free[0, 0] = True
    assert set(distances((0, 0), lambda c: around(c, free))) == networkx.node_connected_component(
        grid_graph(free), (0, 0)
    )


@pytest.mark.parametrize("seed", range(6))
def test_ways_cost_what_networkx_says(seed):
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
        assert whole[0] == pruned[0] == games.value(board) and pruned[1] <= whole[1]
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


# ---- walking


def test_without_surprise_planners_walk_networkx_s_shortest_way():
    for seed in range(5):
        world = town(seed)
        truth = networkx.shortest_path_length(grid_graph(~world.walls), world.start, world.goal)
        for looks in (True, False):
            walker = Planner(world.walls, looks=looks)
            arrived, trail = walk(world, walker, seed)
            assert arrived and len(trail) - 1 == truth and walker.plans == 1


#  a corridor with a door that is closed, and a longer way round
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
    assert walker.move(shut) == RIGHT and walker.plans == 1
    assert walker.plan == [(0, 1), (0, 2), (1, 2), (2, 2)] and (walker.walls == walls).all()
    with pytest.raises(ValueError, match="no way"):
        Planner(~np.eye(3, dtype=bool)).move(shut)


def test_the_town_is_shown_at_the_start_and_after_each_step():
    world, places = town(2, surprise=0.2), []
    _, trail = walk(world, NoPlan(world.walls), 1, tell=lambda now: places.append(now.place))
    assert places == trail


def test_no_plan_goes_where_it_has_not_been():
    walls = np.zeros((4, 4), bool)
    arrived, trail = walk(Town(walls, walls, limit=20), NoPlan(walls))
    assert arrived and len(trail) == 7


# ---- world models


def test_dangers_are_what_was_seen_and_before_that_what_was_expected():
    model = Dangers.told([0.2, 0.8])
    assert np.allclose(model.danger(), [0.2, 0.8])
    for fell in (True, True, False, False):
        model.learn(0, fell)
    assert model.danger()[0] == pytest.approx((2 + 0.1 * 0.2) / 4.1) and model.danger()[1] == pytest.approx(0.8)
    many = lived(6, BAD, 600, seed=0)
    assert np.allclose(many.danger(), [1, 1, 1, 0, 0, 0], atol=0.01) and many.tried.sum() == 600


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
    assert all(seen) and np.mean(blind) < 0.4


def test_the_imagined_way_is_the_safest_there_is():
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
    assert all(roped) and all(walks == 1 for _, walks in free) and np.mean([a for a, _ in free]) < 0.5


def test_strolls_are_shortest_ways():
    world, generator = castle(0, 8, BAD), np.random.default_rng(0)
    for _ in range(5):
        way = stroll(world, generator)
        assert way[0] == (0, 0) and way[-1] == (7, 7) and len(way) == 15
        assert all(b in (ahead(a, RIGHT), ahead(a, DOWN)) for a, b in zip(way, way[1:], strict=False))


def test_the_purse_is_never_overdrawn_and_thinking_in_a_blind_model_changes_nothing_but_the_price():
    effort = Effort(purse=50, thought=1, walk=10)
    for thoughts, most in ((0, 5), (2, 4), (15, 2), (40, 1), (41, 0)):
        world = castle(4, 8, BAD, traps=0.3, rope=True)
        arrived, paid = spend(world, Dangers.told([0.2] * 8), thoughts, seed=1, effort=effort)
        assert paid <= 50 and (arrived or paid == 50)
        assert not arrived or paid % (thoughts + 10) == 0 and paid // (thoughts + 10) <= most
    world = castle(0, 8, frozenset(), traps=0.0, rope=True)
    assert spend(world, Dangers.told([0.2] * 8), 0, seed=0, effort=effort) == (True, 10)
    assert spend(world, Dangers.told([0.2] * 8), 7, seed=0, effort=effort) == (True, 17)


def test_with_a_perfect_model_more_thoughts_never_hurt_the_one_walk():
    def share(thoughts):
        return np.mean([spend(castle(s, 8, BAD, 0.2), perfect(), thoughts, s, Effort(1000))[0] for s in range(40)])

    shares = [share(thoughts) for thoughts in (0, 4, 20, 80)]
    assert shares == sorted(shares) and shares[-1] > shares[0] + 0.4


# ---- with nothing said


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
    assert spend(cage, Dangers.told([0.0, 0.0]), 0, seed=0) == (False, 100) and len(walks) == 10


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
    assert town(0).walls.shape == (11, 11) and castle(0, 8, BAD).looks.shape == (8, 8)
    monkeypatch.setattr(towns, "has_way", lambda *_, **__: True)  # else the shares are those of maps with a way
    doors = np.mean([town(seed).doors.sum() for seed in range(600)])
    assert doors == pytest.approx(24 * 0.85, rel=0.008)  # between 16 blocks there are 24
    traps = np.mean([np.isin(castle(seed, 8, BAD).looks.ravel()[1:-1], list(BAD)).mean() for seed in range(600)])
    assert traps == pytest.approx(0.25, rel=0.03)
