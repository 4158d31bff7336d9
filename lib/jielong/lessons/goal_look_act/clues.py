"""A search by clues: in each place lies a note that names the next, and in the last one lies what is looked for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from jielong.agents.chat.messages import ToolCall
from jielong.agents.loop import Action, Goal, Observation, Step

Place = Literal["library", "tower", "well", "shed", "park", "bank", "church", "school"]
PLACES: tuple[Place, ...] = get_args(Place)
THINGS = "key hat book cup ball ring".split()


class Search(NamedTuple):
    """Something that lies at the last of some places; the goal names the first."""

    thing: str
    path: tuple[Place, ...]

    @property
    def goal(self) -> str:
        return f"Find the {self.thing}. Begin at the {self.path[0]}."


EXAMPLES = Search("coin", ("bank", "well", "school")), Search("pen", ("tower", "park"))


class Village:
    """The places of one search. mute: whoever looks is not told what there is to be seen."""

    def __init__(self, search: Search, mute: bool = False):
        notes = [f"A note: go to the {place}." for place in search.path[1:]]
        self.notes = dict(zip(search.path, [*notes, f"Here is the {search.thing}!"], strict=True))
        self.mute = mute
        self.seen: list[Place] = []

    def look(self, place: Place) -> str:
        """Look at a place."""
        self.seen.append(place)
        return "You have looked." if self.mute else self.notes.get(place, "Nothing here.")


def searches(count: int, seed: int) -> list[Search]:
    """Searches over two and three places, in turn."""
    generator = random.Random(seed)
    return [Search(generator.choice(THINGS), tuple(generator.sample(PLACES, 2 + k % 2))) for k in range(count)]


def call(place: Place) -> ToolCall:
    return ToolCall(id="call_0", name="look", arguments={"place": place})


def shown(examples: Sequence[Search], mute: bool = False, last: str = "done") -> list[Step]:
    """The steps of runs that went well, as an example to follow. last: what is said at the end, {} for it in words."""
    steps: list[Step] = []
    for search in examples:
        village = Village(search, mute)
        steps.append(Goal(text=search.goal))
        for place in search.path:
            steps.append(Action(call=call(place), read=0, written=0))
            steps.append(Observation(text=village.look(place), answers="call_0"))
        found = f"The {search.thing} is at the {search.path[-1]}."
        steps.append(Action(text=last.replace("{}", found), read=0, written=0))
    return steps
