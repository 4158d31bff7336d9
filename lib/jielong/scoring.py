"""What a model thinks comes next: the next token after each prompt, and how likely is each of these answers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.model import LanguageModel
from jielong.tokenizer import Tokenizer


@torch.inference_mode()
def next_token_probabilities(
    model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[str]
) -> Float[Tensor, "prompts vocabulary"]:
    """The model's distribution over the token that follows each prompt."""
    ids, padding = tokenizer.pad([tokenizer.encode(prompt) for prompt in prompts])
    hidden, _ = model.hidden(ids, padding=padding)
    return model.unembed(hidden[:, -1]).softmax(-1)


def ask(model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[str]) -> list[str]:
    """The most probable next token after each prompt, as text."""
    return [
        tokenizer.decode([token]) for token in next_token_probabilities(model, tokenizer, prompts).argmax(-1).tolist()
    ]
