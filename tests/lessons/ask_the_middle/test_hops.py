"""Two steps: both halves fit together."""

from __future__ import annotations

from jielong.lessons.ask_the_middle.hops import PLACES, hops


def test_each_place_is_asked_for_in_two_forms():
    made = hops()
    assert len(made) == 2 * len(PLACES)
    first = made[0]
    assert first.question == "\nThe capital of the country of the Eiffel Tower is"
    assert first.answer == "Paris"
    assert (first.first, first.between) == ("\nThe Eiffel Tower is in the country of", "France")
    assert first.second == "\nThe capital of France is"
