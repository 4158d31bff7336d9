"""Tic-tac-toe: what is known of it in numbers, and that players stay inside the rules."""

from __future__ import annotations

import itertools

import pytest
from jielong.agents.worlds import games


def all_boards() -> set[str]:
    found, todo = {games.EMPTY}, [games.EMPTY]
    while todo:
        board = todo.pop()
        if not games.over(board):
            for square in games.free(board):
                after = games.played(board, square)
                if after not in found:
                    found.add(after)
                    todo.append(after)
    return found


def test_there_are_as_many_boards_as_everybody_counts():
    boards = all_boards()
    assert len(boards) == 5478  # OEIS A008907
    ended = [games.winner(board) for board in boards if games.over(board)]
    assert (ended.count("X"), ended.count("O"), ended.count(None)) == (626, 316, 16)


def test_random_play_has_its_known_odds():
    odds = games.by_lot()
    assert (odds.wins, odds.losses, odds.draws) == pytest.approx((737 / 1260, 121 / 420, 8 / 63))


def test_perfect_players_draw_and_never_lose():
    assert games.value(games.EMPTY) == 0
    both = games.play(lambda boards: [games.perfect(board) for board in boards], [games.perfect])
    assert games.winner(both[0][-1]) is None
    against = games.play(
        lambda boards: [games.perfect(board) for board in boards], [games.Random(seed) for seed in range(50)]
    )
    assert "O" not in [games.winner(game[-1]) for game in against]
    random = games.Random(0)
    lost = games.play(lambda boards: [random(board) for board in boards], [games.perfect] * 50)
    assert "X" not in [games.winner(game[-1]) for game in lost]


def test_a_game_goes_move_by_move_to_its_end():
    for game in games.play(lambda boards: [games.free(b)[0] for b in boards], [games.Random(s) for s in range(10)]):
        assert game[0] == games.EMPTY
        assert games.over(game[-1])
        assert not any(map(games.over, game[:-1]))
        for number, (before, after) in enumerate(itertools.pairwise(game)):
            (changed,) = (k for k in range(9) if before[k] != after[k])
            assert before[changed] == " "
            assert after[changed] == "XO"[number % 2]


def test_moves_and_pictures():
    board = "XX O O   "
    assert games.winning(board, "X") == [3]
    assert games.winning(board, "O") == [5]
    assert games.drawn(board) == "X X 3\nO 5 O\n7 8 9"
    assert games.played(board, 3) == "XXXO O   "
    assert games.perfect(board) == 3
    with pytest.raises(ValueError, match="not free"):
        games.played(board, 1)


def test_positions_are_different_and_open():
    boards = list(itertools.islice(games.positions(0), 200))
    assert len(set(boards)) == 200
    assert set(boards) <= all_boards()
    assert all(games.turn(board) == "X" and not games.over(board) for board in boards)
    assert boards == list(itertools.islice(games.positions(0), 200))
