"""Chores and later tasks: their tests tell right from wrong, and the answers are those of plain Python."""

from __future__ import annotations

from jielong.lessons.making_its_own_tools.chores import CHORES, EXAMPLES, later


def test_tests_tell_the_chores_apart():
    for chore in CHORES:
        rivals = [other for other in CHORES if other.inputs is chore.inputs and other is not chore]
        assert all(other.tests != chore.tests for other in rivals)
        assert len(chore.tests) == 2
    assert len({chore.name for chore in CHORES} | {name for name, _, _ in EXAMPLES}) == len(CHORES) + len(EXAMPLES)


def test_later_tasks_are_different_and_answered():
    tasks = later(24)
    assert len({tuple(task.wants) for task in tasks}) == 24
    assert tasks == later(24)
    assert len(later(28)) == 28
    size = next(task for task in later(28) if [s.name for s in task.steps] == ["size", "double"])
    assert size.answers == ["6", "4"]
    shout = next(task for task in later(28) if [s.name for s in task.steps] == ["shout", "first"])
    assert shout.answers == ["'T'", "'A'"]
