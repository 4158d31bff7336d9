"""Tools of another program: a good server, and servers that die, hang, or talk nonsense."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest
from jielong.agents.chat.messages import ToolCall
from jielong.agents.tools import mcp
from jielong.agents.tools.mcp import Served, ServerError
from jielong.agents.tools.tool import Toolbox
from jielong.lessons.borrowed_hands.warehouse import SHELVES, THINGS

OURS = [sys.executable, "-m", "jielong.lessons.borrowed_hands.server"]
TEMPER = """
import os, sys, time
from mcp.server import MCPServer
server = MCPServer("temper")

@server.tool()
def die() -> int:
    "Dies."
    print("I cannot go on", file=sys.stderr, flush=True)
    os._exit(3)

@server.tool()
def sleep(seconds: float) -> str:
    "Sleeps."
    time.sleep(seconds)
    return "awake"

@server.tool()
def fail() -> str:
    "Fails."
    raise KeyError("lost")

@server.tool()
def talk() -> str:
    "Says a lot."
    return "x" * 5000

server.run()
"""


def call(tools, name, **arguments):
    return tools.call(ToolCall(id="1", name=name, arguments=arguments))


@pytest.fixture(scope="module")
def ours():
    with Served(OURS) as tools:
        yield tools


def test_the_tools_come_with_closed_schemas(ours):
    assert isinstance(ours, Toolbox)
    assert [tool.name for tool in ours.tools] == ["add", "multiply", "find"]
    add, _, find = (tool.parameters for tool in ours.tools)
    assert add == {
        "additionalProperties": False,
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    }
    assert find["properties"]["item"]["enum"] == list(THINGS)


def test_calls_are_answered(ours):
    assert call(ours, "multiply", a=864, b=868) == ("749952", False)
    assert call(ours, "find", item="lamps") == (str(SHELVES["lamps"]), False)


def test_wrong_calls_are_observations(ours):
    text, failed = call(ours, "find", item="elephants")
    assert failed
    assert "candles" in text
    assert call(ours, "divide", a=1, b=2) == (
        "there is no function 'divide'; there are ['add', 'find', 'multiply']",
        True,
    )
    assert call(ours, "add", a=1)[1]
    assert call(ours, "add", a=2, b=2) == ("4", False)  # and it goes on


def test_it_works_where_an_event_loop_runs_already():
    async def notebook():
        with Served(OURS) as tools:
            return call(tools, "add", a=1, b=2)

    assert asyncio.run(notebook()) == ("3", False)


def test_a_server_that_dies_is_an_observation():
    with Served([sys.executable, "-c", TEMPER], seconds=5) as tools:
        text, failed = call(tools, "die")
        assert failed
        assert "I cannot go on" in text
        assert call(tools, "talk")[1]  # it stays dead, and says so


def test_slow_and_failing_tools():
    with Served([sys.executable, "-c", TEMPER], seconds=1) as tools:
        text, failed = call(tools, "fail")
        assert failed
        assert "fail" in text
        text, failed = call(tools, "talk")
        assert not failed
        assert "3000 characters more" in text
        start = time.monotonic()
        assert call(tools, "sleep", seconds=30)[1]
        assert time.monotonic() - start < 7


NO_SERVERS = {
    "not there": (["/nonexistent-program"], "nonexistent"),
    "gives up": ([sys.executable, "-c", "raise SystemExit('I am tired')"], "I am tired"),
    "talks nonsense": ([sys.executable, "-c", "while True: print('nonsense, ' * 9, flush=True); input()"], "Error"),
    "is silent": ([sys.executable, "-c", "import time; time.sleep(60)"], "Error"),
}


@pytest.mark.parametrize("name", NO_SERVERS)
def test_what_is_no_server_is_a_clear_error(name, monkeypatch):
    monkeypatch.setattr(mcp, "START", 2.0)
    command, words = NO_SERVERS[name]
    start = time.monotonic()
    with pytest.raises(ServerError, match=words), Served(command, seconds=1):
        pass
    assert time.monotonic() - start < 15


def test_no_process_stays_behind():
    with Served(OURS) as tools:
        thread = tools.thread
    assert not thread.is_alive()
    assert tools.loop.is_closed()
    text, failed = call(tools, "add", a=1, b=1)
    assert (text, failed) == ("add: the server was closed", True)
