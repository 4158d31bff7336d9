"""Seven made-up languages that say the same hundred things: five trade with each other, two live on an island.

A meaning is (who, does what, to what). Each language has its own letters, its own word for every idea and its own word
order. A translation is one sequence: the sentence, the name of the language that is wanted, the sentence in it, end.

    ταλι ποκε ρονα  <Haru>  ねこみ りんさ たべむ  end

The island's two languages are translated into each other, and never into or from those of the mainland.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.arguments import at_least, filled, finite, indices
from jielong.model import LanguageModel
from jielong.sampling import generate
from jielong.sites import advance

IDEAS = "cat child king fox nurse sees carries finds hides apple stone drum lamp boat".split()
WHO, DOES, WHAT = range(0, 5), range(5, 9), range(9, 14)


class Language(NamedTuple):
    """A name, the order of subject, verb and object, and the syllables that its words are made of."""

    name: str
    order: str
    syllables: str


MAINLAND = [
    Language("Tavo", "SVO", "ta vo mi ke su ra lo ni"),
    Language("Dema", "SOV", "δε μα λι πο κη ρα σο νυ"),
    Language("Zhiv", "VSO", "жи во ла ту ше кра мо ни"),
    Language("Haru", "OVS", "は る み そ け な と ゆ"),
    Language("Nabi", "OSV", "나 비 소 두 래 모 키 하"),
]
ISLAND = [Language("Kva", "VOS", "კვა თე ლი მო სუ რა ნი ხო"), Language("Hay", "SVO", "հա յե լո մի սու րա նի կո")]
LANGUAGES = MAINLAND + ISLAND
SIZE = len(IDEAS)
WANT = len(LANGUAGES) * SIZE
"""Token that asks for language k: ``WANT + k``. Idea i in language k is token ``k * SIZE + i``."""
END = WANT + len(LANGUAGES)
VOCABULARY = END + 1

Meaning = tuple[int, int, int]
Pair = tuple[int, int]
MEANINGS: list[Meaning] = list(itertools.product(WHO, DOES, WHAT))
NEW: list[Meaning] = [m for m in MEANINGS if sum(m) % 5 == 0]
"""Twenty meanings that no training sentence has; every idea occurs in the others."""
KNOWN: list[Meaning] = [m for m in MEANINGS if m not in NEW]

HELD_OUT: list[Pair] = [(k, (k + 1) % 5) for k in range(5)]
"""From each language of the mainland into the next: pairs that are never trained (source, target)."""
TRADED: list[Pair] = [p for p in itertools.permutations(range(5), 2) if p not in HELD_OUT]
FERRY: list[Pair] = [*itertools.product(range(5), (5, 6)), *itertools.product((5, 6), range(5))]
"""Between mainland and island: never trained, and no third language leads across."""
HOME: list[Pair] = [(k, k) for k in range(7)] + [(5, 6), (6, 5)]
"""Every language into itself, and the island's two into each other."""


def words() -> list[str]:
    """How each token reads."""
    generator, spelled = random.Random(7), []
    for language in LANGUAGES:
        choices = ["".join(pair) for pair in itertools.permutations(language.syllables.split(), 2)]
        spelled += generator.sample(choices, SIZE)
    return [*spelled, *(f"<{language.name}>" for language in LANGUAGES), "end"]


WORDS = words()


def say(meaning: Meaning, language: int) -> list[int]:
    """A meaning as the three words of a language, in its order."""
    indices(len(LANGUAGES), language=language)
    indices(SIZE, meaning=list(meaning))
    who, does, what = (language * SIZE + idea for idea in meaning)
    return [{"S": who, "V": does, "O": what}[part] for part in LANGUAGES[language].order]


def text(ids: Sequence[int] | Tensor) -> str:
    indices(VOCABULARY, ids=ids)
    return " ".join(WORDS[int(i)] for i in ids)


def example(meaning: Meaning, source: int, target: int) -> list[int]:
    """A sentence, the wanted language, its translation, end: eight tokens."""
    return [*say(meaning, source), WANT + target, *say(meaning, target), END]


def translations(
    seed: int, pairs: Sequence[Pair], count: int = 64
) -> Iterator[tuple[Int[Tensor, "count 8"], Bool[Tensor, "count 8"]]]:
    """Batches, without end, of translations of known meanings, and what of them to learn to write."""
    filled(pairs=pairs)
    at_least(1, count=count)
    generator = random.Random(seed)
    learn = torch.arange(8, device="cpu").expand(count, -1) > 3
    while True:
        rows = [example(generator.choice(KNOWN), *generator.choice(pairs)) for _ in range(count)]
        yield torch.tensor(rows, device="cpu"), learn


def fluency(model: LanguageModel, pair: Pair, meanings: Sequence[Meaning] = NEW) -> float:
    """Share of the meanings that the model translates without a mistake, greedily, from pair[0] into pair[1]."""
    filled(meanings=meanings)
    true = torch.tensor([example(meaning, *pair) for meaning in meanings], device=model.device)
    return (generate(model, true[:, :4], 4) == true).all(1).double().mean().item()


@torch.no_grad()
def sentence_vectors(
    model: LanguageModel, language: int, meanings: Sequence[Meaning] = NEW, layer: int = 1
) -> Float[Tensor, "meanings width"]:
    """One vector for each sentence: the mean of its words' residual streams after ``layer`` layers, before the model
    has been told which language is wanted."""
    filled(meanings=meanings)
    ids = torch.tensor([say(meaning, language) for meaning in meanings], device=model.device)
    return advance(model, model.enter(ids), 0, layer).mean(1)


def found(one: Float[Tensor, "meanings width"], other: Float[Tensor, "meanings width"]) -> float:
    """For how many sentences of one language the nearest sentence of the other (by cosine) means the same."""
    if one.shape != other.shape:
        raise ValueError(f"one {tuple(one.shape)} and other {tuple(other.shape)} must be as many sentences")
    finite(one=one, other=other)
    near = torch.nn.functional.normalize(one, dim=1) @ torch.nn.functional.normalize(other, dim=1).T
    return (near.argmax(1) == torch.arange(len(one), device=one.device)).double().mean().item()
