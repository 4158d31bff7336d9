"""The loop: its steps, its limits, and that nothing gets lost. The chats are replayed ones, or the real model."""

from __future__ import annotations

import json
import math
import threading
import time
from typing import Any

import pytest
from jielong.agents.chat.local import LocalChat
from jielong.agents.chat.messages import ChatError, Message, Reply, ToolCall
from jielong.agents.loop import Action, Agent, End, Goal, Limits, Observation, Run
from jielong.agents.tools.tool import Toolbox

from tests.agents.scripted import Script, asks, says
from tests.texts import ODD


def double(x: int) -> int:
    """Twice x."""
    return 2 * x


def fail() -> str:
    """Never works."""
    raise RuntimeError("the machine is on fire")


def sleep(seconds: float) -> str:
    """Sleeps."""
    time.sleep(seconds)
    return "awake"


TOOLS = Toolbox([double, fail, sleep])


def test_a_run_goes_from_goal_to_answer():
    chat = Script(asks("double", x=21), says("It is 42."))
    told = []
    run = Agent(chat, TOOLS).run("Twice 21?", tell=told.append)
    assert [step.kind for step in run.steps] == ["goal", "action", "observation", "action", "end"]
    assert told == run.steps
    assert run.steps[2] == Observation(text="42", answers="call_0")
    assert run.answer == "It is 42."
    assert run.tokens == 30
    roles = [message.role for message in chat.told[1][0]]
    assert roles == ["system", "user", "assistant", "tool"]
    assert chat.told[1][0][3] == Message(role="tool", content="42", answers="call_0")
    assert [tool.name for tool in chat.told[0][1]["tools"]] == ["double", "fail", "sleep"]
    assert "double(x=21)" in str(run)
    assert "42" in str(run)


def test_a_run_is_saved_and_loaded_whole():
    run = Agent(Script(asks("double", x=1), asks("fail"), says("Done.")), TOOLS).run("Go")
    again = Run.model_validate_json(run.model_dump_json())
    assert again == run
    assert str(again) == str(run)
    with pytest.raises(ValueError, match="kind"):
        Run.model_validate_json('{"steps": [{"kind": "wish", "text": "x"}]}')


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (asks("fail"), "RuntimeError: the machine is on fire"),
        (asks("halve", x=1), "there is no function 'halve'; there are ['double', 'fail', 'sleep']"),
        (asks("double", x="many"), "double was called wrongly: x: "),
        (asks("double"), "double was called wrongly: x: Field required"),
        (asks("double", x=1, y=2), "double was called wrongly: y: "),
    ],
)
def test_what_goes_wrong_in_a_tool_is_an_observation(reply, said):
    run = Agent(Script(reply, says("I see.")), TOOLS).run("Go")
    assert run.steps[2].failed
    assert run.steps[2].text.startswith(said)
    assert run.answer == "I see."


def test_steps_tokens_and_seconds_hold():
    forever = [asks("double", x=1) for _ in range(50)]
    run = Agent(Script(*forever), TOOLS, Limits(steps=3)).run("Go")
    assert run.steps[-1] == End(why="steps")
    assert sum(isinstance(step, Action) for step in run.steps) == 3
    chat = Script(*forever)
    run = Agent(chat, TOOLS, Limits(steps=50, tokens=40, reply=30)).run("Go")
    assert run.steps[-1] == End(why="tokens")
    assert run.tokens == 45
    assert [options["max_tokens"] for _, options in chat.told] == [30, 25, 10]
    start = time.monotonic()
    run = Agent(Script(asks("sleep", seconds=30)), TOOLS, Limits(seconds=0.2)).run("Go")
    assert time.monotonic() - start < 10
    assert run.steps[-1] == End(why="seconds")
    assert run.steps[-2] == Observation(text="not finished: seconds", answers="call_0", failed=True)


def test_it_can_be_interrupted_in_the_middle_of_a_tool_and_goes_on_later():
    agent = Agent(Script(asks("sleep", seconds=30), says("Good morning.")), TOOLS)
    started = threading.Event()

    def tell(step):
        if isinstance(step, Action):
            started.set()

    threading.Thread(target=lambda: (started.wait(), agent.interrupt())).start()
    start = time.monotonic()
    run = agent.run("Sleep", tell=tell)
    assert time.monotonic() - start < 10
    assert run.steps[-1] == End(why="interrupted")
    run = agent.go_on(Run.model_validate_json(run.model_dump_json()), [Goal(text="Never mind.")])
    assert run.answer == "Good morning."
    assert sum(isinstance(step, End) for step in run.steps) == 1
    assert [m.content for m in agent.chat.told[1][0]][1:] == ["Sleep", "", "not finished: interrupted", "Never mind."]


def test_a_model_that_fails_ends_the_run_and_loses_nothing():
    run = Agent(Script(asks("double", x=2), ChatError("no server")), TOOLS).run("Go")
    assert run.steps[-1] == End(why="model failed", text="ChatError: no server")
    assert run.steps[2].text == "4"
    assert run.answer is None


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_with_whatever_text_a_run_is_saved_read_back_and_goes_on(text, kept):
    """In the goal, in the arguments of a call, in what a tool returns or raises, in what the model says."""

    def give(text: str, numbers: list[float]) -> Any:
        """Gives it back."""
        return {text: [text, *numbers]}

    def refuse(text: str) -> str:
        """Raises."""
        raise RuntimeError(text)

    call = asks("give", text=text, numbers=[math.inf, 0.1])
    chat = Script(call, asks("refuse", text=text), says(text), says(text))
    agent = Agent(chat, Toolbox([give, refuse]), system=text)
    run = agent.run(text)
    assert run.steps[0] == Goal(text=kept)
    assert run.steps[1].call.arguments == {"text": kept, "numbers": [math.inf, 0.1]}
    assert run.steps[2].text == json.dumps({kept: [kept, math.inf, 0.1]}, ensure_ascii=False)
    assert run.steps[4].text == f"RuntimeError: {kept}"
    assert run.answer == kept
    again = Run.model_validate_json(run.model_dump_json().encode())
    assert again == run
    assert str(again).encode().decode() == str(run)
    assert agent.go_on(again, [Goal(text=text)]).answer == kept
    assert all(message.model_dump_json().encode() for message in chat.told[-1][0])


def test_several_calls_in_one_turn_are_counted_once():
    calls = tuple(ToolCall(id=f"call_{n}", name="double", arguments={"x": n}) for n in range(3))
    both = Reply(message=Message(role="assistant", calls=calls), read=10, written=9, ended="calls")
    run = Agent(Script(both, says("Done.", 0, 0)), TOOLS).run("Go")
    assert [step.text for step in run.steps if isinstance(step, Observation)] == ["0", "2", "4"]
    assert run.tokens == 19


def test_the_real_model_drives_the_loop(smollm2):
    run = Agent(LocalChat(*smollm2), TOOLS, Limits(steps=2, reply=24)).run("Say hello.")
    assert run.steps[0] == Goal(text="Say hello.")
    assert isinstance(run.steps[-1], End)
    assert run.tokens > 50
