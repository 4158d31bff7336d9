"""Errands: five different actions of the menu, one of them the person whom the goal names."""

from __future__ import annotations

from jielong.lessons.yesterday_helps import errands


def test_every_errand_follows_the_rule_of_its_kind():
    made = errands.errands(each=7, seed=0)
    assert len(made) == 28 == len({errand.goal for errand in made})
    for errand in made:
        rule = list(errands.RULES.values())[errand.kind].split()
        (person,) = set(errand.steps) & set(errands.PEOPLE)
        assert person in errand.goal
        assert errand.steps == tuple(person if step == "{}" else step for step in rule)
        assert len(set(errand.steps)) == 5
        assert set(errand.steps) <= set(errands.MENU)


def test_each_turn_has_every_kind_once():
    made = errands.errands(each=3, seed=4)
    for turn in range(3):
        assert sorted(errand.kind for errand in made[4 * turn : 4 * turn + 4]) == [0, 1, 2, 3]
