"""What is said to a chat model before it is asked."""

from __future__ import annotations

from jielong.agents.chat.messages import Message, ToolCall, few_shot

CALL = ToolCall(id="1", name="find", arguments={"item": "ropes"})


def test_worked_examples_are_turns_of_a_user_and_an_assistant():
    assert few_shot([("1 + 1?", "2"), ("1 + 2?", "3")], "2 + 2?", system="Say the sum.") == [
        Message(role="system", content="Say the sum."),
        Message(role="user", content="1 + 1?"),
        Message(role="assistant", content="2"),
        Message(role="user", content="1 + 2?"),
        Message(role="assistant", content="3"),
        Message(role="user", content="2 + 2?"),
    ]


def test_a_turn_may_be_a_call_and_what_came_of_it_is_said_after_it():
    assert few_shot([], "Where are the ropes?", CALL, "On shelf 7.") == [
        Message(role="user", content="Where are the ropes?"),
        Message(role="assistant", calls=(CALL,)),
        Message(role="user", content="On shelf 7."),
    ]
