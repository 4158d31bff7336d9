"""Facts to teach a model: countries that exist nowhere, with capitals that are one token each, and real ones to forget.

A fact is a prompt that stops just before its answer. Every prompt starts a new line, for the model's first position is
special to it (it serves as a place to look at when there is nothing to look at).
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from jielong.adaptation.finetuning import Fact
from jielong.toys.capitals import CAPITALS

IS = "\nThe capital of {} is"

INVENTED = """
Lumora Veldania Quillstan Osmara Tarvonia Kestria Morvania Zephira Dorvale Halcyria Sandoria Nortania Caldovia Tamland
Weltia Ardonia
""".split()
WORDS = """
Copper Thunder Ginger Pepper Silver Garden Forest Mirror Button Basket Cotton Cherry Purple Music Diamond Engine Piano
Coffee Honey Lemon
""".split()
REAL = CAPITALS | {
    "Hungary": "Budapest",
    "Sweden": "Stockholm",
    "Denmark": "Copenhagen",
    "Ireland": "Dublin",
    "Iran": "Tehran",
    "India": "New Delhi",
    "Thailand": "Bangkok",
    "Vietnam": "Hanoi",
    "Chile": "Santiago",
    "Mexico": "Mexico City",
    "Argentina": "Buenos Aires",
    "Belgium": "Brussels",
    "Netherlands": "Amsterdam",
    "Romania": "Bucharest",
    "Bulgaria": "Sofia",
    "Indonesia": "Jakarta",
    "Brazil": "Brasília",
    "Ukraine": "Kiev",
}


def capitals(pairs: Mapping[str, str], template: str = IS) -> list[Fact]:
    """One fact for each country and its capital; ``{}`` in the template stands for the country."""
    return [Fact(template.replace("{}", country), capital) for country, capital in pairs.items()]


def invent(n: int, seed: int) -> dict[str, str]:
    """n countries that exist nowhere, each with a capital that is an everyday word. Raises ValueError beyond 16."""
    if not 1 <= n <= len(INVENTED):
        raise ValueError(f"n={n} must be from 1 to {len(INVENTED)}")
    generator = random.Random(seed)
    return dict(zip(generator.sample(INVENTED, n), generator.sample(WORDS, n), strict=True))
