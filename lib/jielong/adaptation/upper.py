"""The upper layers as a model of their own: what lies below runs once for each row, not at every step of training."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from jielong.model import LanguageModel, State
from jielong.sites import advance


class Upper(LanguageModel):
    """A model of which only the layers from ``first`` on will change: it shares them with ``whole``, and remembers what
    the layers below say of each row. Those must stay as they are for as long as it is used.
    """

    def __init__(self, whole: LanguageModel, first: int):
        layers = whole.config.layers
        if not 0 < first < layers:
            raise ValueError(f"first={first} must be from 1 to {layers - 1}")
        with torch.device("meta"):  # parts that have no numbers, for all of them are the whole model's
            super().__init__(replace(whole.config, layers=layers - first, mixer=whole.config.mixers[first:]))
        self.whole, self.first, self.source = whole, first, whole.source
        self.embed, self.position, self.norm, self.head = whole.embed, whole.position, whole.norm, whole.head
        self.places, self.logits = whole.places, whole.logits
        self.blocks = whole.blocks[first:]
        self.rows: dict[tuple[int, ...], Tensor] = {}

    @torch.no_grad()
    def remember(
        self, ids: Int[Tensor, "batch time"], padding: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time width"]:
        """The residual stream before layer ``first``; at padding, zeros."""
        self.check_ids(ids)
        self.start(ids, padding)  # which checks it
        time = ids.shape[1]
        rows = [tuple(row[pad:].tolist()) for row, pad in zip(ids, padding, strict=True)]
        if not all(row in self.rows for row in rows):
            x = advance(self.whole, self.whole.enter(ids, 0, padding), 0, self.first, padding)
            self.rows |= {row: stream[time - len(row) :].clone() for row, stream in zip(rows, x, strict=True)}
        return torch.stack([F.pad(self.rows[row], (0, 0, time - len(row), 0)) for row in rows])

    def hidden(
        self, ids: Int[Tensor, "batch time"], state: State | None = None, padding: Int[Tensor, " batch"] | None = None
    ) -> tuple[Float[Tensor, "batch time width"], State]:
        """As `LanguageModel.hidden`, without a state to go on from. Raises ValueError if one is given."""
        if state is not None:
            raise ValueError("state: this model reads whole rows only")
        batch, time = ids.shape
        padding = torch.zeros(batch, dtype=torch.long, device=ids.device) if padding is None else padding
        x = advance(self, self.remember(ids, padding), 0, self.config.layers, padding)
        return self.leave(x), State([None] * self.config.layers, time, batch, padding)
