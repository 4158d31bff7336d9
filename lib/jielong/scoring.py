"""What a model thinks comes next: the next token after each prompt, and how likely is each of these answers.

Nothing is generated. Prompts are read, as rows of one batch that end together, and all is in the logits at their ends.
``before`` is a text that stands before all prompts, or one for each; equal ones are read once (`shared_prefix`). It
and the prompts are cut into tokens each for itself, and under `intervene` each of the two may be a pass of its own.

Answers are told from each other by how they begin (`opening`), where they go on with the prompt, after a space. Mostly
that is one token, such as " Paris". But " 3" and " rome" begin with a token that is only a space, and " 台北" with that
and two pieces of a character; those are read on, up to the first whole character.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.arguments import decided, every_row, filled
from jielong.model import LanguageModel
from jielong.precision import wide
from jielong.shared_prefix import begin
from jielong.tokenizer import Tokenizer


@torch.no_grad()
def logits_after(
    model: LanguageModel, tokenizer: Tokenizer, rows: Sequence[list[int]], before: str | Sequence[str] = ""
) -> Float[Tensor, "rows vocabulary"]:
    """Logits of the token that follows each row of tokens. Raises ValueError where there is no row or an empty one, and
    where the model's logits are nan or inf."""
    hidden, _ = model.hidden(*begin(model, tokenizer, rows, before))
    logits = model.next_logits(hidden)
    decided(model=logits)
    return logits


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


def spelled(tokenizer: Tokenizer, word: str) -> list[int]:
    """The tokens of a word where it goes on with a text, after a space. Raises ValueError for a word without any, and
    for one that brings a blank of its own."""
    ids = tokenizer.encode(f" {word}") if word[:1].strip() else []
    if not ids:
        raise ValueError(f"words: {word!r} must begin with a letter or a sign; the space before it is put there")
    return ids


def opening(tokenizer: Tokenizer, word: str) -> list[int]:
    """The first of a word's tokens, up to its first whole character: what stands for it where words are compared.

    Raises ValueError for a word that is empty or begins with a blank.
    """
    ids = spelled(tokenizer, word)
    for k in range(1, len(ids)):
        begun = tokenizer.decode(ids[:k])
        if begun.strip() and not begun.endswith("\N{REPLACEMENT CHARACTER}"):
            return ids[:k]
    return ids


def first_tokens(tokenizer: Tokenizer, words: Sequence[str]) -> list[int]:
    """The first token of each word where it goes on with a text, after a space.

    Raises ValueError for a word of which that token says nothing: it is a space, or a piece of a character.
    """
    openings = [opening(tokenizer, word) for word in words]
    for word, ids in zip(words, openings, strict=True):
        if len(ids) > 1:
            begun = tokenizer.decode(ids[:1])
            raise ValueError(
                f"words: {word!r} begins with the token {begun!r}, which says nothing of it; take another word, "
                "or word_log_probabilities, which reads on"
            )
    return [token for (token,) in openings]


def opening_log_probabilities(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    words: Sequence[str],
    before: str | Sequence[str] = "",
) -> Float[Tensor, "prompts words"]:
    """Log-probabilities, in nats, that each prompt goes on with the opening of each word.

    Where all openings are one token, each prompt is read once; else once more for each way in which longer ones begin.
    """
    filled(words=words)
    rows = [tokenizer.encode(prompt) for prompt in prompts]
    openings = [opening(tokenizer, word) for word in words]
    begun = dict.fromkeys(tuple(ids[:k]) for ids in openings for k in range(len(ids)))
    log_p = {
        some: log_softmax(logits_after(model, tokenizer, [row + list(some) for row in rows], before)) for some in begun
    }
    columns = [[log_p[tuple(ids[:k])][:, token] for k, token in enumerate(ids)] for ids in openings]
    return torch.stack([torch.stack(column).sum(0) for column in columns], dim=1)


def word_log_probabilities(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    words: Sequence[str],
    before: str | Sequence[str] = "",
) -> Float[Tensor, "prompts words"]:
    """Log-probabilities, in nats, that each prompt goes on with (the opening of) each word.

    Raises ValueError for no words, or words whose openings are the same.
    """
    openings = {tuple(opening(tokenizer, word)) for word in words}
    if not openings or len(openings) < len(words):
        raise ValueError(f"words: {list(words)} must be some that all begin differently, with other tokens")
    return opening_log_probabilities(model, tokenizer, prompts, words, before)


