"""People, the firms that they work for, the towns of these, and what a town is known for: facts that need each other.

Each record says one thing. A question may need two or three of them, and only the first names the person asked about.
Every person has also been somewhere on holiday: the wrong town, in the right kind of sentence.
"""

from __future__ import annotations

import random
from typing import NamedTuple

PEOPLE = "Ada Boris Clara David Elena Felix Greta Hugo Irene Jonas Karla Lucas Marta Nina Oscar Paula".split()
FIRMS = "Solvo Brinta Numbra Tarvex Quillon Veldan Osmara Kestria".split()
TOWNS = "Oslo Rome Cairo Lima Paris Tokyo Berlin Madrid".split()
FOODS = "soup bread cheese fish rice cake tea honey".split()

WORKS, OFFICE, FAMOUS, HOLIDAY = "works for", "has its office in", "is famous for its", "spent a holiday in"


class Triple(NamedTuple):
    """Who, what, whom: "Ada", "works for", "Solvo"."""

    subject: str
    relation: str
    object: str

    @property
    def text(self) -> str:
        return f"{self.subject} {self.relation} {self.object}."


class Question(NamedTuple):
    """A question, the answer, the wrong one that the holiday suggests, and the records that are needed, in order."""

    text: str
    answer: str
    trap: str
    needed: tuple[Triple, ...]


class Village(NamedTuple):
    """All that there is to know, in the order in which it is heard, and questions of two steps and of three."""

    triples: list[Triple]
    two: list[Question]
    three: list[Question]


def village(seed: int = 0) -> Village:
    """16 people, 8 firms, 8 towns, drawn with this seed: 48 records, 16 questions of each kind."""
    generator = random.Random(seed)
    firms = dict(zip(PEOPLE, generator.sample(FIRMS * 2, 16), strict=True))
    town = dict(zip(FIRMS, generator.sample(TOWNS, 8), strict=True))
    food = dict(zip(TOWNS, generator.sample(FOODS, 8), strict=True))
    visited = {person: generator.choice([t for t in TOWNS if t != town[firms[person]]]) for person in PEOPLE}
    triples = [Triple(p, WORKS, f) for p, f in firms.items()] + [Triple(f, OFFICE, t) for f, t in town.items()]
    triples += [Triple(t, FAMOUS, f) for t, f in food.items()] + [Triple(p, HOLIDAY, t) for p, t in visited.items()]
    generator.shuffle(triples)
    two, three = [], []
    for person, firm in firms.items():
        works, office = Triple(person, WORKS, firm), Triple(firm, OFFICE, town[firm])
        famous, away = Triple(town[firm], FAMOUS, food[town[firm]]), visited[person]
        two.append(Question(f"In which town does {person} work?", town[firm], away, (works, office)))
        asked = f"What food is famous in the town where {person} works?"
        three.append(Question(asked, famous.object, food[away], (works, office, famous)))
    return Village(triples, two, three)
