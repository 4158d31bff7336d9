"""Changes to hand to `intervene`: each knows the site at which it is used, and where the pass stands.

``at`` says which positions are meant, always of each row's own text: 3 is its fourth token, however much padding is at
its left, and whether it is read with the prompt or written later. A slice lives on: ``slice(1, None)`` changes every
token but the first, also those that `jielong.sampling.generate` goes on to write. The first position takes a role of
its own in many models (an attention sink: Xiao et al. 2023, arXiv 2309.17453), so that is often the better choice.

    at=3, at=[0, 3]             these positions alone
    at=slice(1, None)           from 1 on
    at=-1, at=slice(-2, None)   from the end of a row, in a pass that reads it from its start
    at=ALL                      all that a pass reads, even padding, which any other ``at`` leaves as it is

A value that is put or added is broadcast to what is there. If it has an axis of time, there is an entry for each
position that ``at`` means: at=[0, 3] takes (batch, 2, width). At a single position there is no such axis: at=3 takes
(batch, width).

Raises ValueError for a position that no pass in the block came to; for one from the end where a pass goes on from a
state, since its rows end nowhere yet; at a site without the dimension that the change is about; and for a value that
does not fit. A change may also be called on a tensor, see `jielong.sites.PlacedChange`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.precision import wide
from jielong.sites import Change, Place, PlacedChange, apply

Positions = int | slice | list[int]
ALL = slice(None)
UNITS = ("width", "hidden", "vocabulary")
"""The axes on which `put_units` counts."""


class Meant(NamedTuple):
    """Which tokens of a pass ``at`` means.

    which: of (rows, time), or of (1, time) for all rows. entry: the how many-th of all that are meant, where one is.
    named: for each number in ``at``, whether it is here.
    """

    which: Bool[Tensor, "rows time"]
    entry: Int[Tensor, "rows time"]
    named: Bool[Tensor, " numbers"]


def meant(at: Positions, positions: Int[Tensor, "rows time"]) -> Meant:
    """Find in a pass what ``at`` means; never padding, whose positions are negative."""

    def found(number: int, least: int) -> int | Tensor:
        if number >= 0:
            return number
        if bool((positions[:, 0] > 0).any()):
            last = int(positions.max())
            raise ValueError(
                f"at={at} counts from the end of a row, but this pass goes on from a state, and its rows end nowhere"
                f" yet; count from their beginning, as {last} or slice({last}, None)"
            )
        return (positions[:, -1:] + 1 + number).clamp(min=least)

    if isinstance(at, slice):
        entry = positions - found(at.start or 0, 0)
        which = entry >= 0
        if at.stop is not None:
            which = which & (positions < found(at.stop, 0))
        if at.step is not None:
            which, entry = which & (entry % at.step == 0), entry // at.step
        return Meant(which, entry, which[0, :0])
    own, numbers = positions >= 0, [at] if isinstance(at, int) else at
    here = [own & (positions == found(number, -1)) for number in numbers]
    each_number = torch.stack(here) if here else own.new_zeros(0, *own.shape)
    return Meant(each_number.any(0), each_number.long().cumsum(0).eq(0).sum(0), each_number.flatten(1).any(1))


@dataclass(frozen=True, eq=False)
class Local(PlacedChange):
    """A change at some positions.

    rule: from a site's value, what was ``given`` as it meets that value, and its place, to what would be there if all
    positions were meant.
    """

    name: str
    rule: Callable[[Tensor, Tensor, Place], Tensor]
    at: Positions
    given: Any

    def __post_init__(self) -> None:
        at = self.at
        if isinstance(at, slice):
            numbers = [n for n in (at.start, at.stop, at.step) if n is not None]
        else:
            numbers = at if isinstance(at, list) else [at]
        whole = all(type(n) is int for n in numbers)
        if not whole or (isinstance(at, slice) and at.step is not None and at.step < 1):
            raise ValueError(f"at={at!r} must be a whole number, a list of them, or a slice whose step is above 0")

    def there(self, value: Any, place: Place) -> Any:
        if not place.axes:
            raise ValueError(f"{self.name}: {place.site!r} is no tensor but {type(value).__name__}; give a function")
        given = self.given
        given = given.to(value.device) if isinstance(given, Tensor) else value.new_tensor(given)
        if self.at == ALL:
            return self.new(value, given, place)
        if "time" not in place.axes or place.positions is None:
            raise ValueError(
                f"at={self.at}: it is not known at which positions {place.site!r} of shape {tuple(value.shape)} stands;"
                " run the model itself inside the block, or `advance`"
            )
        here = meant(self.at, place.positions)
        given, awaited = self.entries(given, here, place.axes)
        if len(awaited):
            place.reach(self, awaited)
        return torch.where(spread(here.which, place.axes), self.new(value, given, place), value)

    def entries(self, given: Tensor, here: Meant, axes: tuple[str, ...]) -> tuple[Tensor, Bool[Tensor, " awaited"]]:
        """What was given, an entry for each token if it has several; and what of ``at``, or of them, is here."""
        time, which, entry = axes.index("time") - len(axes), here.which, here.entry
        if given.dim() < -time:
            return given, here.named
        if isinstance(self.at, int):
            return (given if given.dim() == len(axes) else given.unsqueeze(time)), here.named
        count = given.shape[time]
        if count == 1:
            return given, here.named
        if isinstance(self.at, list) and count != len(self.at) or bool((entry[which] >= count).any()):
            raise ValueError(f"at={self.at}: the value has {count} entries along time, not one for each position")
        awaited = here.named if len(here.named) else entry[which].bincount(minlength=count) > 0
        given = given[(None,) * (len(axes) - given.dim())]
        return given.take_along_dim(spread(entry.clamp(0, count - 1), axes), time), awaited

    def new(self, value: Tensor, given: Tensor, place: Place) -> Tensor:
        try:
            new = self.rule(value, given, place)
        except RuntimeError as error:
            raise ValueError(f"{self.name} does not fit {place.site!r}, {tuple(value.shape)}: {error}") from error
        if new.shape != value.shape:
            raise ValueError(f"{self.name} makes {tuple(new.shape)} of {place.site!r}, {tuple(value.shape)}")
        return new.to(value.dtype)

    def missed(self, reached: Bool[Tensor, " awaited"]) -> str:
        if isinstance(self.at, slice):
            return f"at={self.at}: the value has {len(reached)} entries, and {int(reached.sum())} found their place"
        numbers = [self.at] if isinstance(self.at, int) else self.at
        never = [number for number, here in zip(numbers, reached.tolist(), strict=True) if not here]
        return f"at={self.at}: no pass in the block came to position {', '.join(map(str, never))}"


def spread(tokens: Tensor, axes: tuple[str, ...]) -> Tensor:
    """Something for each token, (rows, time), as it meets a value with these axes."""
    sizes = {"batch": tokens.shape[0], "time": tokens.shape[1]}
    return tokens.reshape([sizes.get(axis, 1) for axis in axes])


def put(value: Tensor | float, at: Positions = ALL) -> Change:
    """This value instead of whatever is there."""
    return Local("put", lambda x, given, _: given.expand_as(x).clone(), at, value)


def add(vector: Tensor | float, at: Positions = ALL) -> Change:
    """The value plus ``vector``."""
    return Local("add", lambda x, given, _: x + given, at, vector)


def unit(direction: Float[Tensor, " width"]) -> Float[Tensor, " width"]:
    """The direction at length one; at least in float32. Raises ValueError for one that points nowhere."""
    direction = wide(direction)
    length = direction.norm()
    if direction.dim() != 1 or not 0 < length < torch.inf:
        raise ValueError(
            f"direction must be one vector that points somewhere; {tuple(direction.shape)} of length {length}"
        )
    return direction / length


def along(x: Tensor, unit: Float[Tensor, " width"], place: Place) -> tuple[Tensor, Tensor, Tensor]:
    """``x`` and the unit vector in the finer of their types, and how far each vector of ``x`` reaches along it."""
    if place.axes[-1] == "keys":
        raise ValueError(f"direction: {place.site!r} holds weights of attention, not vectors")
    x = x.to(torch.promote_types(x.dtype, unit.dtype))
    unit = unit.to(x)
    return x, unit, x @ unit


def project_out(direction: Float[Tensor, " width"], at: Positions = ALL) -> Change:
    """The value without its part along ``direction``: x - (x u) u, u the direction at length one."""
    own = unit(direction)

    def rule(x: Tensor, _given: Tensor, place: Place) -> Tensor:
        x, u, reach = along(x, own, place)
        return x - reach[..., None] * u

    return Local("project_out", rule, at, given=0.0)


def put_units(values: Tensor | float | Sequence[float], units: Sequence[int], at: Positions = ALL) -> Change:
    """Some units set to ``values`` (one for all, or one each): numbers of the stream, neurons, or words' logits."""

    def rule(x: Tensor, given: Tensor, place: Place) -> Tensor:
        if place.axes[-1] not in UNITS:
            raise ValueError(f"put_units: {place.site!r} ends in {place.axes[-1]}; it must be one of {UNITS}")
        return put_some(x, given, units, x.dim() - 1, "units")

    return Local("put_units", rule, at, values)


