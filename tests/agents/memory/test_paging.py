"""What the model says of a question is forced into its form, and comes from what the call has brought."""

import re

import pytest
from jielong.agents.chat.local import LocalChat
from jielong.agents.memory.paging import QUERY, answer
from jielong.lessons.notes_that_know_each_other.habits import habits


@pytest.fixture(scope="module")
def chat(smollm2):
    return LocalChat(*smollm2)


def test_the_model_writes_its_own_query_and_sees_what_it_finds(chat):
    habit, other = habits(1)[0], habits(1)[1]
    asked = []

    def find(query):
        asked.append(query)
        return [habit.text, other.text]

    turn = answer(chat, habit.question, find, habit.stem, habit.words)
    assert asked == [turn.query]
    assert re.fullmatch(QUERY.regex, f"search({turn.query})")
    assert turn.query != habit.question
    assert turn.shown == [habit.text, other.text]
    assert f"{turn.said}." == habit.text


def test_without_a_call_the_query_is_the_question(chat):
    habit = habits(1)[0]
    turn = answer(chat, habit.question, lambda query: [], habit.stem, habit.words, call=False)
    assert turn.query == habit.question.rstrip("?")
    assert turn.said in [f"{habit.stem} {word}" for word in habit.words]
