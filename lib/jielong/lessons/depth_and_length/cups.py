"""The shell game: three cups, a few moves, and how do they stand in the end?

The order of three cups is one of six; a move swaps two cups or passes all of them on. After each move the order depends
on the move *and* on the order before it, so no move can be skipped: a puzzle of n moves takes n steps. (Composing
permutations is the standard example of a problem that is sequential by nature; see Merrill & Sabharwal 2023.)

A puzzle is a row of ``MOVES`` move tokens, the last ones of a short puzzle being "stay". In one vocabulary:

    0-5  orders, the thoughts          6-11  moves           then ANSWER, END, WAIT, OKAY, DOT
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from jielong.arguments import at_least, indices, within

MOVES = 6
ORDERS = list(permutations(range(3)))
"""Order or move k: position i holds (or receives) what ``ORDERS[k][i]`` says. Number 0 changes nothing."""
AFTER = torch.tensor([[ORDERS.index(tuple(order[i] for i in m)) for m in ORDERS] for order in ORDERS], device="cpu")
"""AFTER[order, move]: the order of the cups when this move has been made."""
MOVE = 6
ANSWER, END, WAIT, OKAY, DOT = range(12, 17)
VOCABULARY = 17
NAMES = ["".join("ABC"[i] for i in order) for order in ORDERS]
NAMES += "- 2x3 1x2 <<< >>> 1x3 answer end wait okay .".split()


def puzzles(count: int, generator: torch.Generator, length: int | None = None) -> Int[Tensor, "count moves"]:
    """Random puzzles as moves 0 to 5, of 1 to ``MOVES`` moves each (or all of one length), filled up with "stay".

    Raises ValueError for another length.
    """
    at_least(0, count=count)
    within(1, MOVES, length=1 if length is None else length)
    moves = torch.randint(1, 6, (count, MOVES), generator=generator, device=generator.device)
    lengths = torch.randint(1, MOVES + 1, (count, 1), generator=generator, device=generator.device)
    return moves.masked_fill(torch.arange(MOVES, device=moves.device) >= (lengths if length is None else length), 0)


def thoughts(
    moves: Int[Tensor, "count moves"],
    slip: Int[Tensor, " count"] | None = None,
    by: Int[Tensor, " count"] | int = 0,
) -> Int[Tensor, "count moves"]:
    """The order after each move. slip: at which move the order is mistaken (none: ``MOVES``), by how many numbers."""
    indices(6, moves=moves)
    at_least(1, **{"how many moves": moves.shape[1]})
    order, orders = torch.zeros_like(moves[:, 0]), []
    for step in range(moves.shape[1]):
        order = AFTER.to(moves.device)[order, moves[:, step]]
        if slip is not None:
            order = torch.where(slip == step, (order + by) % 6, order)
        orders.append(order)
    return torch.stack(orders, 1)


def prompts(moves: Int[Tensor, "count moves"]) -> Int[Tensor, "count moves"]:
    """The puzzles as tokens, to think from."""
    return moves + MOVE


def column(token: int, rows: Int[Tensor, "count _"], times: int = 1) -> Int[Tensor, "count times"]:
    """The same token beside every row."""
    at_least(0, times=times)
    return rows.new_full((len(rows), times), token)


def cut_short(count: int, generator: torch.Generator) -> tuple[Int[Tensor, "count time"], Bool[Tensor, "count time"]]:
    """Examples for thinking: a puzzle, its first few thoughts (any number of them), then the answer; and what to learn.

    In one example of seven, dots stand in the thoughts' place: a model has to learn to answer after those, too.
    """
    moves = puzzles(count, generator)
    right, row = thoughts(moves), torch.arange(count, device=moves.device)[:, None]
    dotted = row >= count * 6 // 7
    budget = torch.randint(0, MOVES + 1, (count, 1), generator=generator, device=generator.device)
    place = torch.arange(MOVES + 2, device=moves.device)
    written = torch.cat((torch.where(dotted, DOT, right), column(END, moves, 2)), 1)
    written = torch.where(place == budget, ANSWER, torch.where(place == budget + 1, right[:, -1:], written))
    written = written.masked_fill(place > budget + 1, END)
    learn = (place == budget + 1) | (place < budget) & ~dotted
    return torch.cat((prompts(moves), written), 1), torch.cat((torch.zeros_like(moves, dtype=torch.bool), learn), 1)


def looked_at_again(
    count: int, generator: torch.Generator
) -> tuple[Int[Tensor, "count time"], Bool[Tensor, "count time"]]:
    """Examples for checking: six times out of ten the first chain slips; then comes a word, and a second chain.

    After WAIT (seven of ten) the second chain thinks again from the moves; after OKAY it repeats the first. What to
    learn: the first chain up to its slip, its answer, and the second chain.
    """
    moves = puzzles(count, generator)
    right, row = thoughts(moves), torch.arange(count, device=moves.device)[:, None]
    waits = row < count * 7 // 10
    slip = torch.randint(0, MOVES, (count,), generator=generator, device=generator.device)
    slip[torch.rand(count, dtype=torch.float64, generator=generator, device=generator.device) > 0.6] = MOVES
    first = thoughts(moves, slip, torch.randint(1, 6, (count,), generator=generator, device=generator.device))
    second = torch.where(waits, right, first)
    answer = column(ANSWER, moves)
    parts = [prompts(moves), first, answer, first[:, -1:], torch.where(waits, WAIT, OKAY)]
    ids = torch.cat([*parts, second, answer, second[:, -1:]], 1)
    learn = torch.ones_like(ids, dtype=torch.bool)
    learn[:, : 2 * MOVES] = torch.arange(2 * MOVES, device=ids.device) - MOVES < slip[:, None]
    learn[:, :MOVES] = False
    learn[:, [2 * MOVES, 2 * MOVES + 2, 3 * MOVES + 3]] = False  # who says "answer" and "wait" is not the model
    return ids, learn


def lessons(generator: torch.Generator, batch: int = 32) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless batches of (ids, what to learn), four of ten examples ``cut_short`` and six ``looked_at_again``."""
    at_least(1, batch=batch)
    while True:
        again, learn_again = looked_at_again(batch * 6 // 10, generator)
        short, learn_short = cut_short(batch - len(again), generator)
        rest = again.shape[1] - short.shape[1]
        short = torch.cat((short, column(END, short, rest)), 1)
        learn_short = torch.cat((learn_short, learn_short.new_zeros(len(short), rest)), 1)
        yield torch.cat((again, short)), torch.cat((learn_again, learn_short))


def spelled(ids: Int[Tensor, " time"] | list[int]) -> str:
    """Tokens as a person reads them: "1x2" swaps the first two cups, ">>>" passes each cup on to the right."""
    indices(VOCABULARY, ids=ids)
    return " ".join(NAMES[int(i)] for i in ids)
