"""A large model behind any OpenAI-compatible server as a chat model, when the reader has one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai

from jielong.agents.chat.messages import ChatError, Choice, Form, Message, Pattern, Reply, Tool, ToolCall
from jielong.arguments import above, at_least
from jielong.tokenizer import well_formed_pieces

AT_ONCE = 8
"""Requests that a server is sent at a time."""


class RemoteChat:
    """The model called ``model`` at ``base_url``, such as "http://localhost:8000/v1".

    timeout: seconds for one reply. retries: after a time-out, a refused connection, an overloaded server, or a reply
    that cannot be understood. Raises ChatError when they are used up.
    """

    def __init__(self, model: str, base_url: str, *, api_key: str = "none", timeout: float = 60.0, retries: int = 2):
        above(0, timeout=timeout)
        at_least(0, retries=retries)
        self.model, self.retries = model, retries
        self.client = openai.OpenAI(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=retries)

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
        asked: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        if tools:
            asked["tools"] = [{"type": "function", "function": tool.model_dump()} for tool in tools]
            asked["tool_choice"] = "required" if must_call else "auto"
        if form is not None:
            schema = {"name": "reply", "schema": schema_of(form), "strict": True}
            asked["response_format"] = {"type": "json_schema", "json_schema": schema}
        wrong = ""
        for _ in range(1 + self.retries):
            try:
                return understand(self.complete(messages, asked), form)
            except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                wrong = f"{type(error).__name__}: {error}"
        raise ChatError(f"{self.client.base_url} replied what cannot be understood ({wrong})")

    def replies(self, conversations: Sequence[Sequence[Message]], **options: Any) -> list[Reply]:
        """Many conversations: the server is asked about several at a time, and batches them itself."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [*pool.map(lambda messages: self.reply(messages, **options), conversations)]

    def complete(self, messages: Sequence[Message], asked: dict[str, Any]) -> Any:
        try:
            return self.client.chat.completions.create(
                model=self.model, messages=[spoken(message) for message in messages], **asked
            )
        except openai.APITimeoutError as error:
            raise ChatError(f"{self.client.base_url} did not reply within {self.client.timeout} seconds") from error
        except openai.OpenAIError as error:
            raise ChatError(f"{self.client.base_url}: {error}") from error

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[str]:
        asked = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed, "stream": True}
        pieces = self.complete(messages, asked)
        said = (piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
        try:
            yield from filter(None, well_formed_pieces(said))
        except (openai.OpenAIError, ValueError) as error:
            raise ChatError(f"{self.client.base_url} broke off: {error}") from error


def spoken(message: Message) -> Any:
    """A message in OpenAI's words."""
    said: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.calls:
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for call in message.calls
        ]
    if message.answers is not None:
        said["tool_call_id"] = message.answers
    return said


def schema_of(form: Form) -> dict[str, Any]:
    """The form as a JSON schema; what is not JSON itself stands in an object's one field, "reply"."""
    if isinstance(form, Choice):
        inner: dict[str, Any] = {"type": "string", "enum": list(form.options)}
    elif isinstance(form, Pattern):
        inner = {"type": "string", "pattern": f"^({form.regex})$"}
    else:
        return form.json_schema
    return {"type": "object", "properties": {"reply": inner}, "required": ["reply"], "additionalProperties": False}


def understand(completion: Any, form: Form | None) -> Reply:
    """The server's reply as ours. Raises ValueError and the like for what is none, or has not the form."""
    choice, usage = completion.choices[0], completion.usage
    calls = tuple(
        ToolCall(id=call.id, name=call.function.name, arguments=json.loads(call.function.arguments))
        for call in choice.message.tool_calls or ()
    )
    text = choice.message.content or ""
    if form is not None and not calls:
        text = unwrapped(text, form)
    ended = "calls" if calls else "length" if choice.finish_reason == "length" else "stop"
    message = Message(role="assistant", content=text, calls=calls)
    return Reply.model_validate(
        {"message": message, "read": usage.prompt_tokens, "written": usage.completion_tokens, "ended": ended}
    )


def unwrapped(text: str, form: Form) -> str:
    said = json.loads(text)
    if isinstance(form, Choice):
        if said["reply"] not in form.options:
            raise ValueError(f"{said['reply']!r} is none of {form.options}")
        return said["reply"]
    if isinstance(form, Pattern):
        if not re.fullmatch(form.regex, said["reply"]):
            raise ValueError(f"{said['reply']!r} does not match {form.regex!r}")
        return said["reply"]
    return text
