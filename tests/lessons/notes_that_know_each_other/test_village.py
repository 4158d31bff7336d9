"""Every question has one answer, which follows from what it needs and from no single record."""

import pytest
from jielong.lessons.notes_that_know_each_other.habits import WORDS, habits
from jielong.lessons.notes_that_know_each_other.village import PEOPLE, village


@pytest.mark.parametrize("seed", range(3))
def test_what_a_question_needs_leads_from_the_person_to_the_answer(seed):
    home = village(seed)
    assert len(home.triples) == len(set(home.triples)) == 48
    for question in [*home.two, *home.three]:
        at = question.needed[0].subject
        assert at in question.text
        assert at in PEOPLE
        for triple in question.needed:
            assert triple in home.triples
            assert triple.subject == at
            at = triple.object
        assert at == question.answer != question.trap
        assert not any(question.needed[0].subject in t.text and question.answer in t.text for t in home.triples)


@pytest.mark.parametrize("seed", range(3))
def test_habits_are_three_of_each_and_each_question_is_asked_once(seed):
    heard = habits(seed)
    assert len(heard) == 3 * len(PEOPLE) == len({habit.question for habit in heard})
    for habit in heard:
        assert habit.word in WORDS[habit.kind] == habit.words
        assert habit.text == f"{habit.stem} {habit.word}."
        assert habit.person in habit.question
