"""Reading from memory: which of the many records are put before the model's eyes.

A language model's memory of a conversation is its prompt. What does not stand there it does not know, and what stands
there too much distracts it. So an agent with a long memory reads before it answers, as in retrieval-augmented
generation (Lewis et al. 2020, arXiv 2005.11401): a few records, chosen by some rule, then the question.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.agents.memory.store import Memory, Record
from jielong.model import LanguageModel
from jielong.tokenizer import Tokenizer


def newest_that_fit(memory: Memory, tokenizer: Tokenizer, tokens: int) -> list[Record]:
    """As many of the newest records, one a line, as fit into this many tokens; the oldest of them first."""
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


@torch.inference_mode()
def weigh(
    model: LanguageModel, tokenizer: Tokenizer, words: Sequence[str], prompts: Sequence[str], before: str = ""
) -> Float[Tensor, "prompts words"]:
    """The log-probability of each word's first token after each prompt.

    before: a text that all prompts begin with; it is read only once. Words begin with their space. Raises ValueError
    for words whose first tokens are the same.
    """
    first = [tokenizer.encode(word)[0] for word in words]
    if len(set(first)) < len(first):
        raise ValueError(f"words: {list(words)} do not all differ in their first token")
    state = model.hidden(torch.tensor([tokenizer.encode(before)]))[1] if before else None
    rows = [tokenizer.encode(prompt) for prompt in prompts]
    last = torch.tensor([len(row) - 1 for row in rows])
    # Filled up at the right: what comes after a prompt's last token changes nothing before it.
    ids = torch.tensor([row + [tokenizer.end] * (int(last.max()) + 1 - len(row)) for row in rows])
    hidden, _ = model.hidden(ids, None if state is None else state.copies(len(rows)))
    return model.unembed(hidden[torch.arange(len(rows)), last]).log_softmax(-1)[:, first]


def answers(
    model: LanguageModel, tokenizer: Tokenizer, words: Sequence[str], prompts: Sequence[str], before: str = ""
) -> list[str]:
    """For each prompt the one of the words that the model holds likeliest: a constrained reply of one token."""
    best = weigh(model, tokenizer, [f" {word}" for word in words], prompts, before).argmax(-1)
    return [words[i] for i in best.tolist()]


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
        shared = {before for before, _ in new}
        if len(shared) == 1:
            replies = answers(self.model, self.tokenizer, self.words, [key[1] for key in new], *shared)
        else:
            replies = answers(self.model, self.tokenizer, self.words, ["".join(key) for key in new]) if new else []
        self.said.update(zip(new, replies, strict=True))
        return [self.said[key] for key in keys]
