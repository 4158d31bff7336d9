"""Path patching: what one part says to another, and to nobody else.

Activation patching at a head changes all that comes after it. Here the head speaks as it does in ``corrupted``, but
only chosen receivers hear it: the queries, keys or values of later heads, or the logits directly (Wang et al. 2023,
arXiv 2211.00593, appendix B; Goldowsky-Dill et al. 2023, arXiv 2304.05969).

    1. read ``clean`` with the sender's value of ``corrupted``; all other mixers and feed-forward networks add what they
       add in ``clean``; keep what the receivers compute from that stream
    2. read ``clean`` with these values at the receivers, and nothing else changed

    path_patching(model, clean, corrupted, "logits", metric)                     each head's direct effect
    path_patching(model, clean, corrupted, [("blocks.9.mixer.q", 6)], metric)    through the queries of head 6, layer 9

Norms are computed from the stream that they get; their scales are not frozen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.arguments import filled, indices
from jielong.interpretability.contributions import with_heads
from jielong.interpretability.patching import (
    LAST,
    Metric,
    Prompts,
    check_alike,
    copies,
    layer_of,
    masks,
    places,
    put_in,
    read,
    sizes,
    stacked,
    worth,
)
from jielong.model import LanguageModel
from jielong.sites import Change, advance, intervene, named, resume, trace
from jielong.sites import sites as all_sites

Receiver = str | tuple[str, int]
"""A site, or a site and the number of a head on its axis "heads"."""
SENDERS = ("in", "mixer.heads", "mixer.out", "mid", "feedforward.out", "out")
"""What adds to the stream, and the stream itself."""


@torch.no_grad()
def path_patching(
    model: LanguageModel,
    clean: Prompts,
    corrupted: Prompts,
    receivers: str | Sequence[Receiver],
    metric: Metric,
    *,
    senders: str | Sequence[str] = "blocks.*.mixer.heads",
    over: Sequence[str] = ("heads",),
    through_feedforward: bool = False,
    padding: Int[Tensor, " batch"] | None = None,
    chunk: int = 64,
) -> Float[Tensor, " senders *over"]:
    """The metric of ``clean`` where the receivers alone hear one sender as it is in ``corrupted``, for each sender.

    receivers: "logits", or sites in the blocks, each by its name, or with the number of a head (at k and v, of a group
    of heads that share them). senders, over, metric, padding, chunk: as the sites of
    `jielong.interpretability.patching.activation_patching`. through_feedforward: feed-forward networks go on to say
    what they make of the sender, as in Wang et al.; else they are frozen, too.
    Raises ValueError as there, and for a sender or a receiver that is frozen or hears and says nothing.
    """
    frozen, sending = held(model, through_feedforward), speaking(model, senders, over)
    heads = {} if receivers == "logits" else listening(model, receivers, frozen)
    check_alike(clean, corrupted)
    there = read(model, corrupted, sending, padding)
    here = read(model, clean, ["blocks.*.in", *frozen, *heads], padding)
    hearing = {name: ears(here[name], here.axes[name], some) for name, some in heads.items()}
    maps = []
    for name, axes in sending.items():
        worths = []
        for mask in masks(there[name], axes, over, chunk):
            paths = Paths(model, here, frozen, copies(padding, len(mask)), len(mask))
            change = {name: put_in(mask, there[name])}
            last = paths.heard(paths.said(change, hearing), hearing) if hearing else paths.direct(change)
            worths += [worth(metric, logits) for logits in last.unflatten(0, (len(mask), -1))]
        maps.append(torch.stack(worths).reshape(sizes(there[name], axes, over)))
    return stacked(maps, over)


@dataclass(frozen=True)
class Paths:
    """Passes of ``count`` copies of the clean prompts. here: what was read in them. padding: of the copies."""

    model: LanguageModel
    here: Mapping[str, Tensor]
    frozen: Collection[str]
    padding: Tensor | None
    count: int

    def before(self, layer: int) -> Float[Tensor, "rows time width"]:
        """The clean stream that a block reads."""
        return copies(self.here[f"blocks.{layer}.in"], self.count)

    @contextmanager
    def alone(self, change: Mapping[str, Change]) -> Iterator[None]:
        """What is frozen adds what it adds in the clean prompts; then comes the sender's change."""

        def hold(value: Tensor) -> Change:
            return lambda _: copies(value, self.count)

        still = {name: hold(self.here[name]) for name in self.frozen}
        with intervene(self.model, still), intervene(self.model, change):
            yield

    def direct(self, change: Mapping[str, Change]) -> Float[Tensor, "rows vocabulary"]:
        """The last logits if nobody but the final norm hears the sender."""
        first = min(map(layer_of, change))
        with self.alone(change):
            return resume(self.model, self.before(first), first, self.padding, at=LAST)[:, -1]

    def said(self, change: Mapping[str, Change], hearing: Collection[str]) -> Mapping[str, Tensor]:
        """What the receivers compute when they hear the sender."""
        first, last = min(map(layer_of, [*change, *hearing])), max(map(layer_of, hearing))
        with self.alone(change), trace(self.model, *hearing) as seen:
            advance(self.model, self.before(first), first, last + 1, self.padding)
        return seen

    def heard(self, said: Mapping[str, Tensor], hearing: Mapping[str, Tensor]) -> Float[Tensor, "rows vocabulary"]:
        """The last logits if the receivers compute what they ``said``, where their masks are True."""

        def put(name: str) -> Change:
            return lambda x: torch.where(hearing[name], said[name], x)

        first = min(map(layer_of, hearing))
        with intervene(self.model, {name: put(name) for name in hearing}):
            return resume(self.model, self.before(first), first, self.padding, at=LAST)[:, -1]


