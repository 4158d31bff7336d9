"""Every exercise of the book: its solution passes, and each wrong answer gets the hint that is meant for it."""

import re

import pytest
from jielong.teaching.exercises import all_exercises, grade
from lessons import code_cells, lessons, read, tags

EXERCISES = {task.name: task for task in all_exercises()}
CALL = re.compile(r"""\bexercises\.(check|solution)\(\s*["']([^"']+)["']""")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_solution_passes(name):
    result = grade(name, EXERCISES[name].answer)
    assert result.right, result.words.en


@pytest.mark.parametrize("name", EXERCISES)
def test_plausible_wrong_answers_get_their_hint(name):
    wrong = EXERCISES[name].wrong
    assert len(wrong) >= 2
    assert [grade(name, answer).key for answer, _ in wrong] == [key for _, key in wrong]


@pytest.mark.parametrize("name", EXERCISES)
def test_hints_are_distinct_and_each_is_proven_by_a_wrong_answer(name):
    task = EXERCISES[name]
    assert len({hint.en for hint in task.hints.values()}) == len({hint.zh for hint in task.hints.values()})
    assert len({hint.en for hint in task.hints.values()}) == len(task.hints) >= 2
    assert set(task.hints) == {key for _, key in task.wrong} - {"error", "not-callable"}


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_a_lesson_offers_its_own_exercises_and_shows_their_solutions(path):
    calls = [(cell, kind, name) for cell in code_cells(read(path)) for kind, name in CALL.findall(cell.source)]
    own = {name for name in EXERCISES if name.startswith(f"{path.stem}/")}
    assert {name for _, kind, name in calls if kind == "check"} == own
    assert {name for _, kind, name in calls if kind == "solution"} == own
    assert 2 <= len(own) <= 4
    for cell, kind, _ in calls:
        assert kind == "check" or {"hide-cell", "solution"} <= set(tags(cell))
