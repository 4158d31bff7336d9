"""The book's own language model as a chat model: batched, constrained where asked, and quick to read on.

Constrained decoding: before each token, a grammar says which tokens may come next, and all others get probability zero
(Willard and Louf 2023, arXiv 2307.09702). The engine is llguidance; it works on our logits through `stream`'s
``allowed``.

The kept prefix: a conversation grows at its end, so what the last prompt and this one have in common is not read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

import torch
from jaxtyping import Bool, Int
from llguidance import LLMatcher, LLTokenizer
from llguidance.torch import allocate_token_bitmask, fill_next_token_bitmask
from torch import Tensor

from jielong.agents.chat.messages import ChatError, Choice, Form, Message, Pattern, Reply, Tool, ToolCall
from jielong.arguments import at_least, within
from jielong.model import LanguageModel, State
from jielong.sampling import Allowed, stream
from jielong.shared_prefix import Begun, alike, go_on, whole
from jielong.tokenizer import Tokenizer

CALLING = """You can call functions. To call one, write only JSON: {{"name": ..., "arguments": {{...}}}}
The functions:
{tools}"""
BATCH = 10
"""Conversations at a time. After a long prompt more are no quicker: each has its own copy of what is shared."""


class LocalChat:
    """A `LanguageModel` that answers in chats. ``reply`` takes one conversation, ``replies`` many as one batch."""

    def __init__(self, model: LanguageModel, tokenizer: Tokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.vocabulary = LLTokenizer(
            tokenizer.library.to_str(), n_vocab=model.config.vocabulary, eos_token=tokenizer.end
        )
        self.kept: tuple[list[int], State] | None = None

    def reply(self, messages: Sequence[Message], *, max_tokens: int = 128, **options: Any) -> Reply:
        ids = self.encode(messages, options.get("tools", ()))
        (written,) = self.write(self.read(ids), max_tokens, **options)
        return self.understand(written, len(ids), max_tokens, options.get("tools", ()))

    def replies(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        max_tokens: int = 128,
        seed: int = 0,
        batch: int = BATCH,
        **options: Any,
    ) -> list[Reply]:
        """Replies to many conversations; options as in `ChatModel.reply`. batch: conversations at a time.

        What those of a batch begin with is read once. With a temperature, each batch has a die of its own, and each of
        its conversations its own rolls of it: what the others say changes nothing.
        """
        at_least(1, batch=batch)
        tools = options.get("tools", ())
        rows = [self.encode(messages, tools) for messages in conversations]
        replies: list[Reply] = []
        for start in range(0, len(rows), batch):
            some = rows[start : start + batch]
            written = self.write(self.read_shared(some), max_tokens, seed=seed + start, **options)
            understood = (
                self.understand(new, len(row), max_tokens, tools) for new, row in zip(written, some, strict=True)
            )
            replies.extend(understood)
        return replies

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 128, temperature: float = 0.0, seed: int = 0
    ) -> Iterator[str]:
        ids, state, _ = self.read(self.encode(messages))
        generator = torch.Generator().manual_seed(seed)
        options: dict[str, Any] = {"temperature": temperature, "generator": generator, "state": state}
        written: list[int] = []
        said = ""
        for token in stream(self.model, ids, max_tokens, end=self.tokenizer.end, **options):
            if int(token) == self.tokenizer.end:
                return
            written.append(int(token))
            text = self.tokenizer.decode(written)
            if not text.endswith("\N{REPLACEMENT CHARACTER}"):  # else a character is still in pieces
                yield text[len(said) :]
                said = text

    def encode(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> list[int]:
        """The conversation as ids, open for the assistant's turn."""
        turns = [{"role": message.role, "content": self.plain(written_out(message))} for message in messages]
        if tools:
            manual = CALLING.format(tools="\n".join(tool.model_dump_json() for tool in tools))
            if turns and turns[0]["role"] == "system":
                turns[0] = {"role": "system", "content": f"{turns[0]['content']}\n\n{self.plain(manual)}"}
            else:
                turns.insert(0, {"role": "system", "content": self.plain(manual)})
        return self.tokenizer.encode(self.tokenizer.chat(turns))

    def plain(self, text: str) -> str:
        """The text without marks such as <|im_end|>, with which somebody could end his turn and begin the system's."""
        for token in self.tokenizer.library.get_added_tokens_decoder().values():
            text = text.replace(token.content, token.content.replace("<", "< ").replace("|", " "))
        return text

    @torch.no_grad()
    def read(self, ids: list[int]) -> Begun:
        """The last of the ids, which is still to be read, after the others; the new prompt is kept for next time."""
        state, shared, kept = None, 0, self.kept  # another thread may put a new one there meanwhile
        if kept is not None:
            shared = alike([kept[0], ids[:-1]])
            state = cut(kept[1], shared) if shared else None
        if shared < len(ids) - 1:
            _, state = self.model.hidden(torch.tensor([ids[shared:-1]], device=self.model.device), state)
        if state is not None:
            self.kept = (ids[:-1], state)
        return Begun(torch.tensor([ids[-1:]], device=self.model.device), state)

    def read_shared(self, rows: Sequence[list[int]]) -> Begun:
        """The rows, of which what all begin with is read, if there is such a thing."""
        longest = max(rows, key=len)
        shared = min(alike(rows), len(longest) - 1)
        left = len(longest) - shared
        if min(map(len, rows)) <= left:  # nothing, or so little that a short row would have nothing before what is left
            return whole(self.tokenizer, rows, self.model.device)
        state = self.read(longest[: shared + 1]).state
        assert state is not None
        return go_on(state, [0] * len(rows), rows, left)

    def write(
        self,
        begun: Begun,
        max_tokens: int,
        *,
        tools: Sequence[Tool] = (),
        must_call: bool = False,
        form: Form | None = None,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[list[int]]:
        """What each row is continued with, without the end token."""
        ids, state, padding = begun
        grammar = grammar_of(tools if must_call else (), form)
        allowed = None if grammar is None else self.guide(grammar, len(ids))
        generator = torch.Generator().manual_seed(seed)
        options: dict[str, Any] = {"temperature": temperature, "generator": generator, "allowed": allowed}
        options |= {"state": state, "padding": padding, "end": self.tokenizer.end}
        steps = list(stream(self.model, ids, max_tokens, **options))
        new = torch.stack(steps, dim=1).tolist() if steps else [[] for _ in ids]
        return [list(takewhile(lambda token: token != self.tokenizer.end, row)) for row in new]

    def guide(self, grammar: str, rows: int) -> Allowed:
        """For each row of a batch, which tokens the grammar lets come next."""
        matchers = [LLMatcher(self.vocabulary, grammar) for _ in range(rows)]
        if matchers[0].is_error():
            raise ValueError(f"form: {matchers[0].get_error()}")
        size = self.model.config.vocabulary
        bits = allocate_token_bitmask(rows, size)

        def allowed(written: Int[Tensor, "batch new"]) -> Bool[Tensor, "batch vocabulary"]:
            for row, matcher in enumerate(matchers):
                if written.shape[1] and not matcher.is_stopped():
                    matcher.consume_token(int(written[row, -1]))
                fill_next_token_bitmask(matcher, bits, row)  # of a finished text: only the end token
            return (bits[:, :, None] >> torch.arange(32, device=bits.device) & 1).bool().flatten(1)[:, :size]

        return allowed

    def understand(self, written: list[int], read: int, max_tokens: int, tools: Sequence[Tool]) -> Reply:
        text = self.tokenizer.decode(written)
        call = called(text, tools)
        if call is not None:
            message = Message(role="assistant", calls=(call,))
            return Reply(message=message, read=read, written=len(written), ended="calls")
        message = Message(role="assistant", content=text)
        full = len(written) >= max_tokens
        return Reply(message=message, read=read, written=len(written), ended="length" if full else "stop")


def written_out(message: Message) -> str:
    """A message's text; calls as the JSON that the grammar lets the model write, or its own examples mislead it."""
    said = [{"name": call.name, "arguments": call.arguments} for call in message.calls]
    calls = [json.dumps(call, ensure_ascii=False, separators=(",", ":")) for call in said]
    return "\n".join(part for part in (message.content, *calls) if part)


def called(text: str, tools: Sequence[Tool]) -> ToolCall | None:
    """The call that a text is, if it is one of these tools'."""
    try:
        said = json.loads(text)
    except ValueError:
        return None
    if not (isinstance(said, dict) and set(said) == {"name", "arguments"} and isinstance(said["arguments"], dict)):
        return None
    if said["name"] not in [tool.name for tool in tools]:
        return None
    return ToolCall(id="call_0", name=said["name"], arguments=said["arguments"])


def grammar_of(tools: Sequence[Tool], form: Form | None) -> str | None:
    """llguidance's grammar of a call of one of the tools, or of the form. Raises ValueError for both at once."""
    if tools and form is not None:
        raise ValueError("form: a reply that must be a call has the form of a call already; leave out one of the two")
    if tools:
        calls = [
            {
                "type": "object",
                "properties": {"name": {"const": tool.name}, "arguments": tool.parameters},
                "required": ["name", "arguments"],
                "additionalProperties": False,
            }
            for tool in tools
        ]
        return json_grammar({"anyOf": calls})
    if form is None:
        return None
    if isinstance(form, Choice):
        return LLMatcher.grammar_from_lark("start: " + " | ".join(json.dumps(option) for option in form.options))
    if isinstance(form, Pattern):
        return LLMatcher.grammar_from_regex(form.regex)
    return json_grammar(form.json_schema)


def json_grammar(schema: dict[str, Any]) -> str:
    """llguidance's grammar of JSON without spare white space, of which a model could write without end."""
    return LLMatcher.grammar_from_json_schema(json.dumps({**schema, "x-guidance": {"whitespace_flexible": False}}))


def cut(state: State, length: int) -> State:
    """The state as it was after ``length`` positions. Raises ChatError for memories that cannot go back."""
    within(0, state.length, length=length)
    layers = []
    for layer in state.layers:
        if not hasattr(layer, "k"):
            raise ChatError(f"a {type(layer).__name__} cannot go back to an earlier position; only attention can")
        layers.append(type(layer)(layer.k[:, :, :length], layer.v[:, :, :length]))
    return State(layers, length, state.batch, state.padding)