def choose(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    words: Sequence[str],
    before: str | Sequence[str] = "",
) -> list[str]:
    """For each prompt the one of the words that the model holds likeliest, by how they begin: a constrained reply."""
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
    odds = one - other
    every_row("has an answer that the model rules out", pairs=odds.isfinite())
    return odds


def parted(tokenizer: Tokenizer, one: str, other: str) -> tuple[list[int], int, int]:
    """The tokens with which both answers begin, and then the next one of each. Raises ValueError if there is none."""
    a, b = spelled(tokenizer, one), spelled(tokenizer, other)
    for k, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return a[:k], x, y
    raise ValueError(f"pairs: {one!r} and {other!r}: one begins with the other, so they part nowhere")


def correct(tokenizer: Tokenizer, scores: Float[Tensor, "prompts vocabulary"], answers: Sequence[str]) -> list[bool]:
    """For each prompt, whether the likeliest next token is the first token of its answer. scores: logits, or
    probabilities. Raises ValueError for an answer of which the first token says nothing (see `first_tokens`), for
    scores that are nan or inf, and where there are not as many answers as rows of scores."""
    if len(answers) != len(scores):
        raise ValueError(f"answers: {len(answers)} for {len(scores)} rows of scores; give one for each")
    decided(scores=scores)
    said = scores.argmax(-1).tolist()
    return [one == other for one, other in zip(said, first_tokens(tokenizer, answers), strict=True)]


def answered(model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[str], answers: Sequence[str]) -> list[bool]:
    """For each prompt, whether the model, writing what is likeliest, begins as its answer does."""
    openings = [opening(tokenizer, answer) for answer in answers]
    rows = [tokenizer.encode(p) + ids[:k] for p, ids in zip(prompts, openings, strict=True) for k in range(len(ids))]
    said = logits_after(model, tokenizer, rows).argmax(-1).split([len(ids) for ids in openings])
    return [some.tolist() == ids for some, ids in zip(said, openings, strict=True)]


def answer_log_probability(
    model: LanguageModel, ids: Int[Tensor, "batch time"], answer: Bool[Tensor, "batch time"]
) -> Float[Tensor, " batch"]:
    """Log-probability, in nats, that the model writes the marked tokens of each row after what stands before them.

    Raises ValueError for a row with no marked token, or a marked first one, before which nothing stands.
    """
    every_row("must mark a token or more, but not its first", answer=answer[:, 1:].any(-1) & ~answer[:, :1].any(-1))
    return token_log_probabilities(model, ids).where(answer[:, 1:], 0).sum(-1)


def token_log_probabilities(
    model: LanguageModel, ids: Int[Tensor, "batch time"]
) -> Float[Tensor, "batch time_less_one"]:
    """Log-probability, in nats, of each token but the first, after those before it. Raises ValueError for rows of one
    token, and where the model's logits are nan or inf."""
    if ids.shape[-1] < 2:
        raise ValueError(f"ids: rows of {ids.shape[-1]}; of two tokens or more, the first is what the next comes after")
    logits, _ = model(ids[:, :-1])
    decided(model=logits)
    return log_softmax(logits).gather(-1, ids[:, 1:, None])[..., 0]


def log_softmax(logits: Float[Tensor, "*batch vocabulary"]) -> Float[Tensor, "*batch vocabulary"]:
    """Log-probabilities, in single precision at least: those of half precision have two digits."""
    return wide(logits).log_softmax(-1)


@torch.no_grad()
def text_loss(model: LanguageModel, tokenizer: Tokenizer, text: str) -> float:
    """Mean surprise, in nats a token, at an ordinary text: is the language itself still there? Raises ValueError for an
    empty text, and where the model's logits are nan or inf."""
    filled(text=text)
    ids = torch.tensor([tokenizer.encode("\n" + text)], device=model.device)
    return -token_log_probabilities(model, ids).mean().item()
