"""Notes that know each other: a new note is tied to old ones, and changes them (after A-MEM, Xu et al. 2025, arXiv
2502.12110).

    notes = Notes(embed)
    notes.write("Ada works for Solvo.", ["Ada", "Solvo"])
    notes.write("Solvo has its office in Oslo.", ["Solvo", "Oslo"])     is tied to the first, which learns of Oslo
    notes.read("Where does Ada work?", k=2)                             [0, 1]: the likest note, and what it is tied to

A note has keywords. It is tied to all others that share one; and each of two tied notes takes up the other's keywords,
so that from now on it is also found under them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.arguments import at_least, filled, indices
from jielong.pretrained.minilm import Embed, nearest
from jielong.tokenizer import well_formed


class Notes:
    """texts, keywords: of each note, by its number. links: the numbers of the notes that it is tied to.

    evolve: whether what a note says changes when others are tied to it.
    """

    def __init__(self, embed: Embed, evolve: bool = True):
        self.embed, self.evolve = embed, evolve
        self.texts: list[str] = []
        self.keywords: list[set[str]] = []
        self.links: list[set[int]] = []
        self.points: dict[str, Float[Tensor, " width"]] = {}

    def write(self, text: str, keywords: Sequence[str]) -> int:
        """Keep a note, tie it to those that share a keyword with it; returns its number."""
        text, keywords, new = well_formed(text), [well_formed(word) for word in keywords], len(self.texts)
        tied = {old for old, words in enumerate(self.keywords) if words & set(keywords)}
        for old in tied:
            self.links[old].add(new)
        self.texts.append(text)
        self.keywords.append(set(keywords))
        self.links.append(tied)
        return new

    def says(self, number: int) -> str:
        """The note's text; if notes evolve, with what the notes say that it is tied to, in key words."""
        indices(len(self.texts), number=number)
        own = self.keywords[number]
        learned = set().union(*(self.keywords[other] for other in self.links[number])) - own
        return f"{self.texts[number]} ({', '.join(sorted(learned))})" if self.evolve and learned else self.texts[number]

    def nearest(self, question: str, k: int) -> list[int]:
        """The numbers of the k notes that, as they are now, are likest to the question, without their ties: a list.

        Raises ValueError where there are no notes.
        """
        filled(texts=self.texts)
        now = [self.says(number) for number in range(len(self.texts))]
        new = [text for text in dict.fromkeys([*now, question]) if text not in self.points]
        if new:
            self.points |= dict(zip(new, self.embed(new), strict=True))
        return nearest(torch.stack([self.points[text] for text in now]), self.points[question], k)

    def read(self, question: str, k: int, links: Sequence[set[int]] | None = None) -> list[int]:
        """The numbers of k notes: the likest one, and of those that it is tied to the likest; fewer if there are fewer.

        links: other ties than the notes' own.
        """
        at_least(0, k=k)
        first, *others = self.nearest(question, len(self.texts))
        tied = (self.links if links is None else links)[first]
        return [first, *(number for number in others if number in tied)][:k]

    def shuffled(self, seed: int) -> list[set[int]]:
        """As many ties as there are, each to a note drawn at random in place of the one that it leads to."""
        order = random.Random(seed).sample(range(len(self.texts)), len(self.texts))
        return [{order[other] for other in links} for links in self.links]
