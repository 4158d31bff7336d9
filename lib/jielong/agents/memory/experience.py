"""Learning from one's own past: what was tried, and whether it was right, is kept and shown again.

Nothing is trained. Tasks come one after the other; for each, some outcomes are read from memory and put before it; the
answer is judged right or wrong, no more is told; and the outcome is written (Wu et al. 2024, "StreamBench", arXiv
2406.08747).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from jaxtyping import Float
from torch import Tensor

from jielong.arguments import at_least, indices
from jielong.model import LanguageModel
from jielong.pretrained.minilm import nearest
from jielong.scoring import choose
from jielong.tokenizer import Tokenizer


class Outcome(NamedTuple):
    """What came, what was answered, and whether it was right. place: where in the stream; prompt: what was read."""

    text: str
    answer: str
    right: bool
    place: int
    prompt: str = ""


@dataclass
class Habit:
    """A way to use one's past. read: which outcomes; count: how many; keep: of which kind.

    mixed: a control; the answers that are shown belong to other outcomes.
    """

    read: Literal["nothing", "newest", "random", "nearest"] = "nearest"
    count: int = 3
    keep: Literal["right", "wrong", "all"] = "right"
    mixed: bool = False
    past: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        at_least(1, count=self.count)

    def write(self, outcome: Outcome) -> None:
        if self.keep == "all" or (self.keep == "right") == outcome.right:
            self.past.append(outcome)

    def recall(self, place: int, points: Float[Tensor, "stream width"], generator: random.Random) -> list[Outcome]:
        """What is shown with the text at this place; the likest or newest last."""
        indices(len(points), place=place)
        if self.read == "nothing" or not self.past:
            return []
        if self.read == "newest":
            some = self.past[-self.count :]
        elif self.read == "random":
            some = generator.sample(self.past, min(self.count, len(self.past)))
        else:
            known = points[[outcome.place for outcome in self.past]]
            some = [self.past[i] for i in reversed(nearest(known, points[place], self.count))]
        if self.mixed:
            some = [outcome._replace(answer=generator.choice(self.past).answer) for outcome in some]
        return some


def shown(outcomes: Sequence[Outcome], text: str) -> str:
    """The prompt: outcomes as examples, a wrong one as what it is not, and the new text."""
    lines = [f"{o.text} -> {'' if o.right else 'not '}{o.answer}\n" for o in outcomes]
    return "\n" + "".join(lines) + f"{text} ->"


def live(
    model: LanguageModel,
    tokenizer: Tokenizer,
    labels: Sequence[str],
    stream: Sequence[tuple[str, str]],
    points: Float[Tensor, "stream width"],
    habits: dict[str, Habit],
    start: int = 0,
    seed: int = 0,
) -> dict[str, list[Outcome]]:
    """Go through the stream from ``start`` on with each habit; returns what came of it.

    stream: texts with the right answers, which only judge. points: theirs. The habits live side by side, each with the
    past that its own answers made; one batch asks for all of them.
    """
    at_least(0, start=start)
    if len(points) != len(stream):
        raise ValueError(f"points: {len(points)} for a stream of {len(stream)}")
    generator = random.Random(seed)
    lives: dict[str, list[Outcome]] = {name: [] for name in habits}
    for place in range(start, len(stream)):
        text, truth = stream[place]
        prompts = [shown(habit.recall(place, points, generator), text) for habit in habits.values()]
        replies = choose(model, tokenizer, prompts, labels)
        for name, said, prompt in zip(habits, replies, prompts, strict=True):
            lives[name].append(Outcome(text, said, said == truth, place, prompt))
            habits[name].write(lives[name][-1])
    return lives


def neighbour(
    stream: Sequence[tuple[str, str]], points: Float[Tensor, "stream width"], start: int, seed: int = 0
) -> list[bool]:
    """The same life with no language model: answer as the nearest right outcome did. The first ``start`` are known."""
    at_least(1, start=start)
    if len(points) != len(stream):
        raise ValueError(f"points: {len(points)} for a stream of {len(stream)}")
    past, hits = list(range(start)), []
    for place in range(start, len(stream)):
        near = past[nearest(points[past], points[place], 1)[0]]
        hits.append(stream[near][1] == stream[place][1])
        if hits[-1]:
            past.append(place)
    return hits
