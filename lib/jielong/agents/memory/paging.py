"""A small window on a long memory: the model itself asks for what it wants to see (after MemGPT, Packer et al. 2023,
arXiv 2310.08560).

What was heard lies in a store, which is far longer than the window. For a question the model writes a call, such as
search(what Ada drinks); what the call finds is put into the window, and then it answers. A window is like a desk, and
the store like the shelves: MemGPT took the idea from how an operating system pages memory in and out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from jielong.agents.chat.messages import ChatModel, Pattern, few_shot

SYSTEM = "You have a long memory. Write search(...) to look something up, then say the answer."
EXAMPLES = [
    ("What does Tom play?", "search(what Tom plays)", "Tom plays bridge. Tom drinks cola.", "Tom plays bridge"),
    ("Which animal does Lily own?", "search(which animal Lily owns)", "Lily owns a hamster.", "Lily owns a hamster"),
]
QUERY = Pattern(regex=r"search\([A-Za-z ]{4,30}\)")
Find = Callable[[str], Sequence[str]]


class Turn(NamedTuple):
    """What happened to a question: the query that the model wrote, what it was shown, what it said; tokens read."""

    question: str
    query: str
    shown: list[str]
    said: str
    read: int


def answer(chat: ChatModel, question: str, find: Find, stem: str, words: Sequence[str], call: bool = True) -> Turn:
    """Let the model look something up and then answer.

    find: query to records. stem, words: the answer begins with ``stem`` and ends with one of the words. call: the model
    writes the query; without it, the query is the question itself.
    """
    query = question.rstrip("?")
    if call:
        written = chat.reply(few_shot(EXAMPLES, question, system=SYSTEM), form=QUERY, max_tokens=16).message.content
        query = written.removeprefix("search(").removesuffix(")")
    shown = list(find(query))
    messages = few_shot(EXAMPLES, question, f"search({query})", " ".join(shown), system=SYSTEM)
    form = Pattern(regex=f"{re.escape(stem)} ({'|'.join(map(re.escape, words))})")
    reply = chat.reply(messages, form=form, max_tokens=16)
    return Turn(question, query, shown, reply.message.content, reply.read)
