"""What a model thinks comes next: the next token after each prompt, and how likely is each of these answers.

Nothing is generated. Prompts are read, as rows of one batch that end together, and all is in the logits at their ends.
``before`` is a text that stands before all prompts, or one for each; equal ones are read once (`shared_prefix`). It
and the prompts are cut into tokens each for itself, and under `intervene` each of the two may be a pass of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from jielong.model import LanguageModel
from jielong.shared_prefix import begin
from jielong.tokenizer import Tokenizer


@torch.no_grad()
def logits_after(
    model: LanguageModel, tokenizer: Tokenizer, rows: Sequence[list[int]], before: str | Sequence[str] = ""
) -> Float[Tensor, "rows vocabulary"]:
    """Logits of the token that follows each row of tokens. Raises ValueError where there is no row or an empty one."""
    hidden, _ = model.hidden(*begin(model, tokenizer, rows, before))
    return model.next_logits(hidden)


def next_token_logits(
    model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[str], before: str | Sequence[str] = ""
) -> Float[Tensor, "prompts vocabulary"]:
    """Logits of the token that follows each prompt. Raises ValueError where there is no prompt or an empty one."""
    return logits_after(model, tokenizer, [tokenizer.encode(prompt) for prompt in prompts], before)


def next_token_probabilities(
    model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[str], before: str | Sequence[str] = ""
) -> Float[Tensor, "prompts vocabulary"]:
    """The model's distribution over the token that follows each prompt."""
    return next_token_logits(model, tokenizer, prompts, before).softmax(-1)


def ask(model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[str]) -> list[str]:
    """The most probable next token after each prompt, as text."""
    return [tokenizer.decode([token]) for token in next_token_logits(model, tokenizer, prompts).argmax(-1).tolist()]


def first_tokens(tokenizer: Tokenizer, words: Sequence[str]) -> list[int]:
    """The first token of each word where it goes on with a text, after a space."""
    return [tokenizer.encode(f" {word}")[0] for word in words]


def word_log_probabilities(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    words: Sequence[str],
    before: str | Sequence[str] = "",
) -> Float[Tensor, "prompts words"]:
    """Log-probabilities, in nats, that each prompt goes on with (the first token of) each word.

    Raises ValueError for no words, or words whose first tokens are the same.
    """
    first = first_tokens(tokenizer, words)
    if not first or len(set(first)) < len(first):
        raise ValueError(f"words: {list(words)} must be some that all differ in their first token")
    return next_token_logits(model, tokenizer, prompts, before).log_softmax(-1)[:, first]


def choose(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    words: Sequence[str],
    before: str | Sequence[str] = "",
) -> list[str]:
    """For each prompt the one of the words that the model holds likeliest: a constrained reply of one token."""
    best = word_log_probabilities(model, tokenizer, prompts, words, before).argmax(-1)
    return [words[i] for i in best.tolist()]


def log_odds(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    before: str | Sequence[str] = "",
) -> Float[Tensor, " prompts"]:
    """How much rather each prompt goes on with the first answer of its pair than with the second: log-odds, in nats.

    Two answers are compared where they part: Lyon and Paris at the first token, 1945 and 1955 at the third digit, with
    the digits before it given. Raises ValueError for answers of which one begins the other, and where there are not as
    many pairs as prompts.
    """
    if len(pairs) != len(prompts):
        raise ValueError(f"pairs: {len(pairs)} for {len(prompts)} prompts; give one for each")
    parts = [parted(tokenizer, *pair) for pair in pairs]
    rows = [tokenizer.encode(prompt) + shared for prompt, (shared, _, _) in zip(prompts, parts, strict=True)]
    logits = logits_after(model, tokenizer, rows, before)
    one, other = logits.gather(1, torch.tensor([[a, b] for _, a, b in parts], device=logits.device)).unbind(1)
    return one - other


def parted(tokenizer: Tokenizer, one: str, other: str) -> tuple[list[int], int, int]:
    """The tokens with which both answers begin, and then the next one of each. Raises ValueError if there is none."""
    a, b = tokenizer.encode(f" {one}"), tokenizer.encode(f" {other}")
    for k, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return a[:k], x, y
    raise ValueError(f"{one!r} and {other!r}: one begins with the other, so they part nowhere")


def correct(tokenizer: Tokenizer, scores: Float[Tensor, "prompts vocabulary"], answers: Sequence[str]) -> list[bool]:
    """For each prompt, whether the likeliest next token is the first token of its answer. scores: logits, or
    probabilities."""
    said = scores.argmax(-1).tolist()
    return [one == other for one, other in zip(said, first_tokens(tokenizer, answers), strict=True)]


def answer_log_probability(
    model: LanguageModel, ids: Int[Tensor, "batch time"], answer: Bool[Tensor, "batch time"]
) -> Float[Tensor, " batch"]:
    """Log-probability, in nats, that the model writes the marked tokens of each row after what stands before them."""
    return (token_log_probabilities(model, ids) * answer[:, 1:]).sum(-1)


def token_log_probabilities(
    model: LanguageModel, ids: Int[Tensor, "batch time"]
) -> Float[Tensor, "batch time_less_one"]:
    """Log-probability, in nats, of each token but the first, after those before it."""
    logits, _ = model(ids[:, :-1])
    return logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]


@torch.no_grad()
def text_loss(model: LanguageModel, tokenizer: Tokenizer, text: str) -> float:
    """Mean surprise, in nats a token, at an ordinary text: is the language itself still there?"""
    ids = torch.tensor([tokenizer.encode("\n" + text)], device=model.device)
    logits, _ = model(ids[:, :-1])
    return F.cross_entropy(logits[0], ids[0, 1:]).item()