def held(model: LanguageModel, through_feedforward: bool) -> list[str]:
    """Where the parts that are frozen can be held: heads, mixers that have none, feed-forward networks."""
    headed, layers = with_heads(model), range(model.config.layers)
    mixers = [f"blocks.{n}.mixer.{'heads' if n in headed else 'out'}" for n in layers]
    return mixers + [f"blocks.{n}.feedforward.out" for n in layers if not through_feedforward]


def speaking(model: LanguageModel, senders: str | Sequence[str], over: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The senders' sites. Raises ValueError for one whose change would only reach what is frozen."""
    found = places(model, senders, over)
    for name in found:
        if name.split(".", 2)[2] not in SENDERS:
            raise ValueError(f"senders: {name!r} adds nothing to the stream by itself; it must be one of {SENDERS}")
    return found


def listening(
    model: LanguageModel, receivers: str | Sequence[Receiver], frozen: Collection[str]
) -> dict[str, list[int] | None]:
    """The receivers' sites, and the heads that listen there (None: all that is there). Raises ValueError for a site
    that is none or is frozen."""
    table, found = all_sites(model), dict[str, list[int] | None]()
    filled(receivers=receivers)
    for receiver in [receivers] if isinstance(receivers, str) else receivers:
        pattern, head = (receiver, None) if isinstance(receiver, str) else receiver
        for name in named(table, pattern):
            axes, kind = table[name].axes, name.split(".", 2)[2:]
            if not kind or not axes or kind[0] in ("mixer.heads", "mixer.out") or name in frozen:
                raise ValueError(f"receivers: {name!r} hears nothing while all else is frozen ('logits' stands alone)")
            if head is not None and "heads" not in axes:
                raise ValueError(f"receivers: {name!r} has no heads, its axes are {axes}; give the name alone")
            already = found.get(name, [])
            found[name] = None if head is None or already is None else [*already, head]
    return found


def ears(value: Tensor, axes: tuple[str, ...], heads: list[int] | None) -> Bool[Tensor, " ..."]:
    """Where these heads are, as it meets a value with these axes. Raises ValueError for one that is not there."""
    if heads is None:
        return torch.ones((), dtype=torch.bool, device=value.device)
    count = value.shape[axes.index("heads")]
    indices(count, receivers=heads)
    mask = torch.zeros(count, dtype=torch.bool, device=value.device)
    mask[heads] = True
    return mask.reshape([count if axis == "heads" else 1 for axis in axes])
