"""From a distribution to the next token, and around again: the word-chain loop."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.arguments import at_least, decided, every_row, real, whole
from jielong.model import LanguageModel, State
from jielong.shared_prefix import begin
from jielong.tokenizer import Tokenizer

SMALLEST = sys.float_info.min
"""The smallest temperature that every processor can divide by."""


def distribution(
    logits: Float[Tensor, "*batch vocabulary"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Float[Tensor, "*batch vocabulary"]:
    """Probabilities of the next token, after the settings that people turn.

    temperature: divides the logits; 0 puts everything on the largest (greedy). top_k: keep the k most probable tokens.
    top_p: keep the fewest tokens whose probabilities add up to at least top_p (nucleus sampling, Holtzman et al. 2020,
    section 3.1). top_k is applied before top_p; what is kept is scaled to sum to one. Raises ValueError for settings
    that mean nothing, and for logits of which none is the largest.
    """
    check_settings(temperature, top_k, top_p)
    decided(logits=logits)
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    exact = logits.double()
    below = exact - exact.amax(-1, keepdim=True)  # so that nothing overflows but to -inf
    p = (below / max(temperature, SMALLEST)).softmax(-1)
    if top_k is not None or top_p is not None:
        sorted_p, order = p.sort(dim=-1, descending=True, stable=True)
        keep = torch.ones_like(sorted_p, dtype=torch.bool)
        if top_k is not None:
            keep[..., top_k:] = False
            sorted_p = sorted_p * keep
            sorted_p = sorted_p / sorted_p.sum(-1, keepdim=True)
        if top_p is not None:  # a token stays if those before it do not yet reach top_p
            keep &= sorted_p.cumsum(-1) - sorted_p < top_p
        sorted_p = sorted_p * keep
        p = torch.zeros_like(p).scatter(-1, order, sorted_p / sorted_p.sum(-1, keepdim=True))
    return p.to(logits.dtype)


def check_settings(temperature: float, top_k: int | None, top_p: float | None) -> None:
    """Raise ValueError for settings that mean nothing."""
    real(temperature=temperature)
    if not 0 <= temperature < math.inf:
        raise ValueError(f"temperature={temperature} must not be negative, and finite")
    if top_k is not None:
        whole(top_k=top_k)
        at_least(1, top_k=top_k)
    if top_p is not None:
        real(top_p=top_p)
        if not 0 < top_p <= 1:
            raise ValueError(f"top_p={top_p} must be above 0 and at most 1")


def sample(probabilities: Float[Tensor, "*batch vocabulary"], generator: torch.Generator) -> Int[Tensor, "*batch"]:
    """Roll the die, ``generator``: draw one token from each row of probabilities.

    The probabilities are laid end to end on a line, in float64, and one point of the line is drawn for each row. So the
    same die gives the same tokens on every processor and with every version of torch, and one row's draw leaves the
    others' alone. Raises ValueError where a row has nothing to draw from, or what is no probability.
    """
    line = probabilities.double().cumsum(-1)
    length = line[..., -1:]
    good = (probabilities >= 0).all(-1) & ((length > 0) & length.isfinite()).any(-1)
    every_row("must be numbers from 0 on, of which some are above 0", probabilities=good)
    point = torch.rand(length.shape, dtype=torch.float64, generator=generator, device=generator.device)
    # the first token whose end lies beyond the point: never one of probability 0
    return (line / length <= point.to(line.device)).sum(-1)


Allowed = Callable[[Int[Tensor, "batch written"]], Bool[Tensor, "batch vocabulary"]]


def masked(
    logits: Float[Tensor, "batch vocabulary"], allowed: Bool[Tensor, "batch vocabulary"], ended: Bool[Tensor, " batch"]
) -> Float[Tensor, "batch vocabulary"]:
    """The logits, -inf where a token is not allowed; rows that have ended stay as they are.

    Raises ValueError for a row in which nothing is allowed, and for what is no mask of these logits.
    """
    if allowed.dtype != torch.bool or allowed.shape != logits.shape:
        wanted = f"True or False for each of {list(logits.shape)}"
        raise ValueError(f"allowed must give {wanted}, not {allowed.dtype} {list(allowed.shape)}")
    allowed = allowed.to(logits.device) | ended[:, None]
    every_row("has no token that may come next", allowed=allowed.any(-1))
    return logits.masked_fill(~allowed, -math.inf)


def generate(
    model: LanguageModel, ids: Int[Tensor, "batch time"], max_new: int = 50, **options: Any
) -> Int[Tensor, "batch longer"]:
    """Append up to ``max_new`` tokens to each row, one at a time. Options: those of `stream`.

    Returns the prompt with what was written: (batch, time + at most max_new).
    """
    return torch.cat([ids, *(token[:, None] for token in stream(model, ids, max_new, **options))], dim=1)


def continuations(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    max_new: int,
    before: str | Sequence[str] = "",
) -> list[str]:
    """What the model writes after each prompt, greedily and all in one batch; without the prompts.

    before: what stands before them, see `jielong.shared_prefix.begin`.
    """
    ids, state, padding = begin(model, tokenizer, [tokenizer.encode(prompt) for prompt in prompts], before)
    rows = generate(model, ids, max_new, state=state, padding=padding)
    return [tokenizer.decode(row) for row in rows[:, ids.shape[1] :].tolist()]


def stream(
    model: LanguageModel,
    ids: Int[Tensor, "batch time"],
    max_new: int = 50,
    *,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float | None = None,
    end: int | None = None,
    generator: torch.Generator | None = None,
    padding: Int[Tensor, " batch"] | None = None,
    state: State | None = None,
    allowed: Allowed | None = None,
) -> Iterator[Int[Tensor, " batch"]]:
    """The next token of each row, and again, up to ``max_new`` times; a row that wrote ``end`` goes on with ``end``.

    Greedy at temperature 0, else drawn with ``generator``; for the other settings see `distribution`. padding: (batch,)
    how many tokens at the left of each row are padding. state: of what was read before ``ids``. allowed: from what was
    written so far to the tokens that may come next, True where one may (constrained decoding). Stops early when all
    rows have ended. Raises ValueError for settings that mean nothing, a temperature without a generator, a row in which
    nothing may come next, and a model whose logits are nan or inf.
    """
    whole(max_new=max_new)
    at_least(0, max_new=max_new)
    check_settings(temperature, top_k, top_p)
    if temperature > 0 and generator is None:
        raise ValueError(
            f"temperature={temperature} rolls a die: give it as generator=torch.Generator().manual_seed(…)"
        )
    new, written = ids, ids[:, :0]
    ended = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
    for _ in range(max_new):
        with torch.no_grad():  # not around the yield, for what the caller does in between is his own
            hidden, state = model.hidden(new, state, padding)
            logits = model.next_logits(hidden)
        if allowed is not None:
            logits = masked(logits, allowed(written), ended)
        decided(model=logits)
        if temperature == 0 or generator is None:
            token = logits.argmax(-1)
        else:
            token = sample(distribution(logits, temperature, top_k, top_p), generator)
        if end is not None:
            token = token.masked_fill(ended, end)
            ended = ended | (token == end)
        new = token[:, None]
        written = torch.cat((written, new), dim=1)
        yield token
        if end is not None and bool(ended.all()):
            return


def branches(model: LanguageModel) -> Callable[[Sequence[Sequence[int]]], Float[Tensor, "rows vocabulary"]]:
    """A function from rows of ids, all of one length, to the logits of the token after each.

    It remembers the state of the rows it was last given, so that a tree grown level by level (each row one of the last
    rows and one token more) costs one token a row. Raises ValueError where the model's logits are nan or inf.
    """
    known: dict[tuple[int, ...], int] = {}
    state: State | None = None

    @torch.no_grad()
    def logits_after(rows: Sequence[Sequence[int]]) -> Float[Tensor, "rows vocabulary"]:
        nonlocal known, state
        parents = [known.get(tuple(row[:-1]), -1) for row in rows]
        if state is None or -1 in parents:
            hidden, state = model.hidden(torch.tensor(rows, device=model.device))
        else:
            last = torch.tensor([row[-1:] for row in rows], device=model.device)
            hidden, state = model.hidden(last, state.rows(torch.tensor(parents, device=model.device)))
        known = {tuple(row): i for i, row in enumerate(rows)}
        logits = model.next_logits(hidden)
        decided(model=logits)
        return logits

    return logits_after
