"""Chats on file: what a model once said, said again word for word, and an error for anything that it was never asked.

chat = Recorder(RemoteChat(...), Path("talk.jsonl"))     every request and its reply become a line
chat = Recorded(Path("talk.jsonl"))                      the same requests get the same replies, with no model
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from jielong.agents.chat.messages import ChatError, ChatModel, Message, OneByOne, Reply
from jielong.files import write_text


def request(messages: Sequence[Message], options: dict[str, Any]) -> str:
    """A request as canonical JSON: equal requests are equal text."""

    def plain(value: Any) -> Any:
        if isinstance(value, BaseModel):
            return value.model_dump(mode="json")
        return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value

    known = {name: plain(value) for name, value in options.items()}
    return json.dumps({"messages": plain(list(messages)), **known}, sort_keys=True, ensure_ascii=False)


class Recorder(OneByOne):
    """Passes requests on to ``chat``, and adds each with its reply to the file, whole or not at all."""

    def __init__(self, chat: ChatModel, path: Path):
        self.chat, self.path = chat, path

    def reply(self, messages: Sequence[Message], **options: Any) -> Reply:
        reply = self.chat.reply(messages, **options)
        before = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        line = {"request": request(messages, options), "reply": reply.model_dump(mode="json")}
        write_text(self.path, before + json.dumps(line, ensure_ascii=False) + "\n")
        return reply


class Recorded(OneByOne):
    """Replies from the file alone. Raises ChatError for a request that is not in it, and for a file that is damaged."""

    def __init__(self, path: Path):
        self.path = path
        self.known: dict[str, Reply] = {}
        with path.open(encoding="utf-8", newline="\n") as lines:  # there are other ends of lines, which are text here
            for number, line in enumerate(lines, start=1):
                try:
                    said = json.loads(line)
                    self.known[said["request"]] = Reply.model_validate(said["reply"])
                except (ValueError, KeyError, TypeError) as error:
                    raise ChatError(f"{path.name}, line {number}, is no recorded reply: {error}") from error

    def reply(self, messages: Sequence[Message], **options: Any) -> Reply:
        try:
            return self.known[request(messages, options)]
        except KeyError:
            last = messages[-1].content if messages else ""
            raise ChatError(f"{self.path.name} has no reply to this request, which ends {last[-80:]!r}") from None
