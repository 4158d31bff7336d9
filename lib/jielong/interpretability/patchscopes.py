"""Patchscopes (Ghandeharioun et al. 2024, arXiv 2401.06102): ask the model itself what one of its states means.

Take the state of a text's last token after layer l. Have the model read another text, a few examples of what you want
and then a placeholder, "x"; at the placeholder, after layer l, put that state; and let it write on.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.arguments import at_least, filled
from jielong.interpretability.lenses import streams
from jielong.interpretability.patching import patch_last
from jielong.model import LanguageModel
from jielong.sampling import generate
from jielong.tokenizer import Tokenizer


def states(model: LanguageModel, tokenizer: Tokenizer, texts: Sequence[str]) -> Float[Tensor, "depths texts width"]:
    """The residual stream at each text's last token, before the first layer and after each. A newline goes in front."""
    filled(texts=texts)
    device = model.device
    rows = [torch.tensor([tokenizer.encode("\n" + text)], device=device) for text in texts]
    return torch.stack([streams(model, row)[:, 0, -1] for row in rows], dim=1)


@torch.no_grad()
def describe(
    model: LanguageModel,
    tokenizer: Tokenizer,
    examples: str,
    vectors: Float[Tensor, "rows width"],
    layers: Sequence[int],
    max_new: int = 7,
) -> list[str]:
    """What the model writes, up to the line's end, where vectors[k] stands after layers[k] at the last token of
    ``examples``: the placeholder."""
    at_least(1, max_new=max_new)
    logits, state = patch_last(model, tokenizer.encode(examples), [f"blocks.{n}.out" for n in layers], vectors)
    first = logits.argmax(-1)[:, None]
    written = generate(model, first, max_new - 1, state=state)
    return [tokenizer.decode(row).split("\n")[0] for row in written]
