"""What goes to a chat model and what comes back, the same for every model behind it.

    messages + tools  ->  ChatModel.reply  ->  Reply(message, read, written, ended)

The names of roles and of the parts of a tool call are OpenAI's, which most servers speak. All of it is pydantic: it
checks what it is given, and `model_dump_json` and `model_validate_json` save and load it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import Field

from jielong.agents.typed import Typed


class ToolCall(Typed):
    """The model asks for a function to be called. ``id`` ties the tool's answer to the call."""

    id: str
    name: str
    arguments: dict[str, Any]


class Message(Typed):
    """One turn. ``calls``: what an assistant asks for. ``answers``: of a tool's turn, the id of the call."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    calls: tuple[ToolCall, ...] = ()
    answers: str | None = None


Said = Sequence[str | ToolCall]
"""What a user and an assistant say in turn, the user first."""


def few_shot(examples: Iterable[Said], *said: str | ToolCall, system: str = "") -> list[Message]:
    """A conversation after worked examples (Brown et al. 2020, arXiv 2005.14165): in each of them, and in what is
    ``said`` after them, a user and an assistant take turns. system: what stands before all."""
    messages = [Message(role="system", content=system)] if system else []
    for turns in (*examples, said):
        for k, turn in enumerate(turns):
            role: Literal["user", "assistant"] = "assistant" if k % 2 else "user"
            text, calls = ("", (turn,)) if isinstance(turn, ToolCall) else (turn, ())
            messages.append(Message(role=role, content=text, calls=calls))
    return messages


class Tool(Typed):
    """A function that a model may call; ``parameters`` is the JSON schema of its arguments."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    description: str
    parameters: dict[str, Any]


class Reply(Typed):
    """A model's turn. read, written: tokens of the prompt and of the reply. ended: why it stopped there."""

    message: Message
    read: int
    written: int
    ended: Literal["stop", "length", "calls"]


class Choice(Typed):
    """The reply must be one of these."""

    options: tuple[str, ...] = Field(min_length=1)


class Pattern(Typed):
    """The reply must match this regular expression from beginning to end."""

    regex: str


class Schema(Typed):
    """The reply must be JSON of this schema."""

    json_schema: dict[str, Any]


Form = Choice | Pattern | Schema


class ChatError(Exception):
    """No usable reply came: the server is not there, is too slow, or says what cannot be understood."""


@runtime_checkable
class ChatModel(Protocol):
    """Any model that an agent can talk to."""

    def reply(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        must_call: bool = False,
        form: Form | None = None,
        max_tokens: int = 128,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Reply:
        """The next turn. must_call: it has to be a call of one of the tools. form: what the text has to look like.

        max_tokens: of the reply. Raises ChatError where no usable reply comes.
        """
        ...

    def replies(self, conversations: Sequence[Sequence[Message]], **options: Any) -> list[Reply]:
        """`reply` to each of many conversations at once, with the same options for all."""
        ...

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[str]:
        """The next turn's text, piece by piece as it is written."""
        ...


class OneByOne(ABC):
    """A `ChatModel` of its ``reply`` alone: many conversations one after the other, a text in one piece."""

    @abstractmethod
    def reply(self, messages: Sequence[Message], **options: Any) -> Reply: ...

    def replies(self, conversations: Sequence[Sequence[Message]], **options: Any) -> list[Reply]:
        return [self.reply(messages, **options) for messages in conversations]

    def stream(self, messages: Sequence[Message], **options: Any) -> Iterator[str]:
        yield self.reply(messages, **options).message.content
