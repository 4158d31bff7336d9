"""The logit lens (nostalgebraist 2020): let the model speak after every layer, not only after the last.

The residual stream has the same width from the embeddings to the end, so the last step, final norm and unembedding, can
be taken from anywhere: softmax(W norm(x)). After the last layer it is the model itself. Where norms come last
(``norm_first=False``), none is left to be done: softmax(W x).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from jielong.arguments import decided, filled, finite, indices
from jielong.model import LanguageModel, State
from jielong.shared_prefix import begin
from jielong.sites import trace
from jielong.tokenizer import Tokenizer

Norm = Callable[[Tensor], Tensor]


@torch.no_grad()
def streams(
    model: LanguageModel, ids: Int[Tensor, "batch time"], state: State | None = None, padding: Tensor | None = None
) -> Float[Tensor, "depths batch time width"]:
    """The residual stream before the first layer and after each. state, padding: as in `LanguageModel.hidden`."""
    last = model.config.layers - 1
    with trace(model, "blocks.*.in", f"blocks.{last}.out") as seen:
        model.hidden(ids, state, padding)
    return torch.cat([seen.stack("blocks.*.in"), seen[f"blocks.{last}.out"][None]])


def unembedding(model: LanguageModel) -> Float[Tensor, "vocabulary width"]:
    """The matrix that turns the stream into logits, a row for each token."""
    return model.embed.weight if model.head is None else model.head.weight


def lens(
    model: LanguageModel, x: Float[Tensor, "... width"], norm: Norm | None = None, words: Tensor | None = None
) -> Float[Tensor, "... words"]:
    """What the model would say if it stopped here: logits. norm: another one in place of the final norm. words: the
    matrix to read with, or a few rows of it (default: the model's own unembedding). Gradients flow through it."""
    return (norm or model.leave)(x) @ (unembedding(model) if words is None else words).T


def said(
    model: LanguageModel,
    stream: Float[Tensor, "depths ... width"],
    norm: Norm | None = None,
    words: Tensor | None = None,
) -> Int[Tensor, "depths ..."]:
    """The most probable token at every depth; layer by layer, so that the logits never lie in memory together.

    Raises ValueError where no token is the most probable one.
    """
    filled(stream=stream)
    found = []
    for x in stream:
        logits = lens(model, x, norm, words)
        decided(stream=logits)
        found.append(logits.argmax(-1))
    return torch.stack(found)


def settled(tokens: Int[Tensor, "depths *batch time"]) -> Int[Tensor, "*batch time"]:
    """The first depth from which on the lens says what it says at the end."""
    if not len(tokens):
        raise ValueError("tokens must be of one depth at least")
    same = tokens.eq(tokens[-1]).flip(0).long().cumprod(0)
    return len(tokens) - same.sum(0)


def ranks(
    model: LanguageModel, x: Float[Tensor, "... items width"], words: Int[Tensor, " items"]
) -> Int[Tensor, "... items"]:
    """Each item's own word among the words of all items, by the lens: 1 is first, (items + 1) / 2 is chance."""
    indices(model.config.vocabulary, words=words)
    finite(x=x)
    logits = lens(model, x, words=unembedding(model)[words])
    return 1 + (logits > logits.diagonal(dim1=-2, dim2=-1)[..., None]).sum(-1)


@torch.no_grad()
def ends(
    model: LanguageModel, tokenizer: Tokenizer, prefix: str, tails: Sequence[str]
) -> Float[Tensor, "depths tails width"]:
    """The stream at the last token of ``prefix + tail``, for each tail; the prefix is read once.

    Raises ValueError where a tail changes how the prefix is cut into tokens.
    """
    before = tokenizer.encode(prefix)
    rows = [tokenizer.encode(prefix + tail) for tail in tails]
    for tail, row in zip(tails, rows, strict=True):
        if row[: len(before)] != before or len(row) == len(before):
            raise ValueError(f"tail={tail!r} changes the tokens of the prefix")
    return streams(model, *begin(model, tokenizer, [row[len(before) :] for row in rows], prefix))[:, :, -1]
