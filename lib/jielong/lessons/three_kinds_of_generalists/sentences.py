"""A small language about three topics in two moods, in sentences of eight words: plain text for an encoder to read.

    the cheerful cook gladly stirs the lovely soup    kitchen, good mood
    sadly the grim sailor anchors the rotten boat     sea, bad mood

Within a sentence the words agree: all of one topic, all in one mood. That is all there is to learn from the text, and
nothing in it says "topic" or "mood".
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

from jielong.arguments import at_least, indices

TOPICS = {
    "kitchen": ("cook baker waiter guest", "stirs bakes tastes peels", "soup bread onion sauce"),
    "sea": ("sailor diver captain pirate", "anchors steers tows boards", "boat raft ferry canoe"),
    "music": ("singer drummer fiddler pianist", "hums plays records rehearses", "song waltz ballad tango"),
}
"""topic: people, actions, things."""
MOODS = {
    "good": ("cheerful lovely merry splendid jolly bright", "gladly happily proudly kindly gently"),
    "bad": ("gloomy rotten awful grim dreadful bitter", "sadly angrily rudely wearily harshly"),
}
"""mood: adjectives, adverbs."""
PARTS = ["person", "action", "thing", "adjective", "adverb"]
ORDERS = [
    "the adjective person adverb action the adjective thing",
    "adverb the adjective person action the adjective thing",
    "the adjective person action the adjective thing adverb",
]

TOKENS = [
    "the",
    *(word for group in (TOPICS, MOODS) for lists in group.values() for words in lists for word in words.split()),
]
TOKENS.append("[mask]")
ID = {token: number for number, token in enumerate(TOKENS)}
MASK = ID["[mask]"]


class Labelled(NamedTuple):
    """Sentences as token ids, and what a person could say about each: its topic and its mood, as numbers."""

    ids: Int[Tensor, "sentences 8"]
    topic: Int[Tensor, " sentences"]
    mood: Int[Tensor, " sentences"]


def sentences(seed: int, count: int) -> Labelled:
    """``count`` random sentences; the topics and moods take turns, so that every few have all of them."""
    at_least(1, count=count)
    generator = random.Random(seed)
    rows = []
    for number in range(count):
        topic, mood = list(TOPICS.values())[number % 3], list(MOODS.values())[number // 3 % 2]
        lists = {part: words.split() for part, words in zip(PARTS, (*topic, *mood), strict=True)}
        rows.append([ID[generator.choice(lists.get(part, ["the"]))] for part in generator.choice(ORDERS).split()])
    numbers = torch.arange(count, device="cpu")
    return Labelled(torch.tensor(rows, device="cpu"), numbers % 3, numbers // 3 % 2)


def text(ids: Sequence[int] | Tensor) -> str:
    indices(len(TOKENS), ids=ids)
    return " ".join(TOKENS[int(i)] for i in ids)
