"""Many conversations that begin alike, as one batch: what they share is read once.

    replies_together(chat, conversations)      the replies of ``chat.replies``, sooner

The rows of a batch end together, so rows of different lengths do not begin together, and a state of the shared part
would fit none of them. It can be moved, though: rotary positions count from a row's own first token, and a key does not
change when padding is put before it. So each row gets the shared keys behind its own padding. The shorter rows read the
last few shared tokens again, so that all of them have as many tokens left to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from jielong.agents.local import LocalChat
from jielong.agents.messages import Message, Reply
from jielong.model import State

BATCH = 10
"""Rows at a time. After a long prompt more are no quicker: each row has its own copy of what is shared."""


def replies_together(
    chat: LocalChat,
    conversations: Sequence[Sequence[Message]],
    *,
    max_tokens: int = 128,
    seed: int = 0,
    batch: int = BATCH,
    **options: Any,
) -> list[Reply]:
    """What ``chat.replies`` returns, with the same options; ``read`` counts every token of each prompt as there.

    With a temperature, each batch of rows rolls a die of its own. batch: rows at a time.
    """
    tools = options.get("tools", ())
    rows = [chat.encode(messages, tools) for messages in conversations]
    replies: list[Reply] = []
    for start in range(0, len(rows), batch):
        some = rows[start : start + batch]
        rest, state = read_shared(chat, some)
        written = chat.write(rest, max_tokens, state, seed=seed + start, **options)
        replies += [chat.understand(new, len(row), max_tokens, tools) for new, row in zip(written, some, strict=True)]
    return replies


@torch.inference_mode()
def read_shared(chat: LocalChat, rows: Sequence[list[int]]) -> tuple[list[list[int]], State | None]:
    """What is left to read of each row, equally long for all, and the state before it; None if nothing is shared.

    At least one token of each row is left. The chat keeps what is shared, as it keeps the prompts of single replies.
    """
    shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False)))
    longest = max(rows, key=len)
    shared = min(shared, len(longest) - 1)
    left = len(longest) - shared
    if min(len(row) for row in rows) <= left:
        return list(rows), None
    _, state = chat.read(longest[: shared + 1])
    assert state is not None
    return [row[-left:] for row in rows], behind_padding(state, [shared - len(row) + left for row in rows])


def behind_padding(state: State, padding: Sequence[int]) -> State:
    """One row for each number: that much padding, then the state, of which as much is left out at the end."""

    def moved(part: Float[Tensor, "1 heads time width"]) -> Float[Tensor, "rows heads time width"]:
        return torch.cat([F.pad(part[:, :, : part.shape[2] - pad], (0, 0, pad, 0)) for pad in padding])

    layers = [type(layer)(*(moved(part) for part in layer)) for layer in state.layers]
    return State(layers, state.length, len(padding), torch.tensor(padding))
