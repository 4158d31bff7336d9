"""Six desks: every letter once, the first day complete."""

from __future__ import annotations

import pytest
from jielong.lessons.yesterday_helps import desks


def test_the_first_day_has_one_letter_for_each_desk_and_none_comes_again():
    first, rest = desks.letters(each=4, seed=1)
    assert sorted(letter.desk for letter in first) == sorted(desks.DESKS)
    assert len({letter.text for letter in first + rest}) == 6 + 24
    assert all(letter.text in desks.MESSAGES[letter.desk] for letter in first + rest)
    assert {desk: sum(letter.desk == desk for letter in rest) for desk in desks.DESKS} == dict.fromkeys(desks.DESKS, 4)


def test_seeds_decide_and_there_are_no_more_than_seven():
    assert desks.letters(4, 0) == desks.letters(4, 0) != desks.letters(4, 1)
    with pytest.raises(ValueError):
        desks.letters(8, 0)
