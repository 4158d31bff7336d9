"""Tools that live in another program, over the Model Context Protocol (https://modelcontextprotocol.io).

    with Served([sys.executable, "-m", "jielong.lessons.borrowed_hands.server"]) as tools:
        tools.tools                        what the server offers, with JSON schemas
        tools.call(ToolCall(...))          its answer, as text

To an agent it is a `Toolbox` like any other. The conversation with the server is asynchronous and runs in a thread with
an event loop of its own, so that it can be used from plain code as well as from a notebook, where a loop runs already.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TextIO

from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import TextContent

from jielong.agents.chat.messages import Tool, ToolCall
from jielong.agents.tools.tool import Toolbox, shortened

START = 30.0
"""Seconds that a server may take to start and to say what it offers."""


class ServerError(Exception):
    """The server cannot be started, is gone, is too slow, or does not speak the protocol."""


class Served(Toolbox):
    """The tools of a server that runs as a process of its own, for as long as the ``with`` block is open (or from
    `start` to `close`).

    command: the program and its arguments. seconds: how long a call may take; a call that takes longer fails, and the
    server goes on. Raises ServerError when the server does not start.
    """

    def __init__(self, command: Sequence[str], *, seconds: float = 10.0):
        super().__init__()
        self.command, self.seconds = StdioServerParameters(command=command[0], args=list(command[1:])), seconds
        self.loop = asyncio.new_event_loop()
        self.opened: Future[Client] = Future()

    def start(self) -> Served:
        """Start the server and ask what it offers; what a ``with`` block does first. Afterwards, `close`."""
        self.log: TextIO = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.task = self.loop.create_task(self.converse())
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()
        try:
            self.client = self.opened.result(START + 1)
        except Exception as error:
            words = self.why(error)
            self.close()
            raise ServerError(f"{' '.join(self.command.args[-2:]) or self.command.command}: {words}") from error
        return self

    def __enter__(self) -> Served:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """The server's input ends, and with it the server; if it stays, it is killed."""
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self.loop.call_soon_threadsafe(self.task.cancel)
        self.thread.join()
        self.loop.close()
        self.log.close()

    def live(self) -> None:
        """What the thread does."""
        with contextlib.suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self.task)

    async def converse(self) -> None:
        """From the server's start to its end, in one task, as the library wants it."""
        try:
            transport = stdio_client(self.command, errlog=self.log)
            async with Client(transport, read_timeout_seconds=self.seconds) as client:
                self.tools = await asyncio.wait_for(offered(client), START)
                self.opened.set_result(client)
                await asyncio.Event().wait()  # until the task is cancelled
        except Exception as error:
            if not self.opened.done():
                self.opened.set_exception(error)

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """What the tool says, and False; or what went wrong, and True. Never raises."""
        if self.loop.is_closed():
            return f"{call.name}: the server was closed", True
        if call.name not in {tool.name for tool in self.tools}:
            return f"there is no function {call.name!r}; there are {sorted(tool.name for tool in self.tools)}", True
        try:
            asked = self.client.call_tool(call.name, call.arguments, read_timeout_seconds=self.seconds)
            result = asyncio.run_coroutine_threadsafe(asked, self.loop).result(self.seconds + 5)
        except Exception as error:  # noqa: BLE001 - whatever a server does is something to observe
            return shortened(f"{call.name}: {self.why(error)}"), True
        text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        return shortened(text), bool(result.is_error)

    def why(self, error: BaseException) -> str:
        """The reason in words, with the last thing that the server said on its way out."""
        if isinstance(error, ExceptionGroup):
            return self.why(error.exceptions[0])
        self.log.seek(0)
        last = self.log.read().strip().split("\n")[-1]
        words = f"{type(error).__name__}: {error}".rstrip(": ")
        return f"{words} (the server's last words: {last})" if last else words


async def offered(client: Client) -> list[Tool]:
    """All tools, page by page. Raises ValidationError for one whose name is none."""
    tools, cursor = [], None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools += [
            Tool(name=t.name, description=t.description or "", parameters=closed(t.input_schema)) for t in page.tools
        ]
        if not page.next_cursor:
            return tools
        cursor = page.next_cursor


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """A server's schema of a tool's arguments, with the silent rule made plain that there are no others.

    A grammar takes a schema at its word, and one that says nothing lets a model invent arguments. The titles, which say
    again what the names say, are left out: each word of a manual is read with every question.
    """
    named = {
        name: {k: v for k, v in what.items() if k != "title"} for name, what in schema.get("properties", {}).items()
    }
    rest = {key: value for key, value in schema.items() if key not in ("title", "properties")}
    return {"additionalProperties": False, **rest, "properties": named}
