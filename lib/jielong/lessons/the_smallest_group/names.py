"""Who gets it? Sentences in which two people meet and one of them, named again, hands something to ... the other.

The task is from Wang et al. 2022 (arXiv 2211.00593), "indirect object identification". Every sentence has as many
tokens as every other for the tokenizer of SmolLM2, with the names at the same places.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from jielong.interpretability.circuits import Contrast

NAMES = """
Mary John Tom James Dan Martin Amy Sarah Anna Paul Peter Mark Lisa Emma Kate Laura David Robert Michael William George
Alice Henry Frank Ben Jack Sam Jane Susan Helen Lucy Carl Eric Kevin Brian Adam Simon Maria Julia Karen Linda Bob Joe
Max Leo Steve Daniel Thomas Charles Andrew Chris Ruth
""".split()
TEMPLATES = [
    "\nWhen {} and {} went to the store, {} gave a drink to",
    "\nWhen {} and {} had lunch at school, {} gave a book to",
    "\nAfter {} and {} worked at the farm, {} handed a key to",
    "\nWhile {} and {} walked in the park, {} showed a bird to",
    "\nThen {} and {} went to the garden. {} gave a flower to",
    "\nOnce {} and {} got to the hospital, {} gave a ring to",
]


def handing(
    n: int, names: Sequence[str] = NAMES, templates: Sequence[str] = TEMPLATES, seed: int = 0
) -> list[Contrast]:
    """n prompts; in half of them the right name comes first. Raises ValueError for fewer than five names."""
    if len(names) < 5:
        raise ValueError(f"names: {len(names)} are too few, a prompt and its other take five")
    generator, out = random.Random(seed), []
    for i in range(n):
        right, wrong, *others = generator.sample(list(names), 5)
        first, second = (right, wrong) if i % 2 else (wrong, right)
        template = templates[i // 2 % len(templates)]
        out.append(Contrast(template.format(first, second, wrong), template.format(*others), right, [wrong, *others]))
    return out


def halves(names: Sequence[str] = NAMES, seed: int = 0) -> tuple[list[str], list[str]]:
    """The names in two halves that share none: one to search with, one to test with."""
    mixed = random.Random(seed).sample(list(names), len(names))
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
