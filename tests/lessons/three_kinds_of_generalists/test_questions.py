"""The judge of replies, on replies that a person would judge the same."""

import pytest
from jielong.lessons.three_kinds_of_generalists.questions import QUESTIONS, takes_up


@pytest.mark.parametrize(
    "reply,verdict",
    [
        ("The capital of France is Paris.", True),
        ("The capital of France is Rome.", True),
        ("I'm looking for a job in Paris. Can you help me?", False),
        ("What is the capital of France?", False),
        ("A:", False),
        ("", False),
        ("\n\nFrance has a capital.\nWhat else?", True),
        ("Paris", False),
        ("The answer is: 2", False),
    ],
)
def test_a_reply_takes_the_question_up(reply, verdict):
    assert takes_up(QUESTIONS[0], reply) is verdict


def test_every_question_has_a_word_of_its_own():
    for question in QUESTIONS:
        assert takes_up(question, question.removesuffix("?") + " indeed.")
