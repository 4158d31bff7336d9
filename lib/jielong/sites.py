"""Where one can look into a `LanguageModel`, and reach in: every site has a name.

    with trace(model) as seen:                           look: seen["blocks.9.out"], after the forward pass
        model(ids)
    with intervene(model, {"blocks.9.out": change}):     reach in: the pass goes on with change(value)
        model(ids)

    site                             what it is                                      shape
    embed                            the tokens' embeddings                          (batch, time, width)
    blocks.N.in                      the residual stream that block N reads          (batch, time, width)
    blocks.N.mixer.q, .k, .v         queries, keys, values, before rotary positions  (batch, time, heads, head width)
    blocks.N.mixer.pattern           attention's weights                             (batch, heads, time, keys)
    blocks.N.mixer.heads             what each head read, before ``o``               (batch, time, heads, head width)
    blocks.N.mixer.out               what the mixer adds to the stream               (batch, time, width)
    blocks.N.mixer.state             what the mixer goes on from: cache or memory    a named tuple
    blocks.N.mid                     the stream between mixer and feed-forward       (batch, time, width)
    blocks.N.feedforward.gate, .up   before the activation (gate: only where gated)  (batch, time, hidden)
    blocks.N.feedforward.activation  the neurons                                     (batch, time, hidden)
    blocks.N.feedforward.out         what the feed-forward network adds              (batch, time, width)
    blocks.N.out                     the stream after block N                        (batch, time, width)
    norm                             after the final norm                            (batch, time, width)
    logits                           only in ``model(ids)``, not in ``model.hidden`` (batch, time, vocabulary)

A model has those of its parts: Mamba has no q, an LSTM no heads. A ``*`` stands for any one part: "blocks.*.out".

Watching a pattern makes attention write its weights down, which the fused form does not; the last digits then differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from jielong.model import LanguageModel, State

Change = Callable[[Any], Any]


@dataclass(frozen=True)
class Site:
    """A value of the forward pass: what goes into a module (``enters``) or what comes out of it.

    part: which of the values, where a module returns several. head_width: the value is split into heads of this width.
    """

    name: str
    module: nn.Module
    enters: bool = False
    part: int | None = None
    head_width: int | None = None

    def attach(self, change: Change) -> RemovableHandle:
        """From now on, the forward pass goes on with ``change(value)``."""
        if self.enters:
            return self.module.register_forward_pre_hook(lambda _, args: (self.changed(args[0], change), *args[1:]))

        def after(_module: nn.Module, _args: Any, output: Any) -> Any:
            if self.part is None:
                return self.changed(output, change)
            parts = list(output)
            parts[self.part] = self.changed(parts[self.part], change)
            return tuple(parts)

        return self.module.register_forward_hook(after)

    def changed(self, value: Any, change: Change) -> Any:
        if self.head_width is not None:
            value = value.unflatten(-1, (-1, self.head_width))
        new = change(value)
        if type(new) is not type(value) or (isinstance(new, Tensor) and new.shape != value.shape):
            said = tuple(new.shape) if isinstance(new, Tensor) else new
            wanted = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise ValueError(
                f"the change at {self.name!r} must return {wanted}, the value that goes on; it gave {said}"
            )
        return new if self.head_width is None else new.flatten(-2)


def sites(model: LanguageModel) -> dict[str, Site]:
    """Every site of this model, by name, in the order of the forward pass."""
    found = [Site("embed", model.embed)]
    for n, block in enumerate(model.blocks):
        mixer, feedforward, at = block.mixer, block.feedforward, f"blocks.{n}"
        found.append(Site(f"{at}.in", block, enters=True))
        width = getattr(mixer, "head_width", None)
        found += [
            Site(f"{at}.mixer.{x}", getattr(mixer, x), head_width=width) for x in "qkv" if width and hasattr(mixer, x)
        ]
        if hasattr(mixer, "look"):
            found.append(Site(f"{at}.mixer.pattern", mixer.look))
        if width:
            found.append(Site(f"{at}.mixer.heads", mixer.o, enters=True, head_width=width))
        found += [
            Site(f"{at}.mixer.out", mixer, part=0),
            Site(f"{at}.mixer.state", mixer, part=1),
            Site(f"{at}.mid", block.mid),
        ]
        if feedforward.gate is not None:
            found.append(Site(f"{at}.feedforward.gate", feedforward.gate))
        found += [
            Site(f"{at}.feedforward.up", feedforward.up),
            Site(f"{at}.feedforward.activation", feedforward.down, enters=True),
            Site(f"{at}.feedforward.out", feedforward),
            Site(f"{at}.out", block, part=0),
        ]
    found += [Site("norm", model.norm), Site("logits", model, part=0)]
    return {site.name: site for site in found}


def fits(name: str, wanted: str) -> bool:
    parts, pattern = name.split("."), wanted.split(".")
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))


def named(names: Mapping[str, Any], wanted: str) -> list[str]:
    """The names that ``wanted`` means. Raises ValueError, with near ones, where there is none."""
    if wanted in names:
        return [wanted]
    found = [name for name in names if fits(name, wanted)]
    if not found:
        near = get_close_matches(wanted, names, n=3, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(map(repr, near))}?"
            if near
            else f"there are {len(names)}, from {next(iter(names), None)!r} on"
        )
        raise ValueError(f"no site {wanted!r} here; {hint}")
    return found


class Trace(dict[str, Any]):
    """What was seen, by site. It belongs to the latest forward pass, and gradients reach it."""

    def __missing__(self, name: str) -> Any:
        if not self:
            raise ValueError(f"{name!r} was not seen yet: run the model inside the block first")
        (found,) = named(self, name)
        return self[found]

    def stack(self, name: str) -> Float[Tensor, "sites ..."]:
        """All values of a name with a ``*``, as one tensor: "blocks.*.out" gives (layers, batch, time, width)."""
        return torch.stack([self[found] for found in named(self, name)])


@contextmanager
def trace(model: LanguageModel, *names: str) -> Iterator[Trace]:
    """Within the block, every forward pass leaves its values at these sites (default: all) in the trace.

    Values are not copied: change none in place. Raises ValueError for a site that the model does not have.
    """
    seen = Trace()

    def keep(name: str) -> Change:
        def change(value: Any) -> Any:
            seen[name] = value
            return value

        return change

    table = sites(model)
    wanted = [name for pattern in names or table for name in named(table, pattern)]
    with ExitStack() as stack:
        for name in wanted:
            stack.callback(table[name].attach(keep(name)).remove)
        yield seen


@contextmanager
def intervene(model: LanguageModel, changes: Mapping[str, Change]) -> Iterator[None]:
    """Within the block, every forward pass goes on with ``change(value)`` at each of these sites.

    A change must not write into its argument. Blocks may stand inside each other, with `trace`, too: at one site the
    outer one acts first, and the inner one gets what it left. Afterwards nothing of it is left in the model, whatever
    happened. Raises ValueError for a site that the model does not have, and for a change that returns another shape.
    """
    table = sites(model)
    wanted = [(table[name], change) for pattern, change in changes.items() for name in named(table, pattern)]
    with ExitStack() as stack:
        for site, change in wanted:
            stack.callback(site.attach(change).remove)
        yield


def resume(
    model: LanguageModel,
    x: Float[Tensor, "batch time width"],
    first: int,
    padding: Tensor | None = None,
    at: slice = slice(None),
) -> Float[Tensor, "batch some vocabulary"]:
    """Logits from a residual stream: only the blocks from ``first`` on are run. ``x`` is the value at its "in".

    first: 0 to the number of layers; at that, only the final norm and the unembedding are left. at: the positions whose
    logits are wanted (default: all); the unembedding of a large vocabulary is a good part of the work.
    """
    return model.unembed(model.leave(advance(model, x, first, model.config.layers, padding)[:, at]))


def advance(
    model: LanguageModel,
    x: Float[Tensor, "batch time width"],
    first: int,
    stop: int,
    padding: Tensor | None = None,
    state: State | None = None,
) -> Float[Tensor, "batch time width"]:
    """The residual stream from the "in" of block ``first`` to that of block ``stop``, which is not run any more.

    state: what was read before ``x``, from ``model.hidden``; it is not changed.
    """
    if not 0 <= first <= stop <= model.config.layers:
        raise ValueError(f"first={first}, stop={stop} must be from 0 to {model.config.layers}, in this order")
    batch, time, _ = x.shape
    past = state.length if state is not None else 0
    shared = model.shared(batch, time, past, padding if state is None else state.padding)
    for n in range(first, stop):
        x, _ = model.blocks[n](x, shared, None if state is None else state.layers[n])
    return x
