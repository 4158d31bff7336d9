"""Every public function that takes a number, a shape or a text keeps its promises for any input; see `odd`.

Each room has a table of its functions: what they are given, and what must hold of what they return.
"""

from __future__ import annotations

import pytest
import torch

from tests.properties import (
    adaptation,
    agents,
    core,
    interpretability,
    lessons,
    mixers,
    pretrained,
    programs,
    teaching,
    toys,
)
from tests.properties.odd import hold, shared, small
from tests.properties.registry import forgotten, rooms

ROOMS = {
    "core": core,
    "toys": toys,
    "teaching": teaching,
    "agents": agents,
    "mixers": mixers,
    "adaptation": adaptation,
    "interpretability": interpretability,
    "lessons": lessons,
    "pretrained": pretrained,
    "programs": programs,
}
ROWS = {name: row for room in ROOMS.values() for name, row in room.TABLE.items()}


@pytest.mark.filterwarnings("ignore:Glyph")  # matplotlib's font lacks some of the odd letters
@pytest.mark.parametrize("name", ROWS)
def test_finite_numbers_or_words_that_name_the_argument(name, unchecked):
    hold(name, ROWS[name])


@pytest.mark.parametrize("room", ROOMS)
def test_no_function_is_forgotten(room):
    assert forgotten(room, ROOMS[room].TABLE, ROOMS[room].REASONS) == {}


def test_every_room_has_a_table():
    assert set(ROOMS) == rooms()


def test_the_model_that_all_share_is_as_it_was():
    before, after = small().state_dict(), shared().state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(weight, before[name]) for name, weight in after.items())
