"""The same sentences in English, in French and in capitals, and how to hear which voice a text speaks in."""

from __future__ import annotations

import re

ENGLISH = """\
The little cat sleeps on the old chair.
My sister reads a book in the garden.
We eat bread and cheese in the evening.
The train leaves the station at nine o'clock.
There is a lot of snow in the mountains.
I would like a cup of coffee, please.
The children play with the ball in the street.
He has lived in this town for ten years.
The sea is calm and the sky is blue.
She writes a long letter to her grandmother.
""".splitlines()
FRENCH = """\
Le petit chat dort sur la vieille chaise.
Ma sœur lit un livre dans le jardin.
Nous mangeons du pain et du fromage le soir.
Le train quitte la gare à neuf heures.
Il y a beaucoup de neige dans les montagnes.
Je voudrais une tasse de café, s'il vous plaît.
Les enfants jouent avec le ballon dans la rue.
Il habite dans cette ville depuis dix ans.
La mer est calme et le ciel est bleu.
Elle écrit une longue lettre à sa grand-mère.
""".splitlines()
CAPITALS = [sentence.upper() for sentence in ENGLISH]

BEGINNINGS = """\
The weather today is
In the kitchen there is
Yesterday I went to
On my way home I saw
The most important thing is
Our teacher told us that
""".splitlines()

COMMON = set(
    """
le la les un une de du des et est dans à au aux en que qui pour sur avec il elle je nous vous ils elles ce cette ces
sa ses mon ma leur très bien par ou mais être avoir été fait qu était sont suis ont petit grand jour
""".split()
)
"""Small words that a French text is full of and an English one has not."""


def french(text: str) -> float:
    """How many different common French words there are, for each word of the text: almost half in French. To say one of
    them again and again is no French."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    return len(COMMON.intersection(words)) / max(1, len(words))


def capitals(text: str) -> float:
    """The share of its letters that are capitals."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) / max(1, len(letters))
