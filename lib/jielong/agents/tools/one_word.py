"""A chat model that acts with one word: the word becomes a call of a tool.

A call in JSON is mostly the same marks every time. Here the model has to say one of the options and nothing else, and
code does the rest: text back into an action.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jielong.agents.chat.messages import ChatModel, Choice, Message, OneByOne, Reply, Tool, ToolCall
from jielong.tokenizer import well_formed


class OneWord(OneByOne):
    """``chat``, held to one of the words, for an `Agent`. words: from a word to the call that it stands for; None for
    the word that ends the run."""

    def __init__(self, chat: ChatModel, words: Mapping[str, ToolCall | None]):
        self.chat, self.words = chat, {well_formed(word): call for word, call in words.items()}
        self.form = Choice(options=tuple(words))

    def reply(self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), **options: Any) -> Reply:
        """One of the words, as the call that it stands for. The tools' manuals are not told: the words do for them."""
        return self.as_call(self.chat.reply(self.in_words(messages), form=self.form, **options))

    def replies(
        self, conversations: Sequence[Sequence[Message]], *, tools: Sequence[Tool] = (), **options: Any
    ) -> list[Reply]:
        told = [self.in_words(messages) for messages in conversations]
        return [self.as_call(reply) for reply in self.chat.replies(told, form=self.form, **options)]

    def as_call(self, reply: Reply) -> Reply:
        call = self.words.get(reply.message.content)
        if call is None:
            return reply
        return reply.model_copy(update={"message": Message(role="assistant", calls=(call,)), "ended": "calls"})

    def in_words(self, messages: Sequence[Message]) -> list[Message]:
        return [self.in_a_word(message) for message in messages]

    def in_a_word(self, message: Message) -> Message:
        """A call that was made, as the word for which it was made."""
        names = [word for call in message.calls for word, known in self.words.items() if same(known, call)]
        return Message(role=message.role, content=" ".join([message.content, *names]).strip(), answers=message.answers)


def same(known: ToolCall | None, call: ToolCall) -> bool:
    return known is not None and (known.name, known.arguments) == (call.name, call.arguments)
