"""Small texts about many things that the model writes itself, so that it is known what each of them is about.

Every topic is asked for in every form. The model's own text is no worse for this than a book: what we want to see is
what goes on inside while it reads words that it knows well.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from jielong.arguments import at_least, filled
from jielong.model import LanguageModel
from jielong.sampling import generate
from jielong.tokenizer import Tokenizer

TOPICS = """\
cats and dogs
birds of the forest
fish and the deep sea
insects in a garden
baking bread
a soup for winter
fruit and vegetables
planets and stars
volcanoes and earthquakes
rain and storms
snow on a mountain
rivers and lakes
the human heart
teeth and dentists
medicine and hospitals
sleep and dreams
fractions and percentages
triangles
a football match
swimming
chess
money and banks
a small shop
trains and railways
ships and sailors
aeroplanes
ancient Rome
kings and queens
a war and its soldiers
judges and the law
an election
teachers and schools
grandparents
a wedding
music and violins
painting and colours
clothes and fashion
computers
electricity
houses and bricks
farming and wheat
trees and leaves
""".splitlines()
FORMS = {
    "story": "Tell a short story about {}.",
    "news": "Write a long newspaper report about {}.",
    "code": "Write a Python program with comments that has to do with {}.",
    "french": "Écris un long texte en français sur ce sujet : {}.",
    "spanish": "Escribe un texto largo en español sobre este tema: {}.",
}
LENGTH = 63
"""Tokens of a piece; with a newline before it, 64."""


def essays(
    model: LanguageModel,
    tokenizer: Tokenizer,
    form: str,
    topics: Sequence[str] = tuple(TOPICS),
    length: int = LENGTH,
    seed: int = 0,
) -> list[list[int]]:
    """What the model writes about each topic in one form (a name in ``FORMS``): the first ``length`` tokens of each.

    An empty list stands for one that was shorter. Raises ValueError for an unknown form, and no list of topics.
    """
    if form not in FORMS or isinstance(topics, str):
        raise ValueError(f"form={form!r} must be one of {list(FORMS)}, and topics={topics!r} a list")
    filled(topics=topics)
    prompts = [tokenizer.chat([{"role": "user", "content": FORMS[form].format(topic)}]) for topic in topics]
    ids, padding = (x.to(model.device) for x in tokenizer.pad([tokenizer.encode(prompt) for prompt in prompts]))
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode():
        ids = generate(
            model, ids, length, temperature=0.8, top_k=50, end=tokenizer.end, generator=generator, padding=padding
        )[:, ids.shape[1] :]
    return [row if tokenizer.end not in row and len(row) == length else [] for row in ids.tolist()]


def pieces(tokenizer: Tokenizer, text: str, length: int = LENGTH) -> Int[Tensor, "pieces length"]:
    """A long text cut into pieces of equal length, on the CPU; what is left over at the end is dropped."""
    at_least(1, length=length)
    ids = torch.tensor(tokenizer.encode(text), dtype=torch.long, device="cpu")
    return ids[: len(ids) // length * length].view(-1, length)
