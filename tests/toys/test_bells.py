"""Bells: the right answers against a notebook kept by hand, and the hand-written LSTM against the right answers."""

from __future__ import annotations

import math

import pytest
import torch
from jielong.mixers.recurrent import gates
from jielong.toys.bells import (
    DIGITS,
    NOTHING,
    PEOPLE,
    Calls,
    Listener,
    accuracy,
    answer_loss,
    answers,
    calls,
    practice,
    senses,
    spoken,
    written_by_hand,
)
from jielong.training import seeded
from torch.nn import functional as F


def some(count=40, time=30, seed=0):
    return calls(count, time, torch.Generator().manual_seed(seed))


def test_the_answers_are_those_of_a_notebook():
    heard = some()
    right = answers(heard)
    for row in range(40):
        notes = {}
        for t in range(30):
            digit, who, bell, asked = (int(part[row, t]) for part in heard)
            if bell:
                notes[who] = digit
            assert right[row, t] == notes.get(asked, NOTHING)


def test_calls_are_what_they_say():
    heard = some(200)
    assert [int(part.max()) for part in heard] == [DIGITS - 1, len(PEOPLE) - 1, 1, len(PEOPLE) - 1]
    assert 0.35 < heard.bell.float().mean() < 0.45
    assert not calls(10, 20, torch.Generator().manual_seed(0), bells=0).bell.any()


def test_senses_hold_everything_once():
    heard = Calls(*(torch.tensor([[value]]) for value in (2, 1, 1, 0)))
    assert senses(heard)[0, 0].tolist() == [0, 0, 1, 0, 0, 1, 1, 1, 0]


@torch.no_grad()
def test_the_lstm_written_by_hand_is_always_right():
    listener, heard = written_by_hand(), some(100, 60, seed=1)
    assert torch.equal(listener(senses(heard)).argmax(-1), answers(heard))


@torch.no_grad()
def test_its_gates_are_open_or_shut_and_say_whose_call_counts():
    listener, heard = written_by_hand(), some(20, 25, seed=2)
    x = senses(heard)
    gate = gates(listener.cell, x, torch.zeros(20, 25, 8).double())
    for person in range(2):
        counts = ((heard.bell == 1) & (heard.who == person)).double()[..., None].expand(-1, -1, DIGITS)
        units = slice(person * DIGITS, (person + 1) * DIGITS)
        torch.testing.assert_close(gate.input[..., units], counts, atol=1e-6, rtol=0)
        torch.testing.assert_close(gate.forget[..., units], 1 - counts, atol=1e-6, rtol=0)
        asked = (heard.asked == person).double()[..., None].expand(-1, -1, DIGITS)
        torch.testing.assert_close(gate.output[..., units], asked, atol=1e-6, rtol=0)
        torch.testing.assert_close(
            gate.candidate[..., units], F.one_hot(heard.digit, DIGITS).double(), atol=1e-6, rtol=0
        )


@pytest.mark.parametrize("kind", ["lstm", "rnn"])
@torch.no_grad()
def test_a_listener_hears_nothing_of_the_future(kind):
    listener, x = seeded(lambda: Listener(kind), 0), senses(some(5))
    torch.testing.assert_close(listener(x)[:, :12], listener(x[:, :12]))


def test_accuracy_is_of_what_can_be_known():
    right = torch.tensor([[NOTHING, 1, 2, 3]])
    said = F.one_hot(torch.tensor([[0, 1, 2, 0]]), DIGITS + 1).float()
    assert accuracy(said, right) == pytest.approx(2 / 3)


@torch.no_grad()
def test_practice_brings_its_answers():
    x, right = next(practice(3, count=6, time=9))
    digit, who = x[..., :DIGITS].argmax(-1), x[..., DIGITS : DIGITS + 2].argmax(-1)
    heard = Calls(digit, who, x[..., DIGITS + 2].long(), x[..., DIGITS + 3 :].argmax(-1))
    assert torch.equal(answers(heard), right)
    silent = seeded(Listener, 0)
    silent.answer.weight.zero_(), silent.answer.bias.zero_()
    assert answer_loss(silent, x, right).item() == pytest.approx(math.log(DIGITS + 1))


def test_a_language_model_hears_one_person():
    heard, right = spoken(20, 30, torch.Generator().manual_seed(0), bells=0.3)
    for row in range(20):
        last = NOTHING
        for t in range(30):
            last = int(heard[row, t]) - DIGITS if heard[row, t] >= DIGITS else last
            assert right[row, t] == last
    assert 0.2 < (heard >= DIGITS).float().mean() < 0.4


def test_four_calls_of_ten_have_a_bell_and_for_one_who_hears_one_person_three_of_twenty():
    assert calls(2000, 100, torch.Generator().manual_seed(0)).bell.double().mean().item() == pytest.approx(
        0.4, abs=4e-3
    )
    tokens, _ = spoken(2000, 100, torch.Generator().manual_seed(0))
    assert (tokens >= DIGITS).double().mean().item() == pytest.approx(0.15, abs=3e-3)
