"""A hotel with both kinds of change: at night all guests leave; by day some rooms are let a second time."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.arguments import at_least


class Week(NamedTuple):
    """What happened in some hotels, as a memory is told of it, and what a porter should know at the end.

    keys, values: one-hot rooms and guests, zeros at night. night: the events at which all leave. times: how often each
    room was let on the last day. last: the room's last guest of that day; means nothing for a room that was not let.
    """

    keys: Float[Tensor, "count 1 events rooms"]
    values: Float[Tensor, "count 1 events rooms"]
    night: Bool[Tensor, " events"]
    times: Int[Tensor, "count rooms"]
    last: Int[Tensor, "count rooms"]


def week(count: int, days: int, lets: int, rooms: int, generator: torch.Generator) -> Week:
    """``count`` hotels with as many guests as rooms. Each day begins with a night; then ``lets`` rooms get guests."""
    at_least(1, count=count, days=days, lets=lets, rooms=rooms)
    device = generator.device
    night = (torch.arange(days * (lets + 1), device=device) % (lets + 1) == 0)[:, None]
    room, guest = torch.randint(rooms, (2, count, len(night)), generator=generator, device=device)
    keys, values = (torch.eye(rooms, dtype=torch.float64, device=device)[which] * ~night for which in (room, guest))
    let = room[:, None, -lets:] == torch.arange(rooms, device=device)[:, None]  # count, rooms, events of the last day
    last = (torch.arange(1, lets + 1, device=device) * let).argmax(-1)
    return Week(keys[:, None], values[:, None], night[:, 0], let.sum(-1), guest[:, -lets:].gather(1, last))
