"""A hotel's week: who is where at the end is what a porter with a dictionary says."""

from __future__ import annotations

import torch
from jielong.lessons.erase_then_write.hotel import week


def porter(keys, values, night):
    """Today's guests of each room, in order, event by event."""
    today = {}
    for key, value, leaves in zip(keys.tolist(), values.tolist(), night.tolist(), strict=True):
        if leaves:
            today = {}
        else:
            today.setdefault(key.index(1), []).append(value.index(1))
    return today


def test_how_often_a_room_was_let_and_to_whom_last_is_what_the_porter_says():
    some = week(count=20, days=3, lets=6, rooms=5, generator=torch.Generator().manual_seed(0))
    for keys, values, times, last in zip(some.keys[:, 0], some.values[:, 0], some.times, some.last, strict=True):
        today = porter(keys, values, some.night)
        assert times.tolist() == [len(today.get(room, [])) for room in range(5)]
        for room, guests in today.items():
            assert last[room] == guests[-1]


def test_each_day_begins_with_a_night_at_which_nothing_is_written():
    some = week(count=2, days=3, lets=4, rooms=5, generator=torch.Generator().manual_seed(0))
    assert some.night.nonzero().flatten().tolist() == [0, 5, 10]
    assert some.keys[:, :, some.night].abs().sum() == 0
    assert some.values[:, :, some.night].abs().sum() == 0
