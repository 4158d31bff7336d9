"""Experience: which outcomes are kept and recalled, and lives that never see each other's past."""

from __future__ import annotations

import random

import torch
from jielong.agents.memory.experience import Habit, Outcome, live, neighbour, shown
from jielong.pretrained import load_smollm2

STREAM = [("My cat is ill.", "silver"), ("The rent is late.", "green"), ("My cat is sick.", "silver")]
POINTS = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6]])


def outcome(place: int, right: bool = True) -> Outcome:
    text, desk = STREAM[place]
    return Outcome(text, desk, right, place)


def recalled(habit: Habit, place: int = 2) -> list[int]:
    return [o.place for o in habit.recall(place, POINTS, random.Random(0))]


def test_a_habit_keeps_only_its_own_kind():
    kept = {}
    for keep in ("right", "wrong", "all"):
        habit = Habit(keep=keep)
        habit.write(outcome(0, right=True))
        habit.write(outcome(1, right=False))
        kept[keep] = [o.place for o in habit.past]
    assert kept == {"right": [0], "wrong": [1], "all": [0, 1]}


def test_the_nearest_and_the_newest_stand_last():
    past = [outcome(0), outcome(1)]
    assert recalled(Habit("nearest", 2, past=past)) == [1, 0]
    assert recalled(Habit("nearest", 1, past=past)) == [0]
    assert recalled(Habit("newest", 1, past=past)) == [1]
    assert recalled(Habit("nothing", past=past)) == recalled(Habit("nearest")) == []
    assert sorted(recalled(Habit("random", 2, past=past))) == [0, 1]


def test_mixed_outcomes_keep_their_texts():
    past = [outcome(0), outcome(1)]
    some = Habit("nearest", 2, mixed=True, past=past).recall(2, POINTS, random.Random(1))
    assert [o.text for o in some] == [STREAM[1][0], STREAM[0][0]]
    assert {o.answer for o in some} <= {"silver", "green"}


def test_a_failure_is_shown_as_what_it_is_not():
    assert shown([outcome(0), outcome(1, right=False)], "Hm?") == (
        "\nMy cat is ill. -> silver\nThe rent is late. -> not green\nHm? ->"
    )


def test_lives_run_side_by_side_and_each_has_its_own_past():
    habits = {"one": Habit(past=[outcome(0)]), "two": Habit("nothing")}
    lives = live(*load_smollm2(), ["silver", "green"], STREAM, POINTS, habits, start=2)
    (one,), (two,) = lives["one"], lives["two"]
    assert one.prompt == shown([outcome(0)], STREAM[2][0])
    assert two.prompt == shown([], STREAM[2][0])
    assert one.answer == "silver"
    assert one.right
    assert habits["one"].past == [outcome(0), one]
    assert habits["two"].past == ([two] if two.right else [])


def test_a_neighbour_learns_only_from_what_was_right():
    points = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.9, 0.1], [0.1, 0.9], [0.5, 0.6]])
    stream = [("a", "x"), ("b", "y"), ("c", "x"), ("d", "z"), ("e", "z")]
    assert neighbour(stream, points, start=2) == [True, False, False]


def test_with_nothing_said_three_outcomes_are_shown():
    past = [Outcome(f"letter {n}", "silver", True, n) for n in range(9)]
    points = torch.eye(10)
    for read in ("newest", "random", "nearest"):
        assert len(Habit(read, past=past).recall(9, points, random.Random(0))) == 3
