"""Two people of one name, each with a document of their own, and what is to be told of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

NAMES = """\
Anna Berg
Peter Novak
Maria Lopez
John Carter
Laura Rossi
David Cohen
Emma Stone
Paul Weber
""".splitlines()
OTHER_NAMES = """\
Clara Holm
Ivan Dvorak
Sofia Torres
Mark Hughes
Giulia Conti
Daniel Levy
Lucy Brooks
Hans Becker
""".splitlines()
JOBS = """
physicist singer lawyer baker pilot painter nurse farmer judge dancer chemist sailor teacher tailor doctor actor
""".split()
CITIES = """
Oslo Rome Cairo Lima Paris Tokyo Berlin Madrid Athens Vienna Dublin Moscow London Boston Warsaw Lisbon
""".split()
FOODS = "rice soup bread cheese fish pasta cake fruit".split()
PETS = "dog cat horse parrot rabbit goat snake pig".split()

SAYS = {"city": " lives in", "food": " loves", "pet": " owns a"}
"""What is told of a person, and the words before it."""


class Person(NamedTuple):
    name: str
    job: str
    city: str
    food: str
    pet: str

    def facts(self) -> list[str]:
        """City, food and pet, in the order of `SAYS`."""
        return [getattr(self, slot) for slot in SAYS]


def pairs(same_name: bool = True) -> list[tuple[Person, Person]]:
    """Eight pairs of people, of one name or of two, that have nothing else in common."""
    return [
        (
            Person(name, JOBS[2 * k], CITIES[2 * k], FOODS[k], PETS[k]),
            Person(
                name if same_name else OTHER_NAMES[k], JOBS[2 * k + 1], CITIES[2 * k + 1], FOODS[k - 3], PETS[k - 5]
            ),
        )
        for k, name in enumerate(NAMES)
    ]


def document(person: Person, backwards: bool = False, named: str | None = None) -> str:
    """A sentence for each thing. named: what the person is called throughout (default: the bare name, and the job in a
    sentence of its own)."""
    name = named or person.name
    sentences = [f"{name}{words} {fact}." for words, fact in zip(SAYS.values(), person.facts(), strict=True)]
    if named is None:
        sentences.insert(0, f"{name} is a {person.job}.")
    return " ".join(reversed(sentences) if backwards else sentences)


def full_name(person: Person) -> str:
    """The name with what tells it from others of that name."""
    return f"{person.name} the {person.job}"


def prompt(documents: Sequence[str], person: Person) -> str:
    """The documents, and the beginning of an answer about this person; the job says which one is meant."""
    return "".join(f"\nDocument: {document}" for document in documents) + f"\nAnswer: {full_name(person)}"
