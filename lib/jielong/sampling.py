"""From a distribution to the next token, and around again: the word-chain loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.model import LanguageModel, State
from jielong.shared_prefix import begin
from jielong.tokenizer import Tokenizer


def distribution(
    logits: Float[Tensor, "*batch vocabulary"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Float[Tensor, "*batch vocabulary"]:
    """Probabilities of the next token, after the settings that people turn.

    temperature: divides the logits; 0 puts everything on the largest (greedy). top_k: keep the k most probable tokens.
    top_p: keep the fewest tokens whose probabilities add up to at least top_p (nucleus sampling, Holtzman et al. 2020,
    section 3.1). top_k is applied before top_p; what is kept is scaled to sum to one.
    """
    check_settings(temperature, top_k, top_p)
    if temperature == 0:
        return torch.nn.functional.one_hot(logits.argmax(-1), logits.shape[-1]).to(logits.dtype)
    p = (logits / temperature).softmax(-1)
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
    return p


def check_settings(temperature: float, top_k: int | None, top_p: float | None) -> None:
    """Raise ValueError for settings that mean nothing."""
    if temperature < 0:
        raise ValueError(f"temperature={temperature} must not be negative")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k={top_k} must be at least 1")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p={top_p} must be above 0 and at most 1")


def sample(probabilities: Float[Tensor, "*batch vocabulary"], generator: torch.Generator) -> Int[Tensor, "*batch"]:
    """Roll the die, ``generator``: draw one token from each row of probabilities.

    The probabilities are laid end to end on a line, in float64, and one point of the line is drawn for each row. So the
    same die gives the same tokens on every processor and with every version of torch, and one row's draw leaves the
    others' alone. Raises ValueError where a row has nothing to draw from.
    """
    line = probabilities.double().cumsum(-1)
    length = line[..., -1:]
    if not bool((length > 0).all() and length.isfinite().all()):
        raise ValueError("probabilities must be numbers of which some are above 0, in every row")
    point = torch.rand(length.shape, dtype=torch.float64, generator=generator, device=generator.device)
    # the first token whose end lies beyond the point: never one of probability 0
    return (line <= point.to(line.device) * length).sum(-1)


Allowed = Callable[[Int[Tensor, "batch written"]], Bool[Tensor, "batch vocabulary"]]


def generate(
    model: LanguageModel, ids: Int[Tensor, "batch time"], max_new: int = 50, **options: Any
) -> Int[Tensor, "batch longer"]:
    """Append up to ``max_new`` tokens to each row, one at a time. Options: those of `stream`.

    Returns the prompt with what was written: (batch, time + at most max_new).
    """
    # out here and not in inference mode, so that what comes back can be trained on
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


@torch.inference_mode()
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
    rows have ended. Raises ValueError for settings that mean nothing, or a temperature without a generator.
    """
    check_settings(temperature, top_k, top_p)
    if temperature > 0 and generator is None:
        raise ValueError(
            f"temperature={temperature} rolls a die: give it as generator=torch.Generator().manual_seed(…)"
        )
    new, written = ids, ids[:, :0]
    ended = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
    for _ in range(max_new):
        hidden, state = model.hidden(new, state, padding)
        logits = model.unembed(hidden[:, -1])
        if allowed is not None:
            logits = logits.masked_fill(~allowed(written), float("-inf"))
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
    rows and one token more) costs one token a row.
    """
    known: dict[tuple[int, ...], int] = {}
    state: State | None = None

    @torch.inference_mode()
    def logits_after(rows: Sequence[Sequence[int]]) -> Float[Tensor, "rows vocabulary"]:
        nonlocal known, state
        parents = [known.get(tuple(row[:-1]), -1) for row in rows]
        if state is None or -1 in parents:
            hidden, state = model.hidden(torch.tensor(rows, device=model.device))
        else:
            last = torch.tensor([row[-1:] for row in rows], device=model.device)
            hidden, state = model.hidden(last, state.rows(torch.tensor(parents, device=model.device)))
        known = {tuple(row): i for i, row in enumerate(rows)}
        return model.unembed(hidden[:, -1])

    return logits_after
