"""Back-patching (Biran et al. 2024, arXiv 2406.12775): what a late layer has found out is handed to an earlier one.

In a question of two steps the second can only begin when the first is done. If that happens too high up, the layers
that know the second fact have already gone by. So take the last token's state from layer s, put it in where layer t < s
reads, and run the layers from t on once more.
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Bool, Float
from torch import Tensor

from jielong.arguments import at_least, filled, indices
from jielong.interpretability.patching import patch_last
from jielong.model import LanguageModel

Pair = tuple[int, int]


def ways(layers: int, step: int) -> list[Pair]:
    """All (source, target) with target below source, both multiples of ``step``; the source is the depth it is from."""
    at_least(1, step=step)
    return [(source, target) for source in range(step, layers, step) for target in range(0, source, step)]


def back_patch(
    model: LanguageModel, ids: Sequence[int], streams: Float[Tensor, "*kinds depths width"], pairs: Sequence[Pair]
) -> Float[Tensor, "*kinds pairs vocabulary"]:
    """Logits after ``ids`` for each pair, where streams[source] stands in at the target layer, at the last token.

    ``streams`` is the residual stream at the last token of these ids, or, for a control, anything else of its shape;
    or several of them, and all go in one batch. Raises ValueError for no pairs, and for one that is not there.
    """
    filled(pairs=pairs)
    indices(streams.shape[-2], pairs=[source for source, _ in pairs])
    values = streams[..., [source for source, _ in pairs], :]
    rows = values.reshape(-1, values.shape[-1])
    sites = [f"blocks.{target}.in" for _, target in pairs] * (len(rows) // len(pairs))
    logits, _ = patch_last(model, ids, sites, rows)
    return logits.reshape(*values.shape[:-1], -1)


def picked(fixed: Bool[Tensor, "questions pairs"]) -> tuple[int, float]:
    """The pair that mends most of every other question, and the share of the questions between them that it mends.

    Raises ValueError for fewer than two questions, or no pairs.
    """
    filled(fixed=fixed[1::2])
    best = int(fixed[::2].float().mean(0).argmax())
    return best, fixed[1::2, best].float().mean().item()
