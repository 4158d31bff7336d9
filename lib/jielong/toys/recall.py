"""Recall: pairs of a key and a value go by, then somebody asks for one of the keys.

Two tasks. In `pairs` every key comes once, so that only the room in the memory matters. In `rewrites` keys come again
with new values, and the last one counts; in `moves` the value is new only now and then. Keys and values are numbers;
they become vectors for a memory that is tested as it is (`unit_vectors`, `watch`), or tokens for a language model
(`questions`):

    key value key value ... key value   key value key value      the values after the pairs are what is to be learned

Keys are tokens 0 to keys - 1, values follow (Arora et al. 2023, "Zoology", arXiv 2312.04927, call this task MQAR).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.arguments import at_least, filled, indices, within


def pairs(
    count: int, number: int, keys: int, values: int, generator: torch.Generator
) -> tuple[Int[Tensor, "count number"], Int[Tensor, "count number"]]:
    """Keys, all different within a row, and the values they go with. Raises ValueError if there are too few keys."""
    at_least(1, count=count, number=number, values=values)
    if number > keys:
        raise ValueError(f"number={number} pairs need as many different keys; there are keys={keys}")
    k = shuffled((count, keys), generator)[:, :number]
    return k, torch.randint(values, (count, number), generator=generator, device=generator.device)


def shuffled(shape: Sequence[int], generator: torch.Generator) -> Int[Tensor, "count number"]:
    """In each row the numbers from 0 on, in random order."""
    if len(shape) != 2 or min(shape) < 0:
        raise ValueError(f"shape={tuple(shape)} must be how many rows and how many numbers, neither below 0")
    drawn = torch.rand(*shape, dtype=torch.float64, generator=generator, device=generator.device)
    return drawn.argsort(dim=1, stable=True)


def rewrites(
    count: int, number: int, keys: int, values: int, generator: torch.Generator
) -> tuple[Int[Tensor, "count number"], Int[Tensor, "count number"]]:
    """Keys that come again and again, each time with another value drawn afresh."""
    at_least(1, count=count, number=number, keys=keys, values=values)
    k = torch.randint(keys, (count, number), generator=generator, device=generator.device)
    return k, torch.randint(values, (count, number), generator=generator, device=generator.device)


def moves(
    count: int, number: int, keys: int, values: int, change: float, generator: torch.Generator
) -> tuple[Int[Tensor, "count number"], Int[Tensor, "count number"]]:
    """Keys that come again and again, mostly with the value that they had; it is new with probability ``change``."""
    at_least(1, count=count, number=number, keys=keys, values=values)
    within(0, 1, change=change)
    k = torch.randint(keys, (count, number), generator=generator, device=generator.device)
    fresh = torch.randint(values, (count, number), generator=generator, device=generator.device)
    moved = torch.rand(count, number, dtype=torch.float64, generator=generator, device=generator.device) < change
    now = torch.randint(values, (count, keys), generator=generator, device=generator.device)
    v = []
    for key, new, yes in zip(k.split(1, 1), fresh.split(1, 1), moved.split(1, 1), strict=True):
        v.append(torch.where(yes, new, now.gather(1, key)))
        now.scatter_(1, key, v[-1])
    return k, torch.cat(v, 1)


def last_values(
    k: Int[Tensor, "count number"], v: Int[Tensor, "count number"], asked: Int[Tensor, "count some"]
) -> Int[Tensor, "count some"]:
    """The value that was last written at each key asked for. Raises ValueError for a key that was never written."""
    filled(k=k)
    when = torch.arange(1, k.shape[1] + 1, device=k.device) * (k[:, None] == asked[..., None])
    last = when.max(-1).values - 1
    if (last < 0).any():
        raise ValueError("asked: a key that was never written has no value")
    return v.gather(1, last)


def some_of(k: Int[Tensor, "count number"], some: int, generator: torch.Generator) -> Int[Tensor, "count some"]:
    """Keys to ask for: at places drawn from each row, different places. Raises ValueError if there are too few."""
    within(1, k.shape[1], some=some)
    return k.gather(1, shuffled(k.shape, generator)[:, :some])


def unit_vectors(number: int, d: int, generator: torch.Generator) -> Float[Tensor, "number d"]:
    """Directions drawn at random, all of length one; in float64."""
    at_least(1, number=number, d=d)
    x = torch.randn(number, d, dtype=torch.float64, generator=generator, device=generator.device)
    return x / x.norm(dim=1, keepdim=True)


def watch(
    form: Callable[..., tuple[Tensor, Tensor]],
    k: Float[Tensor, "time d_k"],
    v: Float[Tensor, "time d_v"],
    **gates: Tensor,
) -> Float[Tensor, "moments d_k d_v"]:
    """The memory before the first step and after each, as a recurrent form of the mixers writes it.

    gates: what the rule takes besides, one entry for each step: ``decay`` (time,) or (time, d_k), ``beta`` (time,).
    A step with k = 0 and v = 0 writes nothing.
    """
    memory = k.new_zeros(1, 1, k.shape[1], v.shape[1])
    moments = [memory]
    for t in range(len(k)):
        now = {name: gate[None, None, t : t + 1] for name, gate in gates.items()}
        step = slice(t, t + 1)
        _, memory = form(k[None, None, step], k[None, None, step], v[None, None, step], state=memory, **now)
        moments.append(memory)
    return torch.cat(moments)[:, 0]


def told(
    steps: Sequence[tuple[Any, ...]], keys: Float[Tensor, "keys d_k"], values: Float[Tensor, "values d_v"]
) -> tuple[Float[Tensor, "time d_k"], Float[Tensor, "time d_v"]]:
    """The vectors of a story, for `watch`: what each step writes, and where; zeros where it only asks.

    steps: ("write", key, value) or ("read", key), with the numbers of the key and the value. Raises ValueError for any
    others, and for none.
    """
    filled(steps=steps)
    for step in steps:
        if step[0] not in ("write", "read"):
            raise ValueError(f"steps: {step!r} neither writes nor reads")
    writes = torch.tensor([[step[0] == "write"] for step in steps], device=keys.device)
    what = [step[2] if step[0] == "write" else 0 for step in steps]
    indices(len(keys), **{"the keys of steps": [step[1] for step in steps]})
    indices(len(values), **{"the values of steps": what})
    return writes * keys[[step[1] for step in steps]], writes * values[what]


def corrections(
    k: Float[Tensor, "time d_k"], v: Float[Tensor, "time d_v"], memory: Float[Tensor, "moments d_k d_v"]
) -> Float[Tensor, "time d_v"]:
    """What the delta rule adds at each key: the value less what the memory, as `watch` has seen it, said before."""
    return v - torch.einsum("tk,tkv->tv", k, memory[:-1])


@dataclass(frozen=True)
class Recall:
    """A task as tokens for a language model.

    draw: `pairs` or `rewrites`. number: pairs in a row. asked: questions after them.
    """

    draw: Callable[..., tuple[Tensor, Tensor]] = pairs
    number: int = 8
    keys: int = 64
    values: int = 64
    asked: int = 8

    @property
    def vocabulary(self) -> int:
        return self.keys + self.values

    def questions(
        self, count: int, generator: torch.Generator, asked: int | None = None
    ) -> tuple[Int[Tensor, "count time"], Bool[Tensor, "count time"]]:
        """Rows of tokens, and True at the answers."""
        asked = self.asked if asked is None else asked
        within(1, self.number, asked=asked)
        k, v = self.draw(count, self.number, self.keys, self.values, generator)
        q = some_of(k, asked, generator)
        told = torch.stack((k, v + self.keys), 2).flatten(1)
        answered = torch.stack((q, last_values(k, v, q) + self.keys), 2).flatten(1)
        ids = torch.cat((told, answered), 1)
        place = torch.arange(ids.shape[1], device=ids.device)
        return ids, ((place >= told.shape[1]) & (place % 2 == 1)).expand(ids.shape)

    def batches(self, seed: int, count: int = 64) -> Iterator[tuple[Any, ...]]:
        """Endless batches to learn from."""
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield self.questions(count, generator)

    @torch.no_grad()
    def accuracy(self, model: Callable[[Tensor], tuple[Tensor, Any]], count: int = 500, seed: int = 1_000_000) -> float:
        """The share of right answers to one question each, about pairs drawn afresh. model: a `LanguageModel`."""
        ids, _ = self.questions(count, torch.Generator().manual_seed(seed), asked=1)
        logits, _ = model(ids[:, :-1])
        return (logits[:, -1].argmax(-1) == ids[:, -1]).double().mean().item()
