"""The hotel: who is where is what a porter with a dictionary says; a ledger with the right gates is always right."""

from __future__ import annotations

import math

import pytest
import torch
from jielong.lessons.the_art_of_forgetting.hotel import (
    FLAT,
    IDLE,
    KINDS,
    NIGHT,
    NOBODY,
    ROOM,
    Events,
    Hotel,
    Ledger,
    ledger_loss,
)
from jielong.training import fit, seeded

HOTEL = Hotel(rooms=5, flats=3, guests=6, let=(1, 4), idle=3)


def fresh(seed=0):
    return torch.Generator().manual_seed(seed)


def porter(events, row, rooms):
    """Who is where, event by event."""
    now = {}
    for kind, place, guest in zip(events.kind, events.place[row], events.guest[row], strict=True):
        if kind == NIGHT:
            now = {p: g for p, g in now.items() if p >= rooms}
        elif kind >= ROOM:
            assert (place >= rooms) == (kind == FLAT)
            now[int(place)] = int(guest)
        else:
            assert kind == IDLE
            assert place == guest == -1
    return now


def test_who_is_where_is_what_the_porter_says():
    generator = fresh()
    for days in (1, 2, 5):
        events = HOTEL.stay(20, days, generator)
        assert (events.kind == NIGHT).sum() == days
        assert (events.kind == FLAT).sum() == HOTEL.flats
        for row in range(20):
            now = porter(events, row, HOTEL.rooms)
            assert events.now[row].tolist() == [now.get(place, NOBODY) for place in range(HOTEL.places)]


def test_questions_are_answered_by_what_was_told():
    ids, learn = HOTEL.questions(30, 4, fresh(), asked=3)
    assert ids.shape == learn.shape
    assert ids.max() < HOTEL.vocabulary
    assert learn.sum(1).unique().tolist() == [12]
    for row, answer in zip(ids.tolist(), learn.tolist(), strict=True):
        now = {}
        for t, token in enumerate(row):
            if token == NIGHT:
                now = {place: guest for place, guest in now.items() if place >= 2 + HOTEL.rooms}
            elif answer[t]:
                assert token == now.get(row[t - 1], 2 + HOTEL.places)
            elif token > 2 + HOTEL.places:
                now[row[t - 1]] = token


def test_more_questions_than_places_are_refused():
    with pytest.raises(ValueError, match="asked=9 .* 8"):
        HOTEL.questions(1, 1, fresh(), asked=9)


class Porter:
    """A model of the tokens that answers from a dictionary; ``by`` adds to the answer."""

    def __init__(self, by=0):
        self.by = by

    def __call__(self, ids):
        logits = torch.zeros(*ids.shape, HOTEL.vocabulary)
        for row, tokens in enumerate(ids.tolist()):
            memory = {}
            for t, token in enumerate(tokens):
                logits[row, t, memory.get(token, 2 + HOTEL.places) + self.by] = 1
                if t and token > 2 + HOTEL.places:
                    memory[tokens[t - 1]] = token
                if token == NIGHT:
                    memory = {place: guest for place, guest in memory.items() if place >= 2 + HOTEL.rooms}
        return logits, None


def test_accuracy_counts_the_right_answers():
    assert HOTEL.accuracy(Porter(), days=2) == 1
    assert HOTEL.accuracy(Porter(by=-1), days=2) == 0


def test_an_examination_is_none_that_a_seed_for_training_draws():
    seen = []
    HOTEL.accuracy(lambda ids: (seen.append(ids), Porter()(ids))[1], days=3)
    for seed in range(100):
        drawn = HOTEL.questions(50, 3, fresh(seed))[0][:, :-1]
        assert not any(torch.equal(ids, drawn) for ids in seen)


def right_gates(channels=True):
    """A ledger with an address of its own for each place, that clears the rooms at night."""
    ledger = seeded(lambda: Ledger(HOTEL, HOTEL.places, channels=HOTEL.places if channels else 1), 0)
    with torch.no_grad():
        ledger.address.copy_(torch.eye(HOTEL.places))
        ledger.gates.fill_(50)
        ledger.gates[NIGHT, : HOTEL.rooms if channels else 1] = -50
    return ledger


