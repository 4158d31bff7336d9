"""One word, one call: what the model behind is told and what comes back."""

from __future__ import annotations

from jielong.agents.chat.local import LocalChat
from jielong.agents.chat.messages import Choice, Message, Reply, ToolCall
from jielong.agents.loop import Agent, Goal, Limits, Run
from jielong.agents.tools.one_word import OneWord
from jielong.agents.tools.tool import Toolbox
from jielong.lessons.goal_look_act.clues import EXAMPLES, PLACES, Search, Village, call, shown

WORDS: dict[str, ToolCall | None] = {**{place: call(place) for place in PLACES}, "done": None}


class Says:
    """Says these words, and keeps what it was asked."""

    def __init__(self, *words):
        self.words, self.asked = list(words), []

    def reply(self, messages, **options):
        self.asked.append((list(messages), options))
        message = Message(role="assistant", content=self.words.pop(0))
        return Reply(message=message, read=3, written=1, ended="length")

    def replies(self, conversations, **options):
        return [self.reply(messages, **options) for messages in conversations]

    def stream(self, messages, **options):
        yield ""


def test_a_word_becomes_a_call_and_a_call_a_word():
    search = Search("key", ("church", "well"))
    village, model = Village(search), Says("church", "well", "done")
    run = Agent(OneWord(model, WORDS), Toolbox([village.look])).run(search.goal)
    assert village.seen == ["church", "well"] and run.answer == "done"
    messages, options = model.asked[2]
    assert [m.content for m in messages][1:] == [
        "Find the key. Begin at the church.",
        "church",
        "A note: go to the well.",
        "well",
        "Here is the key!",
    ]
    assert options["form"] == Choice(options=(*PLACES, "done")) and "tools" not in options


def test_many_conversations_are_answered_alike():
    actor = OneWord(Says("park", "done"), WORDS)
    first, last = actor.replies([[Message(role="user", content="Where?")]] * 2, max_tokens=1)
    assert first.message.calls == (call("park"),) and first.ended == "calls"
    assert last.message.content == "done" and not last.message.calls


def test_the_real_model_keeps_to_the_words(smollm2):
    village = Village(Search("hat", ("tower", "park")))
    agent = Agent(OneWord(LocalChat(*smollm2), WORDS), Toolbox([village.look]), Limits(steps=3, reply=1))
    run = agent.go_on(Run(steps=shown(EXAMPLES)), [Goal(text="Find the hat. Begin at the tower.")])
    assert village.seen and all(step.text in ("", "done") for step in run.steps if step.kind == "action")
