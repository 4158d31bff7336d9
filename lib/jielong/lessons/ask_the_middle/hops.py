"""Questions of two steps: from a sight or a city to its country, from the country to its capital."""

from __future__ import annotations

from typing import NamedTuple

from jielong.toys.facts import REAL

PLACES = {
    "the Eiffel Tower": "France",
    "the Great Wall": "China",
    "the Colosseum": "Italy",
    "the Taj Mahal": "India",
    "Mount Fuji": "Japan",
    "the Kremlin": "Russia",
    "the Parthenon": "Greece",
    "Machu Picchu": "Peru",
    "the Brandenburg Gate": "Germany",
    "the Leaning Tower of Pisa": "Italy",
    "the Louvre": "France",
    "the Forbidden City": "China",
    "Christ the Redeemer": "Brazil",
    "Stonehenge": "England",
    "Big Ben": "England",
    "the Acropolis": "Greece",
    "the Prado Museum": "Spain",
    "the Alhambra": "Spain",
    "Niagara Falls": "Canada",
    "Chichen Itza": "Mexico",
    "the Great Pyramid": "Egypt",
    "Kyoto": "Japan",
    "Mumbai": "India",
    "Munich": "Germany",
    "Toronto": "Canada",
    "Krakow": "Poland",
    "Osaka": "Japan",
    "Lyon": "France",
    "Barcelona": "Spain",
    "Shanghai": "China",
    "Rio de Janeiro": "Brazil",
    "Milan": "Italy",
    "Hamburg": "Germany",
    "Vancouver": "Canada",
    "Naples": "Italy",
    "Manchester": "England",
    "Marseille": "France",
    "Seville": "Spain",
}
FORMS = "The capital of the country of {} is", "The capital of the country that has {} is"


class Hops(NamedTuple):
    """A question of two steps with its answer, and each step as a question of its own, with its own answer."""

    question: str
    answer: str
    first: str
    between: str
    second: str


def hops() -> list[Hops]:
    """Every place in both forms; prompts begin on a new line."""
    return [
        Hops(
            "\n" + form.replace("{}", place),
            REAL[country],
            f"\n{place[0].upper()}{place[1:]} is in the country of",
            country,
            f"\nThe capital of {country} is",
        )
        for form in FORMS
        for place, country in PLACES.items()
    ]