def test_a_ledger_with_the_right_gates_is_always_right():
    events = HOTEL.stay(40, 6, fresh())
    assert torch.equal(right_gates().says(events), events.now)
    assert right_gates().accuracy(6) == (1, 1)
    assert ledger_loss(right_gates(), events) < 0.1


def test_a_ledger_s_examination_is_none_that_a_seed_for_training_draws(monkeypatch):
    ledger, seen = right_gates(), []
    monkeypatch.setattr(ledger, "says", lambda events: seen.append(events.now) or events.now)
    ledger.accuracy(3)
    for seed in range(100):
        drawn = HOTEL.stay(50, 3, fresh(seed)).now
        assert not any(torch.equal(now, drawn) for now in seen)


def test_one_gate_that_clears_the_rooms_evicts_the_flats_too():
    rooms, flats = right_gates(channels=False).accuracy(6)
    assert rooms == 1
    assert flats == 0


@pytest.mark.parametrize("kinds", [1, len(KINDS)])
@pytest.mark.parametrize("channels", [1, 4])
def test_a_ledgers_memory_is_the_gated_rule(kinds, channels):
    ledger = seeded(lambda: Ledger(HOTEL, 4, kinds, channels), 0)
    ledger.gates.data.normal_(generator=fresh())
    events = HOTEL.stay(3, 2, fresh())
    gates, memory = ledger.gates.sigmoid().expand(4, 4), torch.zeros(3, 4, HOTEL.guests, dtype=torch.float64)
    for t, kind in enumerate(events.kind):
        memory = gates[kind, :, None] * memory
        for row in range(3):
            if kind >= ROOM:
                memory[row, :, events.guest[row, t]] += ledger.address[events.place[row, t]]
    assert torch.allclose(ledger.memory(events), memory, atol=1e-12)


def test_a_ledger_learns_from_its_stays():
    ledger = seeded(lambda: Ledger(HOTEL, HOTEL.places), 0)
    losses = fit(ledger, HOTEL.stays(0, days=2), steps=30, lr=0.1, loss=ledger_loss)
    assert losses[-1] < 0.7 * losses[0]


@torch.no_grad()
def test_gates_begin_nearly_open_and_a_guest_counts_from_half_strength():
    ledger = seeded(lambda: Ledger(HOTEL, 16), 0)
    ledger.address.zero_()
    ledger.address[:8, :8] = torch.eye(8)
    empty = torch.full((1, 8), NOBODY)

    def told(strength, nights):
        """A guest is written with this strength, and so many idle hours pass."""
        kind = torch.tensor([ROOM] + [IDLE] * nights)
        place, guest = torch.tensor([[0] + [-1] * nights]), torch.tensor([[2] + [-1] * nights])
        ledger.address[0, 0] = strength**0.5
        return Events(kind, place, guest, empty)

    kept = ledger(told(1.0, 3))[0, 0, 2].item()
    assert kept == pytest.approx((1 / (1 + math.exp(-3))) ** 3, rel=1e-9)
    assert ledger.says(told(0.51, 0))[0, 0] == 2
    assert ledger.says(told(0.49, 0))[0, 0] == NOBODY


def test_the_loss_takes_nobody_for_a_guest_at_half_strength_and_ten_of_one_for_certain():
    ledger = seeded(lambda: Ledger(HOTEL, 16), 0)
    ledger.forward = lambda _: torch.tensor([[[1.0, 0.0, 0.0]]])
    events = Events(torch.tensor([NIGHT]), torch.tensor([[-1]]), torch.tensor([[-1]]), torch.tensor([[0]]))
    wanted = -math.log(math.exp(10) / (math.exp(10) + math.exp(5) + 2))
    assert ledger_loss(ledger, events).item() == pytest.approx(wanted, rel=1e-3)
