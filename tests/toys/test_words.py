"""Word pairs."""

from __future__ import annotations

import pytest
from jielong.toys.words import paired


def test_a_word_goes_with_the_one_after_it_line_after_line():
    assert list(paired("\nwalk walked sing\nsang\n").items()) == [("walk", "walked"), ("sing", "sang")]


def test_a_word_left_over_is_an_error():
    with pytest.raises(ValueError):
        paired("walk walked sing")
