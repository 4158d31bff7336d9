"""Tic-tac-toe in words: the board as text, the legal moves, and players from random to perfect.

A board is a string of nine marks, "X", "O" or " ", row by row; X begins. Squares are numbered 1 to 9.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

EMPTY = " " * 9
LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))
Player = Callable[[str], int]
"""From a board to one of its free squares."""
Players = Callable[[Sequence[str]], list[int]]
"""The same for many boards at once."""


def check(board: str) -> None:
    """Raise ValueError where this is no board."""
    if len(board) != 9 or board.strip("XO "):
        raise ValueError(f"board={board!r} must be nine marks, each 'X', 'O' or ' '")


def free(board: str) -> list[int]:
    """The numbers of the free squares: the legal moves. Raises ValueError for what is no board."""
    check(board)
    return [square for square in range(1, 10) if board[square - 1] == " "]


def turn(board: str) -> str:
    """Whose turn it is."""
    check(board)
    return "X" if board.count("X") == board.count("O") else "O"


def played(board: str, square: int, mark: str | None = None) -> str:
    """The board after a move of ``mark`` (default: of whose turn it is). Raises ValueError for a taken square."""
    if mark not in (None, "X", "O"):
        raise ValueError(f"mark={mark!r} must be 'X' or 'O'")
    if square not in free(board):
        raise ValueError(f"square={square} is not free; free are {free(board)}")
    return board[: square - 1] + (mark or turn(board)) + board[square:]


def winner(board: str) -> str | None:
    """Who has three in a row."""
    check(board)
    return next((board[a] for a, b, c in LINES if board[a] != " " and board[a] == board[b] == board[c]), None)


def over(board: str) -> bool:
    return winner(board) is not None or not free(board)


def winning(board: str, mark: str) -> list[int]:
    """The squares on which ``mark`` would win at once."""
    return [square for square in free(board) if winner(played(board, square, mark)) == mark]


def drawn(board: str) -> str:
    """The board as a text: three lines, a free square as its number."""
    check(board)
    marks = [str(square) if mark == " " else mark for square, mark in enumerate(board, start=1)]
    return "\n".join(" ".join(marks[row : row + 3]) for row in (0, 3, 6))


@functools.cache
def value(board: str) -> int:
    """How the game ends if both play perfectly: 1 X wins, 0 nobody, -1 O wins (minimax)."""
    if over(board):
        return {"X": 1, "O": -1, None: 0}[winner(board)]
    values = [value(played(board, square)) for square in free(board)]
    return max(values) if turn(board) == "X" else min(values)


def perfect(board: str) -> int:
    """The first of the best moves. Raises ValueError where there is none."""
    if not free(board):
        raise ValueError(f"board={board!r} is full")
    best = max if turn(board) == "X" else min
    return best(free(board), key=lambda square: value(played(board, square)))


class Random:
    """Any free square, each as likely."""

    def __init__(self, seed: int):
        self.generator = random.Random(seed)

    def __call__(self, board: str) -> int:
        if not free(board):
            raise ValueError(f"board={board!r} is full")
        return self.generator.choice(free(board))


@dataclass(frozen=True)
class Odds:
    """Chances that X wins, that nobody does, that O does."""

    wins: float
    draws: float
    losses: float


@functools.cache
def by_lot(board: str = EMPTY) -> Odds:
    """What comes of a board on which both move at random, exactly."""
    if over(board):
        return {"X": Odds(1, 0, 0), None: Odds(0, 1, 0), "O": Odds(0, 0, 1)}[winner(board)]
    odds = [by_lot(played(board, square)) for square in free(board)]
    each = 1 / len(odds)
    return Odds(sum(o.wins for o in odds) * each, sum(o.draws for o in odds) * each, sum(o.losses for o in odds) * each)


def play(x: Players, opponents: Sequence[Player]) -> list[list[str]]:
    """One game of X against each opponent, side by side: all boards, from the first to the last, of each game."""
    games = [[EMPTY] for _ in opponents]
    while going := [k for k, game in enumerate(games) if not over(game[-1])]:
        if turn(games[going[0]][-1]) == "X":
            moves = x([games[k][-1] for k in going])
        else:
            moves = [opponents[k](games[k][-1]) for k in going]
        for k, move in zip(going, moves, strict=True):
            games[k].append(played(games[k][-1], move))
    return games


def positions(seed: int) -> Iterator[str]:
    """Different boards to which random play leads, X to move, after two to six moves."""
    generator, seen = random.Random(seed), set[str]()
    for _ in range(20_000):
        board = EMPTY
        for _ in range(generator.choice((2, 4, 6))):
            board = played(board, generator.choice(free(board))) if not over(board) else board
        if not over(board) and turn(board) == "X" and board not in seen:
            seen.add(board)
            yield board
