"""The shell game against cups that are moved in a list, and what the examples teach against the rules."""

import torch
from jielong.lessons.depth_and_length.cups import (
    AFTER,
    ANSWER,
    DOT,
    END,
    MOVE,
    MOVES,
    NAMES,
    OKAY,
    ORDERS,
    VOCABULARY,
    WAIT,
    cut_short,
    lessons,
    looked_at_again,
    prompts,
    puzzles,
    spelled,
    thoughts,
)


def played(moves):
    """The order after each move, by moving cups in a list; numbers as in ORDERS."""
    cups, seen = [0, 1, 2], []
    for move in moves:
        cups = [cups[i] for i in ORDERS[move]]
        seen.append(ORDERS.index(tuple(cups)))
    return seen


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def test_thoughts_are_what_happens_to_real_cups():
    moves = puzzles(300, draw())
    assert thoughts(moves).tolist() == [played(row) for row in moves.tolist()]


def test_the_table_is_a_group_that_does_not_commute():
    for row in range(6):
        assert sorted(AFTER[row].tolist()) == sorted(AFTER[:, row].tolist()) == list(range(6))
    assert AFTER[0].tolist() == AFTER[:, 0].tolist() == list(range(6))
    assert (AFTER != AFTER.T).any()


def test_puzzles_have_all_lengths_and_stay_only_at_the_end():
    rows = puzzles(600, draw()).tolist()
    lengths = [sum(move != 0 for move in row) for row in rows]
    assert set(lengths) == set(range(1, MOVES + 1))
    assert all(0 not in row[:n] and not any(row[n:]) for row, n in zip(rows, lengths, strict=True))
    assert (puzzles(50, draw(), length=4) != 0).sum(1).tolist() == [4] * 50


def test_one_slip_is_carried_on_to_the_answer():
    moves = puzzles(200, draw(), length=MOVES)
    slip = torch.randint(0, MOVES, (200,), generator=draw(1))
    wrong = thoughts(moves, slip, torch.full((200,), 2))
    agree = wrong == thoughts(moves)
    assert torch.equal(agree, torch.arange(MOVES) < slip[:, None])


def test_short_examples_answer_right_after_any_number_of_thoughts_or_dots():
    ids, learn = cut_short(350, draw())
    budgets = set()
    for row, mask in zip(ids.tolist(), learn.tolist(), strict=True):
        truth = played([token - MOVE for token in row[:MOVES]])
        budget = row.index(ANSWER) - MOVES
        written = row[MOVES : MOVES + budget]
        assert written in (truth[:budget], [DOT] * budget)
        assert row[MOVES + budget + 1] == truth[-1]
        assert set(row[MOVES + budget + 2 :]) <= {END}
        taught = [i for i, used in enumerate(mask) if used]
        thinking = list(range(MOVES, MOVES + budget)) if DOT not in written else []
        assert taught == [*thinking, MOVES + budget + 1]
        budgets.add(budget)
    assert budgets == set(range(MOVES + 1))


def test_wait_thinks_again_from_the_moves_and_okay_repeats():
    ids, learn = looked_at_again(400, draw())
    slipped = {WAIT: 0, OKAY: 0}
    for row, mask in zip(ids.tolist(), learn.tolist(), strict=True):
        truth = played([token - MOVE for token in row[:MOVES]])
        first, (answer, said, word) = row[MOVES : 2 * MOVES], row[2 * MOVES : 2 * MOVES + 3]
        second = row[2 * MOVES + 3 : 3 * MOVES + 3]
        assert second == (truth if word == WAIT else first)
        assert (answer, said, row[-2:]) == (ANSWER, first[-1], [ANSWER, second[-1]])
        assert all(thought == right for thought, right, used in zip(first, truth, mask[MOVES:], strict=False) if used)
        slipped[word] += first != truth
    assert 0.5 < slipped[WAIT] / 280 < 0.7
    assert 0.45 < slipped[OKAY] / 120 < 0.75


def test_batches_hold_both_kinds_and_every_token_has_a_name():
    ids, learn = next(lessons(draw(), batch=40))
    assert ids.shape == learn.shape == (40, 3 * MOVES + 5)
    assert ids.max() < VOCABULARY == len(NAMES)
    assert not learn[:, :MOVES].any()
    assert learn.any(1).all()
    assert (ids == WAIT).any()
    assert (ids == DOT).any()


def test_moves_are_spelled_as_a_person_would_do_them():
    assert spelled(prompts(torch.tensor([[2, 1, 3, 0]]))[0]) == "1x2 2x3 <<< -"
    assert spelled(thoughts(torch.tensor([[2, 1, 3, 4]]))[0]) == "BAC BCA CAB BCA"


def test_how_often_there_is_a_slip_a_second_look_a_row_of_dots():
    ids, _ = looked_at_again(10_000, draw())
    assert (ids[:, 2 * MOVES + 2] == WAIT).sum() == 7_000
    first = thoughts(ids[:, :MOVES] - MOVE)
    slips = (ids[:, MOVES : 2 * MOVES] != first).any(1)
    assert abs(slips.double().mean().item() - 0.6) < 0.015
    short, _ = cut_short(7_000, draw())
    thinking = short[short[:, MOVES] != ANSWER]
    assert abs((thinking[:, MOVES] == DOT).double().mean().item() - 1 / 7) < 0.004  # one of seven rows has no thoughts
    both, _ = next(lessons(draw(), batch=100))
    assert ((both == WAIT) | (both == OKAY)).any(1).sum() == 60
