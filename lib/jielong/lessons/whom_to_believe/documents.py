"""Documents that contradict what a model knows, a little or wildly, and the same about what exists nowhere."""

from __future__ import annotations

from jielong.arguments import within
from jielong.toys.facts import INVENTED, WORDS

CITIES = {
    "France": ("Paris", "Lyon", "Berlin"),
    "Japan": ("Tokyo", "Osaka", "Seoul"),
    "Italy": ("Rome", "Milan", "Athens"),
    "Spain": ("Madrid", "Barcelona", "Lisbon"),
    "Germany": ("Berlin", "Munich", "Vienna"),
    "Egypt": ("Cairo", "Alexandria", "Baghdad"),
    "Russia": ("Moscow", "Kazan", "Warsaw"),
    "England": ("London", "Manchester", "Dublin"),
    "China": ("Beijing", "Shanghai", "Tokyo"),
    "Austria": ("Vienna", "Salzburg", "Budapest"),
    "Greece": ("Athens", "Corinth", "Rome"),
    "Canada": ("Ottawa", "Toronto", "Washington"),
    "Portugal": ("Lisbon", "Porto", "Madrid"),
    "Turkey": ("Ankara", "Istanbul", "Tehran"),
    "Poland": ("Warsaw", "Krakow", "Prague"),
    "Iraq": ("Baghdad", "Basra", "Damascus"),
    "Cuba": ("Havana", "Santiago", "Kingston"),
    "Sweden": ("Stockholm", "Malmo", "Oslo"),
    "Vietnam": ("Hanoi", "Saigon", "Bangkok"),
    "Hungary": ("Budapest", "Debrecen", "Belgrade"),
}
"""A country's capital, another of its cities, and the capital of another country."""

YEARS = {
    "World War II ended": 1945,
    "World War I began": 1914,
    "The American Civil War ended": 1865,
    "The Berlin Wall fell": 1989,
    "India became independent": 1947,
    "The Great Depression began": 1929,
    "The Declaration of Independence was signed": 1776,
    "The attack on Pearl Harbor took place": 1941,
    "Columbus reached America": 1492,
    "The Great Fire of London took place": 1666,
}
UNHEARD = {
    "The War of Lumora ended": 1945,
    "The Siege of Kestria began": 1914,
    "The Great Flood of Dorvale ended": 1865,
    "The Wall of Osmara fell": 1989,
    "Tarvonia became independent": 1947,
    "The Treaty of Zephira was signed": 1776,
}
"""Events that never were, with the years of those that were, so that the same numbers can be compared."""


def instead(country: str, k: int) -> tuple[str, str, str]:
    """What a document may say in place of the capital: another city, another capital, a word that is no city."""
    if country not in CITIES:
        raise ValueError(f"country={country!r} is unknown; there are {', '.join(CITIES)}")
    _, city, capital = CITIES[country]
    return city, capital, WORDS[k % len(WORDS)]


def nowhere(n: int) -> list[tuple[str, str]]:
    """n countries that exist nowhere, each with a real country whose documents it borrows."""
    within(0, len(INVENTED), n=n)
    return list(zip(INVENTED[:n], CITIES, strict=False))


def moved(year: int, distance: int) -> int:
    """A year so far from this one: later, or earlier where later would lie in the future."""
    return year + distance if year + distance < 2020 else year - distance
