"""Teaching a model new facts by training, with or without a little of the old mixed in (replay).

The memory of an old skill fades when only the new is trained: catastrophic forgetting (McCloskey and Cohen 1989).
Rehearsing some of the old while learning the new is the oldest cure (Robins 1995).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from torch import Tensor, nn

from jielong.adaptation.answering import marked, marked_loss
from jielong.arguments import at_least, filled
from jielong.model import LanguageModel
from jielong.scoring import answered, opening
from jielong.tokenizer import Tokenizer
from jielong.training import fit


class Fact(NamedTuple):
    """What a model is asked, up to the answer, and the answer, of which only the opening counts: mostly its first token
    (see `jielong.scoring.opening`)."""

    prompt: str
    answer: str


def right(model: LanguageModel, tokenizer: Tokenizer, facts: Sequence[Fact]) -> list[bool]:
    """For each fact, whether the model, writing what is likeliest, begins as the answer does. Raises ValueError for no
    facts, and for an answer that is empty or begins with a blank."""
    filled(facts=facts)
    return answered(model, tokenizer, [fact.prompt for fact in facts], [fact.answer for fact in facts])


def recall(model: LanguageModel, tokenizer: Tokenizer, facts: Sequence[Fact]) -> float:
    """Share of the facts that the model gets right. Raises ValueError as `right` does."""
    return sum(right(model, tokenizer, facts)) / len(facts)


def teach(
    model: LanguageModel,
    tokenizer: Tokenizer,
    new: Sequence[Fact],
    old: Sequence[Fact] = (),
    *,
    rehearse: int = 4,
    steps: int = 5,
    lr: float = 2e-4,
    seed: int = 0,
    parameters: Iterable[nn.Parameter] | None = None,
    exact: bool = True,
) -> list[float]:
    """Train the model in place on the new facts; with ``old`` facts given, each step also rehearses a few of them.

    rehearse: how many old facts join each step, drawn afresh. parameters: which to train (default: all that require a
    gradient). exact: see `jielong.training.fit`; for all weights of a real model, which are float32, it must be False.
    Returns the losses. Raises ValueError for no new facts, and for an answer that is empty or begins with a blank.
    """
    filled(new=new)
    at_least(0, rehearse=rehearse)
    batches = lessons(tokenizer, new, old, rehearse, random.Random(seed))
    return fit(
        model, batches, steps=steps, lr=lr, loss=marked_loss, parameters=parameters, weight_decay=0.0, exact=exact
    )


def lessons(
    tokenizer: Tokenizer, new: Sequence[Fact], old: Sequence[Fact], rehearse: int, generator: random.Random
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Batches without end, for `marked_loss`: all new facts and a few of the old ones."""
    while True:
        facts = [*new, *generator.sample(list(old), min(rehearse, len(old)))]
        yield marked(tokenizer, [(tokenizer.encode(f.prompt), opening(tokenizer, f.answer)) for f in facts])
