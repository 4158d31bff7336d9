"""Errands: the answer is the call's, and the question says all that the call needs."""

from __future__ import annotations

import pytest
from jielong.agents.chat.messages import Message, Reply, ToolCall
from jielong.lessons.borrowed_hands.manuals import DEEDS, THINGS, manuals
from jielong.lessons.borrowed_hands.warehouse import SHELVES, asked, carried_out, finds, sums, worked


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_sums_are_right_and_said_in_the_question(digits):
    for errand in sums(8, digits):
        a, b = errand.arguments["a"], errand.arguments["b"]
        assert len(str(a)) == len(str(b)) == digits
        assert str(a) in errand.question
        assert str(b) in errand.question
        assert int(errand.answer) == {"add": a + b, "multiply": a * b}[errand.name] == eval(errand.formula)
    assert [errand.name for errand in sums(3, digits)] == ["multiply", "add", "multiply"]
    assert sums(4, digits) == sums(6, digits)[:4]
    assert sums(4, digits, seed=1) != sums(4, digits)


def test_things_are_found_once_each():
    errands = finds(12)
    assert {errand.arguments["item"] for errand in errands} == set(SHELVES)
    assert all(e.answer == str(SHELVES[e.arguments["item"]]) and e.arguments["item"] in e.question for e in errands)


def test_only_the_exact_call_counts():
    errand = finds(1)[0]

    def reply(*calls):
        return Reply(message=Message(role="assistant", calls=calls), read=1, written=1, ended="calls")

    assert carried_out(reply(errand.call), errand)
    assert not carried_out(reply(), errand)
    assert not carried_out(reply(errand.call, errand.call), errand)
    assert not carried_out(reply(ToolCall(id="1", name="find", arguments={"item": "x"})), errand)


def test_examples_come_before_the_question():
    messages = asked(sums(1, 1)[0], worked())
    assert [m.role for m in messages] == ["user", "assistant"] * 4 + ["user"]
    assert messages[1].calls[0].name == "find"
    assert messages[3].calls[0].name == "multiply"


def test_a_thousand_manuals_no_two_alike():
    shelf = manuals()
    assert len(shelf) == len(DEEDS) * len(THINGS) == 1000
    for what in (lambda m: m.name, lambda m: m.text, lambda m: m.requests[0], lambda m: m.requests[1]):
        assert len({what(one) for one in shelf}) == 1000
    assert all(one.name.split("_")[1] in request for one in shelf for request in one.requests)
    assert not any(one.name.split("_")[0] in request.split() for one in shelf for request in one.requests)
    assert manuals() == shelf != manuals(1)
    assert shelf[0].tool.description == shelf[0].text
