"""Writing into memory: what is worth a record, by the model's own judgement.

The model is shown a few notes with a yes or a no, then the new one, and asked for the next word. Its log-odds of yes
against no is how much the note is worth to it; where the line lies is for somebody to say who has seen some examples.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from jielong.arguments import filled, finite
from jielong.model import LanguageModel
from jielong.scoring import log_odds
from jielong.tokenizer import Tokenizer

ASK = "\nWhich notes are worth keeping for years? Answer yes or no.\n"
EXAMPLES = [
    ("The highest mountain of Japan is Mount Fuji.", True),
    ("I had toast this morning.", False),
    ("Ben missed the bus in Osaka.", False),
    ("People in Japan speak Japanese.", True),
]


def worth(
    model: LanguageModel, tokenizer: Tokenizer, texts: Sequence[str], examples: Sequence[tuple[str, bool]] = EXAMPLES
) -> Float[Tensor, " texts"]:
    """The log-odds, in nats, that each text is worth keeping, after these examples."""
    shown = "".join(f"Note: {text}\nKeep: {'yes' if keep else 'no'}\n" for text, keep in examples)
    prompts = [f"Note: {text}\nKeep:" for text in texts]
    return log_odds(model, tokenizer, prompts, [("yes", "no")] * len(texts), ASK + shown)


def line(worths: Float[Tensor, " texts"], wanted: Bool[Tensor, " texts"]) -> float:
    """The worth from which on to keep, so that most of the wanted are kept and most of the others are not.

    It lies in the middle between two of the worths. Raises ValueError for fewer than two, or one that is no number.
    """
    if len(worths) < 2:
        raise ValueError(f"worths: a line lies between two, and there are {len(worths)}")
    finite(worths=worths)
    ordered = worths.sort().values
    middles = [(a + b) / 2 for a, b in zip(ordered.tolist(), ordered[1:].tolist(), strict=False)]
    return max(middles, key=lambda middle: int(((worths >= middle) == wanted).sum()))


def separation(worths: Float[Tensor, " texts"], wanted: Bool[Tensor, " texts"]) -> float:
    """How often a wanted text is worth more than an unwanted one: 1 at best, one half by lot (area under the ROC).

    Raises ValueError where none is wanted or all are, or where a worth is no number.
    """
    finite(worths=worths)
    filled(**{"worths of the wanted": worths[wanted], "worths of the others": worths[~wanted]})
    return torch.where(worths[wanted][:, None] > worths[~wanted], 1.0, 0.0).mean().item()
