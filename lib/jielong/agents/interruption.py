"""An agent that works and hears at the same time, and one that hears between two turns only.

    diary = await live(begin, {0: "go to the kitchen", 5: "no, to the office"}, until=30, interrupts=always)

Two tasks run side by side, one that speaks and one that works. Their time is counted in moments: in each, something may
be said, and one piece of work gets done, a step of a walk or a word of a reply. No clock of this machine is in it, so a
run comes out the same every time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Begin = Callable[[str], Iterator[Any]]
"""From what was said to the pieces of the work that it asks for."""


@dataclass(frozen=True)
class Moment:
    """One moment: what was said in it, which words the agent worked for, and what it did (None: nothing)."""

    said: str | None
    working_for: str | None
    piece: Any


def never(said: str) -> bool:
    """Nothing interrupts: whoever speaks has to wait for the end of the turn."""
    return False


def always(said: str) -> bool:
    """Every sound interrupts."""
    return True


async def live(
    begin: Begin, said: Mapping[int, str], until: int, interrupts: Callable[[str], bool] = never
) -> list[Moment]:
    """What happens in the moments 0 to ``until`` - 1, to an agent to whom this is ``said`` at these moments.

    interrupts: whether something heard in the middle of the work changes its course at once. What does not is kept, and
    when the work is done, the latest of it comes next.
    """
    ears: asyncio.Queue[str] = asyncio.Queue()
    both = asyncio.Barrier(2)
    done: list[tuple[str | None, Any]] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(speak(said, until, ears, both))
        group.create_task(work(begin, until, ears, both, interrupts, done))
    return [Moment(said.get(now), *what) for now, what in enumerate(done)]


async def speak(said: Mapping[int, str], until: int, ears: asyncio.Queue[str], both: asyncio.Barrier) -> None:
    for now in range(until):
        if now in said:
            ears.put_nowait(said[now])
        await both.wait()  # it is said
        await both.wait()  # it is done


async def work(
    begin: Begin,
    until: int,
    ears: asyncio.Queue[str],
    both: asyncio.Barrier,
    interrupts: Callable[[str], bool],
    done: list[tuple[str | None, Any]],
) -> None:
    words: str | None = None
    pieces: Iterator[Any] = iter(())
    waiting: list[str] = []
    for _ in range(until):
        await both.wait()
        while not ears.empty():
            heard = ears.get_nowait()
            if words is not None and interrupts(heard):
                words, pieces = heard, begin(heard)
            else:
                waiting.append(heard)
        piece = next(pieces, None)
        if piece is None and waiting:
            words, waiting = waiting[-1], []
            pieces = begin(words)
            piece = next(pieces, None)
        if piece is None:
            words = None
        done.append((words, piece))
        await both.wait()


def moment_of(diary: list[Moment], said: str) -> int:
    """When this was said. Raises ValueError for what never was."""
    when = next((now for now, moment in enumerate(diary) if moment.said == said), None)
    if when is None:
        raise ValueError(f"said={said!r}: nobody said that")
    return when


def reaction(diary: list[Moment], said: str) -> int | None:
    """Moments from the one in which this was said to the first piece of work for it; None where none was done.

    Raises ValueError for what was never said.
    """
    when = moment_of(diary, said)
    began = (now for now, moment in enumerate(diary) if moment.working_for == said and moment.piece is not None)
    first = next(began, None)
    return None if first is None else first - when


def wasted(diary: list[Moment], said: str) -> int:
    """Pieces of work for something else, done after this was said and before it was begun."""
    when = moment_of(diary, said)
    waits = reaction(diary, said)
    during = diary[when:] if waits is None else diary[when : when + waits]
    return sum(moment.piece is not None for moment in during)
