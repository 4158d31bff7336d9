"""A hotel, for memories that have to forget: every night all guests leave, and those who live in a flat stay.

A place is a room or a flat. Flats are let once, when the hotel opens; every day a few rooms are let; in some hours
nothing happens at all. Whoever is asked about a place has to say who is there now, and nobody if it is empty.

As events, one step each, for a memory that is looked at directly (`Ledger`), or as tokens for a language model:

    night   place guest  place guest  idle  place guest   place guest  place guest        night ...
            what happens on the day                       questions: guests (or nobody) to be learned
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least
from jielong.mixers import gated
from jielong.toys.recall import shuffled

KINDS = NIGHT, IDLE, ROOM, FLAT = range(4)
NOBODY = -1


class Events(NamedTuple):
    """What happened, and who is where at the end.

    All rows share the kinds of their steps; place and guest are -1 where there is none.
    """

    kind: Int[Tensor, " steps"]
    place: Int[Tensor, "count steps"]
    guest: Int[Tensor, "count steps"]
    now: Int[Tensor, "count places"]


@dataclass(frozen=True)
class Hotel:
    """rooms, flats: places 0 to rooms - 1, and those after. let: the fewest and the most rooms of a day. idle: the most
    idle hours of a day."""

    rooms: int = 8
    flats: int = 0
    guests: int = 8
    let: tuple[int, int] = (2, 6)
    idle: int = 6

    def __post_init__(self) -> None:
        at_least(0, flats=self.flats, idle=self.idle)
        at_least(1, rooms=self.rooms, guests=self.guests)
        low, high = self.let
        if not 0 <= low <= high <= self.rooms:
            raise ValueError(f"let={self.let} must be the fewest and the most of {self.rooms} rooms")

    @property
    def places(self) -> int:
        return self.rooms + self.flats

    @property
    def vocabulary(self) -> int:
        return 3 + self.places + self.guests

    def opening(self, count: int, generator: torch.Generator) -> Events:
        """The flats find their residents."""
        place = self.rooms + shuffled((count, self.flats), generator)
        return self._events(torch.full((self.flats,), FLAT, device=place.device), place, generator)

    def day(self, count: int, generator: torch.Generator) -> Events:
        """A night, then rooms are let, with idle hours between."""
        low, high = self.let
        let = int(torch.randint(low, high + 1, (), generator=generator, device=generator.device))
        idle = int(torch.randint(self.idle + 1, (), generator=generator, device=generator.device))
        order = torch.randperm(let + idle, generator=generator, device=generator.device)
        hours = torch.tensor([ROOM] * let + [IDLE] * idle, device=order.device)[order]
        place = shuffled((count, self.rooms), generator)[:, :let]
        return self._events(torch.cat((hours.new_tensor([NIGHT]), hours)), place, generator)

    def _events(self, kind: Tensor, let: Tensor, generator: torch.Generator) -> Events:
        """Events in which the places ``let`` go to guests drawn at random."""
        guests = torch.randint(self.guests, let.shape, generator=generator, device=generator.device)
        place, guest = (let.new_full((len(let), len(kind)), -1) for _ in range(2))
        place[:, kind >= ROOM], guest[:, kind >= ROOM] = let, guests
        now = let.new_full((len(let), self.places), NOBODY).scatter(1, let, guests)
        return Events(kind, place, guest, now)

    def stay(self, count: int, days: int, generator: torch.Generator) -> Events:
        """The opening and some days."""
        at_least(1, count=count, days=days)
        parts = [self.opening(count, generator), *(self.day(count, generator) for _ in range(days))]
        kind, place, guest = (torch.cat([part[i] for part in parts], -1) for i in range(3))
        now = torch.where(torch.arange(self.places, device=kind.device) < self.rooms, parts[-1].now, parts[0].now)
        return Events(kind, place, guest, now)

    def stays(self, seed: int, days: int = 8, count: int = 32) -> Iterator[tuple[Events]]:
        """Endless batches of events to learn from: stays of one to so many days."""
        at_least(1, days=days, count=count)
        generator = torch.Generator().manual_seed(seed)
        while True:
            length = int(torch.randint(1, days + 1, (), generator=generator, device=generator.device))
            yield (self.stay(count, length, generator),)

    def questions(
        self, count: int, days: int, generator: torch.Generator, asked: int = 5
    ) -> tuple[Int[Tensor, "count time"], Bool[Tensor, "count time"]]:
        """Rows of tokens, and True at the answers: each day ends with questions about so many different places.

        Raises ValueError where there are fewer places than questions.
        """
        if asked > self.places:
            raise ValueError(f"asked={asked} questions need as many places; there are {self.places}")
        at_least(1, count=count, days=days, asked=asked)
        home = self.opening(count, generator)
        ids, answer = [self._told(home)], torch.tensor([0, 1], device=generator.device)
        learn = [answer.new_zeros(2 * self.flats)]
        for _ in range(days):
            day = self.day(count, generator)
            now = torch.where(day.now == NOBODY, home.now, day.now)
            place = shuffled(now.shape, generator)[:, :asked]
            answers = torch.stack((2 + place, self._called(now.gather(1, place))), 2).flatten(1)
            ids += [self._told(day), answers]
            learn += [answer.new_zeros(ids[-2].shape[1]), answer.repeat(asked)]
        return torch.cat(ids, 1), torch.cat(learn).bool().expand(count, -1)

    def _called(self, guest: Int[Tensor, " *some"]) -> Int[Tensor, " *some"]:
        """Guests as tokens; nobody is the first of them."""
        return 3 + self.places + guest

    def _told(self, events: Events) -> Int[Tensor, "count time"]:
        """The events as tokens: 0 night, 1 idle, then places, then nobody, then guests."""
        columns = []
        for kind, place, guest in zip(events.kind.tolist(), events.place.T, events.guest.T, strict=True):
            columns += [2 + place, self._called(guest)] if kind >= ROOM else [torch.full_like(place, kind)]
        return torch.stack(columns, 1) if columns else events.place

    def batches(self, seed: int, days: int = 3, count: int = 32) -> Iterator[tuple[Any, ...]]:
        """Endless batches of tokens to learn from."""
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield self.questions(count, days, generator)

    @torch.no_grad()
    def accuracy(
        self, model: Callable[[Tensor], tuple[Tensor, Any]], days: int, count: int = 50, seed: int = 1_000_000
    ) -> float:
        """The share of right answers, over four batches of stays of so many days. model: a `LanguageModel`."""
        generator, right = torch.Generator().manual_seed(seed), []
        for _ in range(4):
            ids, learn = self.questions(count, days, generator)
            logits, _ = model(ids[:, :-1])
            right.append((logits.argmax(-1) == ids[:, 1:])[learn[:, 1:]])
        return torch.cat(right).double().mean().item()


class Ledger(nn.Module):
    """The smallest memory that can learn to forget: an address for each place, and gates. Guests are unit vectors.

    kinds: 4 gates, one for each kind of event, or 1 that is the same whatever happens (RetNet's gamma, but learned).
    channels: `width` gates, one for each row of the memory, or 1 for all rows. device: as torch's modules have it.
    """

    def __init__(self, hotel: Hotel, width: int, kinds: int = 4, channels: int = 1, device: str | None = None):
        super().__init__()
        at_least(1, width=width)
        self.hotel = hotel
        self.address = nn.Parameter(F.normalize(torch.randn(hotel.places, width, device=device), dim=1))
        self.gates = nn.Parameter(torch.full((kinds, channels), 3.0, device=device))

    def memory(self, events: Events) -> Float[Tensor, "count width guests"]:
        """What is in the memory after the last event."""
        held = events.place >= 0
        k = (self.address[events.place] * held[..., None])[:, None]
        v = (F.one_hot(events.guest.clamp(min=0), self.hotel.guests) * held[..., None])[:, None].to(k.dtype)
        gates = F.logsigmoid(self.gates).expand(len(KINDS), -1)
        decay = gates[events.kind].expand(*k.shape[:3], -1).squeeze(-1)  # one gate needs no axis of its own
        return gated.chunkwise(k, k, v, decay=decay)[1][:, 0]

    def forward(self, events: Events) -> Float[Tensor, "count places guests"]:
        """How strongly each place says each guest."""
        return self.address @ self.memory(events)

    @torch.no_grad()
    def says(self, events: Events) -> Int[Tensor, "count places"]:
        """The guest at each place; nobody where none is read out at half strength."""
        strength, guest = self(events).max(-1)
        return torch.where(strength > 0.5, guest, NOBODY)

    def accuracy(self, days: int, seed: int = 1_000_000) -> tuple[float, float]:
        """The share of right answers about rooms and about flats, over four batches of stays of so many days.

        Raises ValueError where there are no flats.
        """
        at_least(1, flats=self.hotel.flats)
        generator, right = torch.Generator().manual_seed(seed), []
        for _ in range(4):
            events = self.hotel.stay(50, days, generator)
            right.append((self.says(events) == events.now).double())
        rooms, flats = torch.cat(right).tensor_split([self.hotel.rooms], dim=1)
        return rooms.mean().item(), flats.mean().item()


def ledger_loss(ledger: Ledger, events: Events) -> Float[Tensor, ""]:
    """Cross-entropy of who is where, nobody being as likely as a guest at half strength."""
    scores = ledger(events)
    scores = torch.cat((torch.full_like(scores[..., :1], 0.5), scores), -1)  # nobody, -1, comes first
    return F.cross_entropy(10 * scores.flatten(0, 1), events.now.flatten() + 1)
