"""Reading from memory: which of the many records are put before the model's eyes.

A language model's memory of a conversation is its prompt. What does not stand there it does not know, and what stands
there too much distracts it. So an agent with a long memory reads before it answers, as in retrieval-augmented
generation (Lewis et al. 2020, arXiv 2005.11401): a few records, chosen by some rule, then the question.
"""

from __future__ import annotations

from collections.abc import Sequence

from jielong.agents.memory.store import Memory, Record
from jielong.arguments import at_least
from jielong.model import LanguageModel
from jielong.scoring import choose
from jielong.tokenizer import Tokenizer


def newest_that_fit(memory: Memory, tokenizer: Tokenizer, tokens: int) -> list[Record]:
    """As many of the newest records, one a line, as fit into this many tokens; the oldest of them first."""
    at_least(0, tokens=tokens)
    fit: list[Record] = []
    for record in memory.recent(tokens):
        tokens -= len(tokenizer.encode(record.text + "\n"))
        if tokens < 0:
            break
        fit.append(record)
    return fit[::-1]


def notes(records: Sequence[Record]) -> str:
    """The records as the beginning of a prompt, one a line."""
    return "\n" + "".join(f"{record.text}\n" for record in records)


class Reader:
    """Answers of one word, each prompt put to the model only once: small changes of memory leave most prompts as
    they were."""

    def __init__(self, model: LanguageModel, tokenizer: Tokenizer, words: Sequence[str]):
        self.model, self.tokenizer, self.words = model, tokenizer, list(words)
        self.said: dict[tuple[str, str], str] = {}

    def __call__(self, records: Sequence[Sequence[Record]], openings: Sequence[str]) -> list[str]:
        """What the model goes on with after each row of records and the opening of its answer."""
        keys = [(notes(row), opening) for row, opening in zip(records, openings, strict=True)]
        new = [key for key in dict.fromkeys(keys) if key not in self.said]
        if new:
            before, asked = zip(*new, strict=True)
            replies = choose(self.model, self.tokenizer, asked, self.words, before)
            self.said.update(zip(new, replies, strict=True))
        return [self.said[key] for key in keys]
