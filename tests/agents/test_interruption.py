"""Working and hearing at once, moment by moment, against diaries written by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from jielong.agents.interruption import Moment, always, live, never, reaction, wasted


def count(said: str) -> Iterator[str]:
    """ "ab3" is three pieces of work: ab1, ab2, ab3; "mm0" is none."""
    return (f"{said[:-1]}{k + 1}" for k in range(int(said[-1])))


def pieces(diary: list[Moment]) -> list[str | None]:
    return [moment.piece for moment in diary]


def run(said: dict[int, str], until: int, interrupts=never) -> list[Moment]:
    return asyncio.run(live(count, said, until, interrupts))


SAID = {0: "a5", 2: "b2"}


def test_in_turns_the_second_waits_for_the_first():
    diary = run(SAID, 9)
    assert pieces(diary) == ["a1", "a2", "a3", "a4", "a5", "b1", "b2", None, None]
    assert reaction(diary, "b2") == 3
    assert wasted(diary, "b2") == 3
    assert diary[2].said == "b2"
    assert diary[2].working_for == "a5"
    assert diary[8].working_for is None


def test_an_interruption_is_answered_in_its_own_moment():
    diary = run(SAID, 6, always)
    assert pieces(diary) == ["a1", "a2", "b1", "b2", None, None]
    assert reaction(diary, "b2") == 0
    assert wasted(diary, "b2") == 0


def test_only_what_matters_interrupts():
    said = {0: "a5", 1: "mm0", 3: "b2"}
    assert pieces(run(said, 8, lambda heard: heard == "b2")) == ["a1", "a2", "a3", "b1", "b2", None, None, None]
    assert pieces(run({0: "a5", 1: "mm0"}, 6, always)) == ["a1", None, None, None, None, None]
    kept = run({0: "a5", 1: "mm0"}, 6, never)
    assert pieces(kept) == ["a1", "a2", "a3", "a4", "a5", None]
    assert reaction(kept, "mm0") is None


def test_of_what_waited_the_latest_comes_next():
    assert pieces(run({0: "a3", 1: "b2", 2: "c1"}, 6)) == ["a1", "a2", "a3", "c1", None, None]


def test_who_is_idle_begins_at_once():
    diary = run({3: "a1"}, 5)
    assert pieces(diary) == [None, None, None, "a1", None]
    assert reaction(diary, "a1") == 0
