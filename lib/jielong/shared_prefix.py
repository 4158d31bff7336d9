"""Rows of tokens that begin alike: what they share is read once, and its state is put behind each row's own padding.

The rows of a batch end together, so rows of different lengths do not begin together, and a state of the shared part
would fit none of them. It can be moved, though: rotary positions count from a row's own first token, and a key does not
change when padding is put before it. So each row gets the shared keys behind its own padding. The shorter rows read the
last few shared tokens again, so that all of them have as many tokens left to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from jielong.model import LanguageModel, State
from jielong.tokenizer import Tokenizer


class Begun(NamedTuple):
    """A batch, perhaps read in part, as `LanguageModel.hidden` takes it: what is left to read, and what was before."""

    ids: Int[Tensor, "rows time"]
    state: State | None = None
    padding: Int[Tensor, " rows"] | None = None


def whole(tokenizer: Tokenizer, rows: Sequence[Sequence[int]], device: torch.device | str = "cpu") -> Begun:
    """Rows of which nothing was read, for a model on this device."""
    ids, padding = (part.to(device) for part in tokenizer.pad(rows))
    return Begun(ids, None, padding if bool(padding.any()) else None)


def alike(rows: Sequence[Sequence[int]]) -> int:
    """How many tokens all rows begin with."""
    return sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False)))


@torch.no_grad()
def begin(
    model: LanguageModel, tokenizer: Tokenizer, prompts: Sequence[list[int]], before: str | Sequence[str] = ""
) -> Begun:
    """The prompts as a batch that ends together, all that stands before them read as far as it pays.

    before: a text that stands before all prompts, or one for each; equal ones are read once. Raises ValueError where
    there is no prompt or an empty one, or as many texts as prompts are not given.
    """
    if not prompts or not all(prompts):
        raise ValueError(
            f"prompts: at least one, and in each at least one token; their lengths are {list(map(len, prompts))}"
        )
    texts = [before] * len(prompts) if isinstance(before, str) else list(before)
    if len(texts) != len(prompts):
        raise ValueError(f"before: {len(texts)} texts for {len(prompts)} prompts; give one for each, or one for all")
    heads = {text: tokenizer.encode(text) for text in texts}
    rows = [heads[text] + list(prompt) for text, prompt in zip(texts, prompts, strict=True)]
    left = max(map(len, prompts))
    spared = len(heads) < len(rows) and min(map(len, rows)) > left
    # other memories cannot be moved, and who looks ahead sees in a prefix what comes after it
    if not spared or set(model.config.mixers) != {"attention"} or not model.config.causal:
        return whole(tokenizer, rows, model.device)
    _, state = model.hidden(*whole(tokenizer, list(heads.values()), model.device))
    return go_on(state, [list(heads).index(text) for text in texts], rows, left)


def go_on(state: State, source: Sequence[int], rows: Sequence[list[int]], left: int) -> Begun:
    """The last ``left`` tokens of each row, and before them as much of row source[k] of ``state`` as row k needs."""
    first = [0] * state.batch if state.padding is None else state.padding.tolist()
    read = [len(row) - left for row in rows]
    longest = max(read)

    def moved(part: Float[Tensor, "sources heads time width"]) -> Float[Tensor, "rows heads longest width"]:
        some = [part[k : k + 1, :, first[k] : first[k] + n] for k, n in zip(source, read, strict=True)]
        return torch.cat([F.pad(one, (0, 0, longest - one.shape[2], 0)) for one in some])

    layers = [type(layer)(*(moved(part) for part in layer)) for layer in state.layers]
    device = layers[0][0].device
    state = State(layers, longest, len(rows), longest - torch.tensor(read, device=device))
    return Begun(torch.tensor([row[-left:] for row in rows], device=device), state)
