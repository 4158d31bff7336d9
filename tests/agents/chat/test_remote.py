"""The OpenAI client against a real server on this machine; and chats that are replayed from a file."""

from __future__ import annotations

import json
import socket

import pytest
from jielong.agents.chat.local import LocalChat
from jielong.agents.chat.messages import ChatError, Choice, Message, Pattern, Schema
from jielong.agents.chat.recorded import Recorded, Recorder
from jielong.agents.chat.remote import RemoteChat
from jielong.agents.loop import Agent, Limits
from jielong.agents.tools.tool import Toolbox

from tests.agents.chat.server import completion, serving
from tests.agents.scripted import Script, says
from tests.texts import ODD

ASK = [Message(role="user", content="What is the capital of France?")]
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def said(text: str) -> dict:
    return completion({"role": "assistant", "content": text}, USAGE)


def population(city: str) -> int:
    """How many people live in a city."""
    return {"Paris": 2_100_000}[city]


@pytest.fixture(scope="module")
def here(smollm2):
    chat = LocalChat(*smollm2)
    with serving(chat) as (address, _):
        yield chat, RemoteChat("smollm2", address, timeout=60)


def test_the_same_words_come_through_the_server(here):
    chat, remote = here
    assert remote.reply(ASK, max_tokens=12) == chat.reply(ASK, max_tokens=12)
    assert "".join(remote.stream(ASK, max_tokens=12)) == "".join(chat.stream(ASK, max_tokens=12))


def test_many_conversations_at_once(here):
    chat, remote = here
    asked = [[Message(role="user", content=f"Name a {thing}.")] for thing in ("bird", "river", "fruit")]
    said = [reply.message for reply in remote.replies(asked, max_tokens=6)]
    assert said == [chat.reply(messages, max_tokens=6).message for messages in asked]
    assert len({message.content for message in said}) == 3


def test_forms_and_calls_come_through_the_server(here):
    _, remote = here
    assert remote.reply(ASK, form=Choice(options=("yes", "no"))).message.content in {"yes", "no"}
    assert len(remote.reply(ASK, form=Pattern(regex=r"[0-9]{3}")).message.content) == 3
    schema = {"type": "object", "properties": {"sure": {"type": "boolean"}}, "required": ["sure"]}
    assert "sure" in remote.reply(ASK, form=Schema(json_schema=schema)).message.content
    tools = Toolbox([population]).tools
    (call,) = remote.reply(
        [Message(role="user", content="How many live in Paris?")], tools=tools, must_call=True
    ).message.calls
    assert call.name == "population"
    assert set(call.arguments) == {"city"}


def test_one_agent_runs_in_process_and_through_the_server(here):
    runs = [Agent(chat, Toolbox([population]), Limits(steps=2, reply=16)).run("Say hello.") for chat in here]
    assert runs[0] == runs[1]


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_what_was_recorded_is_said_again_whatever_text_it_is(tmp_path, text, kept):
    path, asked = tmp_path / "talk.jsonl", [Message(role="user", content=text)]
    recorder, form = Recorder(Script(says(text), says("other")), path), Choice(options=(text, "other"))
    assert [recorder.reply(asked, form=form).message.content, recorder.reply(ASK).message.content] == [kept, "other"]
    assert path.read_bytes().count(b"\n") == 2
    again = Recorded(path)
    assert again.reply(asked, form=form).message.content == kept
    assert again.reply(ASK).message.content == "other"


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_whatever_text_a_server_says_can_be_saved(text, kept):
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": json.dumps({"x": text})}}
    message = {"role": "assistant", "content": text, "tool_calls": [call]}
    with serving(moods=[completion(message, USAGE)]) as (address, _):
        reply = RemoteChat("m", address, retries=0).reply([Message(role="user", content=text)])
    assert (reply.message.content, reply.message.calls[0].arguments) == (kept, {"x": kept})
    assert type(reply).model_validate_json(reply.model_dump_json()) == reply


@pytest.mark.parametrize(("text", "kept"), ODD.values(), ids=ODD)
def test_a_stream_whose_pieces_are_halves_is_whole(text, kept):
    class Halves:
        def stream(self, messages, **options):
            yield from text

    with serving(Halves()) as (address, _):
        pieces = list(RemoteChat("m", address, retries=0).stream(ASK))
    assert "".join(pieces) == kept
    assert "" not in pieces


def test_an_overloaded_server_is_asked_again():
    with serving(moods=["overloaded", said("here")]) as (address, bodies):
        assert RemoteChat("m", address, retries=2).reply(ASK).message.content == "here"
    assert len(bodies) == 2


@pytest.mark.parametrize(
    "bad",
    [
        b"<html>",
        b"{}",
        said("no JSON"),
        said('{"reply": "perhaps"}'),
        completion(
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{broken"}}],
            },
            USAGE,
        ),
    ],
)
def test_a_malformed_reply_is_asked_for_again_and_then_an_error(bad):
    with serving(moods=[bad, said('{"reply": "yes"}')]) as (address, _):
        remote = RemoteChat("m", address, retries=1)
        assert remote.reply(ASK, form=Choice(options=("yes", "no"))).message.content == "yes"
    with serving(moods=[bad] * 4) as (address, bodies):
        with pytest.raises(ChatError, match="127.0.0.1"):
            RemoteChat("m", address, retries=1).reply(ASK, form=Choice(options=("yes", "no")))
        assert len(bodies) == 2


def test_slow_absent_and_refusing_servers_are_errors_in_time():
    with serving(moods=["slow", "slow"]) as (address, _), pytest.raises(ChatError, match="did not reply within 0.2"):
        RemoteChat("m", address, timeout=0.2, retries=0).reply(ASK)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(ChatError, match="127.0.0.1"):
        RemoteChat("m", address, retries=0).reply(ASK)
    with serving(moods=["overloaded"] * 2) as (address, _), pytest.raises(ChatError, match="try later"):
        RemoteChat("m", address, retries=0).reply(ASK)


def test_a_recorded_chat_says_it_again_and_nothing_new(tmp_path):
    path = tmp_path / "talk.jsonl"
    with serving(moods=[said("Paris."), said('{"reply": "yes"}')]) as (address, _):
        recorder = Recorder(RemoteChat("m", address), path)
        first = recorder.reply(ASK, max_tokens=9)
        second = recorder.reply(ASK, form=Choice(options=("yes", "no")))
    recorded = Recorded(path)
    assert recorded.reply(ASK, max_tokens=9) == first
    assert recorded.reply(ASK, form=Choice(options=("yes", "no"))) == second
    assert list(recorded.stream(ASK, max_tokens=9)) == ["Paris."]
    assert recorded.replies([ASK, ASK], max_tokens=9) == [first, first]
    for other in ({"max_tokens": 8}, {"max_tokens": 9, "temperature": 1.0}, {"form": Choice(options=("yes", "maybe"))}):
        with pytest.raises(ChatError, match="no reply to this request, which ends 'What is the capital"):
            recorded.reply(ASK, **other)
    path.write_text(path.read_text()[:-30])
    with pytest.raises(ChatError, match="talk.jsonl, line 2, is no recorded reply"):
        Recorded(path)
