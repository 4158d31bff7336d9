"""One word, one call: what the model behind is told and what comes back."""

from __future__ import annotations

from jielong.agents.chat.local import LocalChat
from jielong.agents.chat.messages import Choice, Message, ToolCall
from jielong.agents.loop import Agent, Goal, Limits, Run
from jielong.agents.tools.one_word import OneWord
from jielong.agents.tools.tool import Toolbox
from jielong.lessons.goal_look_act.clues import EXAMPLES, PLACES, Search, Village, call, shown

from tests.agents.scripted import Script, says

WORDS: dict[str, ToolCall | None] = {**{place: call(place) for place in PLACES}, "done": None}


def test_a_word_becomes_a_call_and_a_call_a_word():
    search = Search("key", ("church", "well"))
    village, model = Village(search), Script(says("church"), says("well"), says("done"))
    run = Agent(OneWord(model, WORDS), Toolbox([village.look])).run(search.goal)
    assert village.seen == ["church", "well"]
    assert run.answer == "done"
    messages, options = model.told[2]
    assert [m.content for m in messages][1:] == [
        "Find the key. Begin at the church.",
        "church",
        "A note: go to the well.",
        "well",
        "Here is the key!",
    ]
    assert options["form"] == Choice(options=(*PLACES, "done"))
    assert "tools" not in options


def test_many_conversations_are_answered_alike():
    actor = OneWord(Script(says("park"), says("done")), WORDS)
    first, last = actor.replies([[Message(role="user", content="Where?")]] * 2, max_tokens=1)
    assert first.message.calls == (call("park"),)
    assert first.ended == "calls"
    assert last.message.content == "done"
    assert not last.message.calls


def test_the_real_model_keeps_to_the_words(smollm2):
    village = Village(Search("hat", ("tower", "park")))
    agent = Agent(OneWord(LocalChat(*smollm2), WORDS), Toolbox([village.look]), Limits(steps=3, reply=1))
    run = agent.go_on(Run(steps=shown(EXAMPLES)), [Goal(text="Find the hat. Begin at the tower.")])
    assert village.seen
    assert all(step.text in ("", "done") for step in run.steps if step.kind == "action")