def put_heads(values: Tensor | float, heads: Sequence[int], at: Positions = ALL) -> Change:
    """Some heads set to ``values``: a number, or what is broadcast to the axes of the site, with an entry for each of
    these heads on that axis. At "mixer.heads", (head_width) or (heads, head_width)."""

    def rule(x: Tensor, given: Tensor, place: Place) -> Tensor:
        if "heads" not in place.axes:
            raise ValueError(f"put_heads: {place.site!r} has no heads; its axes are {place.axes}")
        return put_some(x, given, heads, place.axes.index("heads"), "heads")

    return Local("put_heads", rule, at, values)


def put_some(x: Tensor, values: Tensor, some: Sequence[int], axis: int, name: str) -> Tensor:
    """``x`` with ``values`` at some places of an axis."""
    count = x.shape[axis]
    if any(not -count <= one < count for one in some):
        raise ValueError(f"{name}={list(some)}: there are {count} here")
    x = x.clone()
    x[(slice(None),) * axis + (torch.as_tensor(some, dtype=torch.long, device=x.device),)] = values.to(x.dtype)
    return x


@dataclass(frozen=True, eq=False)
class Each(PlacedChange):
    """See `each`."""

    changes: Sequence[Change]

    def there(self, value: Any, place: Place) -> Any:
        if not place.axes:
            raise ValueError(f"each: {place.site!r} is no tensor but {type(value).__name__}; give a function")
        if len(value) != len(self.changes):
            raise ValueError(f"changes: {len(self.changes)} of them, for a batch of {len(value)} rows")
        rows = zip(self.changes, value.split(1), strict=True)
        return torch.cat([apply(change, row, place.row(k)) for k, (change, row) in enumerate(rows)])


def each(changes: Sequence[Change]) -> Change:
    """Another change for each row of the batch, so that many interventions run in one forward pass."""
    return Each(changes)


def nothing(x: Any) -> Any:
    """Leaves everything as it is; a row of `each` to compare with."""
    return x
