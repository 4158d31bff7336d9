"""A chat model that says what is written for it, and keeps what it was told, for tests of what stands around one."""

from __future__ import annotations

from jielong.agents.chat.messages import Message, OneByOne, Reply, ToolCall


def says(text: str, read: int = 10, written: int = 5) -> Reply:
    return Reply(message=Message(role="assistant", content=text), read=read, written=written, ended="stop")


def asks(name: str, number: int = 0, **arguments) -> Reply:
    call = ToolCall(id=f"call_{number}", name=name, arguments=arguments)
    return Reply(message=Message(role="assistant", calls=(call,)), read=10, written=5, ended="calls")


class Script(OneByOne):
    """Replies, or raises, in this order; ``told`` are the messages and the options of each call."""

    def __init__(self, *replies: Reply | Exception):
        self.left, self.told = list(replies), []

    def reply(self, messages, **options):
        self.told.append((list(messages), options))
        reply = self.left.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply
