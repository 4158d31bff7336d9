"""The search by clues: notes lead to the thing, and mute villages tell nothing."""

from __future__ import annotations

from jielong.lessons.goal_look_act.clues import EXAMPLES, PLACES, Search, Village, searches, shown


def test_the_notes_lead_to_the_thing():
    for search in searches(20, seed=3):
        village, place = Village(search), search.path[0]
        for _ in range(len(search.path) - 1):
            place = village.look(place).removeprefix("A note: go to the ").rstrip(".")
        assert village.look(place) == f"Here is the {search.thing}!"
        assert place == search.path[-1]
        assert set(search.path) <= set(PLACES)
        assert len(set(search.path)) == len(search.path)
        assert search.path[0] in search.goal
        assert search.path[-1] not in search.goal


def test_a_mute_village_tells_nothing():
    village = Village(Search("key", ("park", "well")), mute=True)
    assert {village.look(place) for place in PLACES} == {"You have looked."}
    assert village.seen == list(PLACES)
    assert Village(Search("key", ("park", "well"))).look("bank") == "Nothing here."


def test_searches_come_out_the_same_and_are_different():
    assert searches(10, seed=0) == searches(10, seed=0) != searches(10, seed=1)
    assert {len(search.path) for search in searches(10, seed=0)} == {2, 3}


def test_examples_are_whole_runs():
    steps = shown(EXAMPLES, last="{}")
    assert [step.kind for step in steps[:8]] == ["goal"] + ["action", "observation"] * 3 + ["action"]
    assert steps[7].text == "The coin is at the school."
    assert shown(EXAMPLES)[7].text == "done"
