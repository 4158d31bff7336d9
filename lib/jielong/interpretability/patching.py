"""One text, many what-ifs: its last token as many rows of a batch, each with another value put in at another layer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.interpretability.changes import each, nothing, put
from jielong.model import LanguageModel, State
from jielong.sites import intervene


@torch.inference_mode()
def patch_last(
    model: LanguageModel, ids: Sequence[int], sites: Sequence[str], values: Float[Tensor, "rows width"]
) -> tuple[Float[Tensor, "rows vocabulary"], State]:
    """Logits after ``ids`` when, in row k, values[k] stands at sites[k] at the last token; and the state to go on from.

    All before the last token is read once, for it cannot see the patch. Raises ValueError where the counts disagree.
    """
    if len(ids) < 2 or not len(sites) == len(values):
        raise ValueError(f"{len(ids)} ids (at least 2), {len(sites)} sites for {len(values)} values")
    rows = len(sites)
    _, state = model.hidden(torch.tensor([list(ids[:-1])]))
    changes = {
        name: each([put(value) if own == name else nothing for own, value in zip(sites, values, strict=True)])
        for name in dict.fromkeys(sites)
    }
    with intervene(model, changes):
        last = torch.full((rows, 1), ids[-1])
        hidden, state = model.hidden(last, state.copies(rows))
    return model.unembed(hidden[:, -1]), state
