"""The agent: a goal, and then observation, action, observation, action, until it is done or a limit is reached.

    run = Agent(chat, tools).run("How warm is it in Paris?")
    print(run)                    every step in words
    run.model_dump_json()         and as JSON; Run.model_validate_json reads it

Language models act by writing: a step's action is a call of a tool, and what the tool returns is the next observation
(Yao et al. 2022, "ReAct", arXiv 2210.03629). A tool that fails is an observation, too.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from jielong.agents.chat.messages import ChatModel, Message, ToolCall
from jielong.agents.tools.tool import Toolbox
from jielong.agents.typed import Typed

POLL = 0.01
"""Seconds between two looks whether the time is over."""
SYSTEM = "You reach goals by calling functions. When the goal is reached, say the answer in plain words."


class Limits(Typed):
    """What a run may use. steps: turns of the model. tokens: read and written together; no turn begins beyond them, and
    a reply is cut at what is left. reply: tokens of one reply. seconds: by the clock, in the middle of anything."""

    steps: int = 10
    tokens: int = 20_000
    seconds: float = 120.0
    reply: int = 128


class Goal(Typed):
    kind: Literal["goal"] = "goal"
    text: str


class Action(Typed):
    """What the model did: it called a tool, or said something. read, written: tokens."""

    kind: Literal["action"] = "action"
    text: str = ""
    call: ToolCall | None = None
    read: int
    written: int


class Observation(Typed):
    """What came of it. failed: the tool raised an error, whose text this is."""

    kind: Literal["observation"] = "observation"
    text: str
    answers: str
    failed: bool = False


class End(Typed):
    """Why the run is over: it answered, a limit was reached, somebody interrupted it, or the chat model failed."""

    kind: Literal["end"] = "end"
    why: Literal["answered", "steps", "tokens", "seconds", "interrupted", "model failed"]
    text: str = ""


Step = Goal | Action | Observation | End
Tell = Callable[[Step], None]


class Run(BaseModel):
    """A run as a list of steps, from the goal to the end."""

    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="constants")
    steps: list[Step]

    @property
    def answer(self) -> str | None:
        """What the agent said at last, if it answered."""
        end = self.steps[-1]
        return end.text if isinstance(end, End) and end.why == "answered" else None

    @property
    def tokens(self) -> int:
        return sum(step.read + step.written for step in self.steps if isinstance(step, Action))

    def messages(self, system: str = SYSTEM) -> list[Message]:
        """The run so far, as the model is told it."""
        said = [Message(role="system", content=system)]
        for step in self.steps:
            if isinstance(step, Goal):
                said.append(Message(role="user", content=step.text))
            elif isinstance(step, Action):
                calls = () if step.call is None else (step.call,)
                said.append(Message(role="assistant", content=step.text, calls=calls))
            elif isinstance(step, Observation):
                said.append(Message(role="tool", content=step.text, answers=step.answers))
        return said

    def __str__(self) -> str:
        return "\n".join(f"{number:2}  {in_words(step)}" for number, step in enumerate(self.steps))


def in_words(step: Step) -> str:
    if isinstance(step, Action) and step.call is not None:
        arguments = ", ".join(f"{name}={value!r}" for name, value in step.call.arguments.items())
        return f"action       {step.call.name}({arguments})"
    if isinstance(step, Observation) and step.failed:
        return f"observation  failed: {step.text}"
    if isinstance(step, End):
        return f"end          {step.why}{': ' if step.text else ''}{step.text}"
    return f"{step.kind:11}  {step.text}"


class Agent:
    """A chat model with tools. ``interrupt`` may be called from another thread, at any time."""

    def __init__(self, chat: ChatModel, tools: Toolbox, limits: Limits | None = None, system: str = SYSTEM):
        self.chat, self.tools, self.system = chat, tools, system
        self.limits = limits or Limits()
        self.interrupted = threading.Event()

    def interrupt(self) -> None:
        """The run ends now, even in the middle of a reply or of a tool."""
        self.interrupted.set()

    def run(self, goal: str, *, tell: Tell = lambda step: None) -> Run:
        """Work on the goal until it is reached or a limit is. tell: is told each step as it happens."""
        return self.go_on(Run(steps=[]), [Goal(text=goal)], tell=tell)

    def go_on(self, run: Run, first: Sequence[Step] = (), *, tell: Tell = lambda step: None) -> Run:
        """Go on from a run that was interrupted, loaded from a file, or given a new goal in ``first``."""
        self.interrupted.clear()
        steps: list[Step] = [step for step in run.steps if not isinstance(step, End)]
        run, deadline = Run(steps=steps), time.monotonic() + self.limits.seconds
        for step in itertools.chain(first, self.turns(run, deadline)):
            run.steps.append(step)
            tell(step)
        return run

    def turns(self, run: Run, deadline: float) -> Iterator[Step]:
        """The steps of one turn after the other, up to the end."""
        for _ in range(self.limits.steps):
            if run.tokens >= self.limits.tokens:
                yield End(why="tokens")
                return
            for step in self.turn(run, deadline):
                yield step
                if isinstance(step, End):
                    return
        yield End(why="steps")

    def turn(self, run: Run, deadline: float) -> Iterator[Step]:
        """What the model says to the run so far, and what comes of it."""
        longest = min(self.limits.reply, self.limits.tokens - run.tokens)
        messages = run.messages(self.system)
        reply = self.within(deadline, lambda: self.chat.reply(messages, tools=self.tools.tools, max_tokens=longest))
        if isinstance(reply, End):
            yield reply
            return
        text, read, written = reply.message.content, reply.read, reply.written
        if not reply.message.calls:
            yield Action(text=text, read=read, written=written)
            yield End(why="answered", text=text)
        for call in reply.message.calls:
            yield Action(text=text, call=call, read=read, written=written)
            text, read, written = "", 0, 0  # said and counted once
            result = self.within(deadline, lambda call=call: self.tools.call(call))  # type: ignore[misc]
            if isinstance(result, End):
                yield Observation(text=f"not finished: {result.why}", answers=call.id, failed=True)
                yield result
                return
            yield Observation(text=result[0], answers=call.id, failed=result[1])

    def within(self, deadline: float, work: Callable[[], Any]) -> Any:
        """What ``work`` returns; or an `End`, if the time is over before, somebody interrupts, or it raises.

        It works in a thread of its own, which is left to itself if it does not come to an end.
        """
        done, results = threading.Event(), []

        def run() -> None:
            try:
                results.append(work())
            except Exception as error:
                results.append(End(why="model failed", text=f"{type(error).__name__}: {error}"))
            done.set()

        threading.Thread(target=run, daemon=True).start()
        while not done.wait(POLL):
            if self.interrupted.is_set():
                return End(why="interrupted")
            if time.monotonic() >= deadline:
                return End(why="seconds")
        return End(why="interrupted") if self.interrupted.is_set() else results[0]
