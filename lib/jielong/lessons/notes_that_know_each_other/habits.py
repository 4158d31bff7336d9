"""What people drink, own and play: short records by the dozen, each with the question that it answers."""

from __future__ import annotations

import random
from typing import NamedTuple

from jielong.lessons.notes_that_know_each_other.village import PEOPLE

WORDS = {
    "drinks": "tea wine milk beer coffee juice water rum".split(),
    "owns a": "dog cat horse parrot rabbit goat snake pig".split(),
    "plays": "chess tennis golf football cards rugby hockey poker".split(),
}
ASKED = {"drinks": "What does {} drink?", "owns a": "Which animal does {} own?", "plays": "What does {} play?"}


class Habit(NamedTuple):
    """A person, what is said of him or her, and the word that only the record tells."""

    person: str
    kind: str
    word: str

    @property
    def text(self) -> str:
        return f"{self.stem} {self.word}."

    @property
    def stem(self) -> str:
        return f"{self.person} {self.kind}"

    @property
    def question(self) -> str:
        return ASKED[self.kind].format(self.person)

    @property
    def words(self) -> list[str]:
        """Everything that the answer could be."""
        return WORDS[self.kind]


def habits(seed: int = 0) -> list[Habit]:
    """Three of each person, 48 in all, in the order in which they are heard."""
    generator = random.Random(seed)
    all_of_them = [Habit(person, kind, generator.choice(words)) for person in PEOPLE for kind, words in WORDS.items()]
    generator.shuffle(all_of_them)
    return all_of_them
