"""Bells: two people call out digits. What comes with a bell has to be remembered, all else is chatter.

At each step somebody calls a digit, perhaps with a bell, and one of the two is asked about: what was the last digit
that *this* person called with a bell? So something has to decide what to write, what to throw away, and what to read.

A network hears each step as ones and zeros, in this order:

    digit (4)    who calls (2)    bell (1)    who is asked about (2)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least, filled, finite, indices, within
from jielong.training import seeded

PEOPLE = ("Ann", "Bo")
DIGITS = 4
NOTHING = DIGITS
"""The answer about somebody who has had no bell so far."""
HEARD = DIGITS + 2 * len(PEOPLE) + 1


class Calls(NamedTuple):
    """What happens, step by step; all of one shape (count, time)."""

    digit: Int[Tensor, "count time"]
    who: Int[Tensor, "count time"]
    bell: Int[Tensor, "count time"]
    asked: Int[Tensor, "count time"]


def calls(count: int, time: int, generator: torch.Generator, bells: float = 0.4) -> Calls:
    """Random calls, a share ``bells`` of them with a bell."""
    at_least(1, count=count, time=time)
    within(0, 1, bells=bells)
    digit = torch.randint(DIGITS, (count, time), generator=generator, device=generator.device)
    who, asked = torch.randint(len(PEOPLE), (2, count, time), generator=generator, device=generator.device)
    bell = (torch.rand(count, time, dtype=torch.float64, generator=generator, device=generator.device) < bells).long()
    return Calls(digit, who, bell, asked)


def answers(heard: Calls) -> Int[Tensor, "count time"]:
    """The right answer at each step: its own call counts already."""
    step = torch.arange(heard.digit.shape[1], device=heard.digit.device)
    right = torch.full_like(heard.digit, NOTHING)
    for person in range(len(PEOPLE)):
        counts = (heard.bell == 1) & (heard.who == person)
        last = torch.where(counts, step, -1).cummax(1).values
        known = torch.where(last < 0, NOTHING, heard.digit.gather(1, last.clamp(min=0)))
        right = torch.where(heard.asked == person, known, right)
    return right


def spoken(
    count: int, time: int, generator: torch.Generator, bells: float = 0.15
) -> tuple[Int[Tensor, "count time"], Int[Tensor, "count time"]]:
    """One person alone: tokens for a language model (a digit, or digit + DIGITS with a bell) and the right answers."""
    heard = calls(count, time, generator, bells)
    alone = torch.zeros_like(heard.who)
    heard = heard._replace(who=alone, asked=alone)
    return heard.digit + DIGITS * heard.bell, answers(heard)


def senses(heard: Calls) -> Float[Tensor, "count time heard"]:
    """The calls as a network hears them, in float64."""
    people = len(PEOPLE)
    parts = [F.one_hot(heard.digit, DIGITS), F.one_hot(heard.who, people), heard.bell[..., None]]
    return torch.cat([*parts, F.one_hot(heard.asked, people)], dim=-1).double()


class Listener(nn.Module):
    """A recurrent network that answers at every step."""

    def __init__(self, kind: str = "lstm", hidden: int = 16):
        super().__init__()
        at_least(1, hidden=hidden)
        if kind not in ("lstm", "rnn"):
            raise ValueError(f"kind={kind!r} is unknown; there are 'lstm' and 'rnn'")
        self.cell = {"lstm": nn.LSTM, "rnn": nn.RNN}[kind](HEARD, hidden, batch_first=True)
        self.answer = nn.Linear(hidden, DIGITS + 1)

    def forward(self, x: Float[Tensor, "count time heard"]) -> Float[Tensor, "count time answers"]:
        return self.answer(self.cell(x)[0])


@torch.no_grad()
def written_by_hand() -> Listener:
    """An LSTM that nobody trained: one unit for each person and digit, and gates that open and shut as they should."""
    people = len(PEOPLE)
    listener = seeded(lambda: Listener(hidden=people * DIGITS), seed=0)
    for weight in listener.parameters():
        weight.zero_()
    enter, forget, candidate, leave = listener.cell.weight_ih_l0.view(4, people, DIGITS, HEARD)
    enter_bias, forget_bias, _, leave_bias = listener.cell.bias_ih_l0.view(4, people, DIGITS)
    digit, who, bell, asked = 0, DIGITS, DIGITS + people, DIGITS + people + 1
    for person in range(people):
        enter[person, :, bell] = enter[person, :, who + person] = 40  # open for a bell *and* this person
        forget[person, :, bell] = forget[person, :, who + person] = -40
        leave[person, :, asked + person] = 40
    enter_bias.fill_(-60), forget_bias.fill_(60), leave_bias.fill_(-20)
    for d in range(DIGITS):
        candidate[:, d, digit + d] = 20
        listener.answer.weight.view(DIGITS + 1, people, DIGITS)[d, :, d] = 20
    listener.answer.bias[NOTHING] = 5
    return listener


def practice(seed: int, count: int = 64, time: int = 14) -> Iterator[tuple[Any, ...]]:
    """Endless batches of (what is heard, the right answers)."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        heard = calls(count, time, generator)
        yield senses(heard), answers(heard)


def answer_loss(listener: nn.Module, x: Float[Tensor, "count time heard"], right: Int[Tensor, "count time"]) -> Tensor:
    """Mean cross-entropy of the answers, in nats."""
    filled(right=right)
    indices(DIGITS + 1, right=right)
    return F.cross_entropy(listener(x).flatten(0, 1), right.flatten())


def accuracy(said: Float[Tensor, "count time answers"], right: Int[Tensor, "count time"]) -> float:
    """The share of right answers, where there is something to know. Raises ValueError where there is nothing."""
    filled(said=said)
    finite(said=said)
    known = right != NOTHING
    if not known.any():
        raise ValueError("right: there is nothing to know in it")
    return (said.argmax(-1) == right)[known].double().mean().item()
