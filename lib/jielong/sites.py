"""Where one can look into a `LanguageModel`, and reach in: every site has a name.

    with trace(model) as seen:                           look: seen["blocks.9.out"], after the forward pass
        model(ids)
    with intervene(model, {"blocks.9.out": change}):     reach in: the pass goes on with change(value)
        model(ids)

    site                             what it is                                      shape
    embed                            the tokens' embeddings                          (batch, time, width)
    blocks.N.in                      the residual stream that block N reads          (batch, time, width)
    blocks.N.norm1                   what the mixer reads                            (batch, time, width)
    blocks.N.mixer.q, .k, .v         queries, keys, values, before rotary positions  (batch, time, heads, head_width)
    blocks.N.mixer.q_rotated, .k_rotated   after them, of the tokens of this pass    (batch, time, heads, head_width)
    blocks.N.mixer.scores            attention before mask and softmax               (batch, heads, time, keys)
    blocks.N.mixer.pattern           attention's weights                             (batch, heads, time, keys)
    blocks.N.mixer.heads             what each head read, before ``o``               (batch, time, heads, head_width)
    blocks.N.mixer.out               what the mixer adds to the stream               (batch, time, width)
    blocks.N.mixer.state             what the mixer goes on from: cache or memory    a named tuple
    blocks.N.mid                     the stream between mixer and feed-forward       (batch, time, width)
    blocks.N.norm2                   what the feed-forward network reads             (batch, time, width)
    blocks.N.feedforward.gate, .up   before the activation (gate: only where gated)  (batch, time, hidden)
    blocks.N.feedforward.activation  the neurons                                     (batch, time, hidden)
    blocks.N.feedforward.out         what the feed-forward network adds              (batch, time, width)
    blocks.N.out                     the stream after block N                        (batch, time, width)
    norm                             after the final norm                            (batch, time, width)
    logits                           wherever the model unembeds                     (batch, time, vocabulary)

A model has those of its parts: Mamba has no q, an LSTM no heads; of keys and values there are as many as groups. A
``*`` stands for any one part: "blocks.*.out". Where norms come last (``norm_first=False``), norm1, norm2 and norm are
what these norms make of the stream, at mid, at out, and after the embedding. Whoever writes on unembeds only the last
position of each pass; so logits that are fewer than the pass's positions are taken for its last ones.

Watching a pattern or scores makes attention write its weights down, which the fused form does not; the last digits then
differ. Nothing is hung into the model: a copy that is made, or pickled, inside a block is like any other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from jielong.mixers import Tap
from jielong.model import LanguageModel, State

Change = Callable[[Any], Any]

STREAM = ("batch", "time", "width")
HEADS = ("batch", "time", "heads", "head_width")
WEIGHTS = ("batch", "heads", "time", "keys")
NEURONS = ("batch", "time", "hidden")
LOGITS = ("batch", "time", "vocabulary")

TRANSFORMER_LENS = {
    "hook_embed": ("embed",),
    "hook_resid_pre": ("in",),
    "hook_resid_mid": ("mid",),
    "hook_resid_post": ("out",),
    "ln1.hook_normalized": ("norm1",),
    "attn.hook_q": ("mixer.q",),
    "attn.hook_k": ("mixer.k",),
    "attn.hook_v": ("mixer.v",),
    "attn.hook_rot_q": ("mixer.q_rotated",),
    "attn.hook_rot_k": ("mixer.k_rotated",),
    "attn.hook_attn_scores": ("mixer.scores",),
    "attn.hook_pattern": ("mixer.pattern",),
    "attn.hook_z": ("mixer.heads",),
    "hook_attn_out": ("mixer.out",),
    "ln2.hook_normalized": ("norm2",),
    "mlp.hook_pre": ("feedforward.gate", "feedforward.up"),
    "mlp.hook_pre_linear": ("feedforward.up",),
    "mlp.hook_post": ("feedforward.activation",),
    "hook_mlp_out": ("feedforward.out",),
    "ln_final.hook_normalized": ("norm",),
}
"""What our sites are called in TransformerLens; of two, the first that the model has. Most have "blocks.N." before."""


@dataclass(frozen=True)
class Place:
    """Where a value stands.

    site: its name. axes: what its axes are called; () where it is no tensor. positions: of each token in its own text,
    negative at padding; None where nobody said. reached: for each change that waits for some positions, which of them
    came by so far in this block.
    """

    site: str
    axes: tuple[str, ...]
    positions: Int[Tensor, "rows time"] | None
    reached: dict[PlacedChange, Bool[Tensor, " awaited"]]

    def row(self, k: int) -> Place:
        """Where one row of the batch stands."""
        if self.positions is None or len(self.positions) == 1:
            return self
        return replace(self, positions=self.positions[k : k + 1])

    def reach(self, change: PlacedChange, awaited: Bool[Tensor, " awaited"]) -> None:
        """Note which of the positions that ``change`` waits for are here."""
        self.reached[change] = awaited | self.reached.get(change, torch.zeros_like(awaited))


class PlacedChange(ABC):
    """A change that is told where the value stands. As a mere function it takes a tensor for that of a text from its
    beginning on, (batch, time, width) or (batch, time, heads, head_width)."""

    @abstractmethod
    def there(self, value: Any, place: Place) -> Any:
        """The value that goes on."""

    def missed(self, reached: Bool[Tensor, " awaited"]) -> str:
        """What to say if not all positions that it waits for came by."""
        return f"{self}: {int((~reached).sum())} of {len(reached)} positions were in no pass of the block"

    def __call__(self, value: Any) -> Any:
        axes = {3: STREAM, 4: HEADS}.get(value.dim()) if isinstance(value, Tensor) else ()
        if axes is None:
            raise ValueError(f"the value must be (batch, time, width) or {HEADS}; it is {tuple(value.shape)}")
        positions = torch.arange(value.shape[1], device=value.device)[None] if axes else None
        place = Place("a value alone", axes, positions, {})
        new = self.there(value, place)
        check(place.reached)
        return new


def check(reached: Mapping[PlacedChange, Bool[Tensor, " awaited"]]) -> None:
    """Raise ValueError if a change waited for a position in vain."""
    for change, found in reached.items():
        if not bool(found.all()):
            raise ValueError(change.missed(found))


def apply(change: Change, value: Any, place: Place) -> Any:
    return change.there(value, place) if isinstance(change, PlacedChange) else change(value)


@dataclass(frozen=True)
class Site:
    """A value of the forward pass: what goes into a module (``enters``) or what comes out of it.

    axes: what its axes are called; () for a state. part: which of the values, where a module returns several.
    head_width: the value is split into heads of this width.
    """

    name: str
    module: nn.Module
    axes: tuple[str, ...] = STREAM
    enters: bool = False
    part: int | None = None
    head_width: int | None = None

    def changed(self, value: Any, change: Change, block: Watch) -> Any:
        if self.head_width is not None:
            value = value.unflatten(-1, (-1, self.head_width))
        new = apply(change, value, self.place(value, block))
        if type(new) is not type(value) or (isinstance(new, Tensor) and kind(new) != kind(value)):
            said = " ".join(kind(new)) if isinstance(new, Tensor) else new
            wanted = " ".join(kind(value)) if isinstance(value, Tensor) else type(value).__name__
            raise ValueError(
                f"the change at {self.name!r} must return {wanted}, the value that goes on; it gave {said}"
            )
        return new if self.head_width is None else new.flatten(-2)

    def changed_output(self, output: Any, change: Change, block: Watch) -> Any:
        """What the module returns, with this site's part of it changed."""
        if self.part is None:
            return self.changed(output, change, block)
        parts = list(output)
        parts[self.part] = self.changed(parts[self.part], change, block)
        return tuple(parts)

    def place(self, value: Any, block: Watch) -> Place:
        axes = self.axes
        if isinstance(value, Tensor) and value.dim() != len(axes):  # somebody called the module by hand
            axes = ("",) * (value.dim() - 1) + axes[-1:]
        return Place(self.name, axes, self.positions(value, axes, block.positions), block.reached)

    def positions(self, value: Any, axes: tuple[str, ...], known: Tensor | None) -> Tensor | None:
        """Those of the value's tokens, from those of the pass."""
        if known is None or "time" not in axes:
            return None
        time = value.shape[axes.index("time")]
        if self.name == "logits":  # not all that was read need be unembedded
            known = known[:, -time:]
        return known if known.shape[1] == time and len(known) in (1, len(value)) else None


def kind(value: Tensor) -> tuple[str, str]:
    return str(tuple(value.shape)), str(value.dtype)


def sites(model: LanguageModel) -> dict[str, Site]:
    """Every site of this model, by name, in the order of the forward pass."""
    found = [Site("embed", model.embed)]
    for n, block in enumerate(model.blocks):
        mixer, feedforward, at = block.mixer, block.feedforward, f"blocks.{n}"
        found += [Site(f"{at}.in", block, enters=True), Site(f"{at}.norm1", block.norm1)]
        width = getattr(mixer, "head_width", None)
        found += [
            Site(f"{at}.mixer.{x}", getattr(mixer, x), HEADS, head_width=width)
            for x in "qkv"
            if width and hasattr(mixer, x)
        ]
        if hasattr(mixer, "look"):
            found += [Site(f"{at}.mixer.{x}", getattr(mixer, x), HEADS) for x in ("q_rotated", "k_rotated")]
            found += [Site(f"{at}.mixer.scores", mixer.scores, WEIGHTS)]
            found += [Site(f"{at}.mixer.pattern", mixer.look, WEIGHTS)]
        if width:
            found.append(Site(f"{at}.mixer.heads", mixer.o, HEADS, enters=True, head_width=width))
        found += [
            Site(f"{at}.mixer.out", mixer, part=0),
            Site(f"{at}.mixer.state", mixer, (), part=1),
            Site(f"{at}.mid", block.mid),
            Site(f"{at}.norm2", block.norm2),
        ]
        if feedforward.gate is not None:
            found.append(Site(f"{at}.feedforward.gate", feedforward.gate, NEURONS))
        found += [
            Site(f"{at}.feedforward.up", feedforward.up, NEURONS),
            Site(f"{at}.feedforward.activation", feedforward.down, NEURONS, enters=True),
            Site(f"{at}.feedforward.out", feedforward),
            Site(f"{at}.out", block, part=0),
        ]
    found += [Site("norm", model.norm), Site("logits", model.logits, LOGITS)]
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
        raise ValueError(f"no site {wanted!r} here; {hint(names, wanted)}")
    return found


def hint(names: Mapping[str, Any], wanted: str) -> str:
    """What ``wanted`` may have meant."""
    parts = wanted.split(".")
    layer, part = (parts[:2], parts[2:]) if parts[0] == "blocks" else (["blocks", "*"], parts)
    for ours in TRANSFORMER_LENS.get(".".join(part), ()):
        for name in (ours, ".".join([*layer, ours])):
            if any(fits(known, name) for known in names):
                return f"what TransformerLens calls so is {name!r}"
    near = get_close_matches(wanted, names, n=3, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    return f"there are {len(names)}, from {next(iter(names), None)!r} on"


class Watch:
    """One block of `trace` or `intervene`: what is done at its sites, and where the pass stands.

    Its hooks are torch's for all modules, and it looks up which of them are meant. positions, reached: see `Place`.
    """

    def __init__(self, model: LanguageModel, changes: Sequence[tuple[Site, Change]]):
        self.places, self.positions = model.places, None
        self.reached: dict[PlacedChange, Tensor] = {}
        self.enters: dict[nn.Module, list[tuple[Site, Change]]] = defaultdict(list)
        self.leaves: dict[nn.Module, list[tuple[Site, Change]]] = defaultdict(list)
        for site, change in changes:
            (self.enters if site.enters else self.leaves)[site.module].append((site, change))

    def __contains__(self, module: object) -> bool:
        return module in self.leaves

    def before(self, module: nn.Module, args: Any) -> Any:
        for site, change in self.enters.get(module, ()):
            args = (site.changed(args[0], change, self), *args[1:])
        return args

    def after(self, module: nn.Module, _args: Any, output: Any) -> Any:
        if module is self.places:
            self.positions = output
        for site, change in self.leaves.get(module, ()):
            output = site.changed_output(output, change, self)
        return output

    @contextmanager
    def open(self) -> Iterator[None]:
        """Raises ValueError at the end for a change that waited for a position in vain."""
        with ExitStack() as stack:
            stack.callback(register_module_forward_pre_hook(self.before).remove)
            stack.callback(register_module_forward_hook(self.after).remove)
            Tap.watchers.append(self)
            stack.callback(Tap.watchers.remove, self)
            yield
        check(self.reached)


class Trace(dict[str, Any]):
    """What was seen, by site: of the latest forward pass, or, with ``keep="all"``, a tuple of all passes' values.

    axes: what the axes are called, of each site that the model has. wanted: the sites that are watched.
    """

    def __init__(self, axes: Mapping[str, tuple[str, ...]], wanted: Sequence[str], keep: Literal["last", "all"]):
        super().__init__()
        self.axes, self.wanted, self.keep = dict(axes), tuple(wanted), keep

    def __missing__(self, name: str) -> Any:
        found = self.found(name)
        if len(found) > 1:
            raise ValueError(f"{name!r} means {len(found)} sites here: use .stack({name!r}), or one of them")
        return self[found[0]]

    def found(self, name: str) -> list[str]:
        """The sites that ``name`` means, of which something was seen. Raises ValueError where there is none."""
        known = named(self.axes, name)
        found = [one for one in known if one in self]
        if found:
            return found
        if not set(known) & set(self.wanted):
            raise ValueError(f"{name!r} was not traced, only {shortened(self.wanted)}: name it in trace(model, ...)")
        if not self:
            raise ValueError(f"{name!r} was not seen yet: run the model inside the block first")
        raise ValueError(f"{name!r} was not seen: no pass in the block came through there")

    def stack(self, name: str) -> Float[Tensor, "sites ..."]:
        """All values of a name with a ``*``, as one tensor: "blocks.*.out" gives (layers, batch, time, width).

        Raises ValueError where the values are no tensors of one shape.
        """
        values = [self[one] if self.keep == "last" else self.joined(one) for one in self.found(name)]
        shapes = {tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__ for value in values}
        if len(shapes) > 1 or not isinstance(values[0], Tensor):
            raise ValueError(f"{name!r} cannot be stacked: its values are {' and '.join(map(str, shapes))}")
        return torch.stack(values)

    def joined(self, name: str) -> Tensor:
        """All passes' values of a site, one after the other along the axis of time.

        Raises ValueError where only the last were kept, where the values have no such axis or another that grows with
        the text (scores, patterns), and where passes read other rows.
        """
        values = self[name]
        if self.keep == "last":
            raise ValueError('joined: this trace keeps the last pass only; make it with trace(..., keep="all")')
        axes = self.axes[self.found(name)[0]]
        if "time" not in axes or "keys" in axes:
            own = axes[-1] if axes else "state"
            raise ValueError(f"{name!r} cannot be joined: every pass has its own {own}; seen[{name!r}][k] is pass k's")
        if len({len(value) for value in values}) > 1:
            raise ValueError(f"{name!r} cannot be joined: the passes have {[len(value) for value in values]} rows")
        return torch.cat(values, axes.index("time"))


def shortened(names: Sequence[str]) -> str:
    """A few of the names."""
    return ", ".join(map(repr, names[:4])) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


@contextmanager
def trace(
    model: LanguageModel, *names: str, keep: Literal["last", "all"] = "last", grad: bool = False
) -> Iterator[Trace]:
    """Within the block, every forward pass leaves its values at these sites (default: all) in the trace.

    keep: "last" for the last pass's values, "all" for every pass's (each step of a generation is one). grad: one can
    differentiate by the values, be the weights frozen or not, and after ``backward()`` they have a ``.grad``; gradients
    are recorded in the block even where they are not around it. A value that depends on nothing that can be learned is
    where they begin.
    Values are not copied: change none in place. Raises ValueError for a site that the model does not have.
    """
    if keep not in ("last", "all"):
        raise ValueError(f'keep={keep!r} must be "last" or "all"')
    table = sites(model)
    wanted = list(dict.fromkeys(name for pattern in names or table for name in named(table, pattern)))
    seen = Trace({name: site.axes for name, site in table.items()}, wanted, keep)

    def keeper(name: str) -> Change:
        def change(value: Any) -> Any:
            if grad:
                value = differentiable(value)
            seen[name] = (*seen.get(name, ()), value) if keep == "all" else value
            return value

        return change

    with ExitStack() as stack:
        if grad:
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.enable_grad())
        stack.enter_context(Watch(model, [(table[name], keeper(name)) for name in wanted]).open())
        yield seen


def differentiable(value: Any) -> Any:
    """The value, or the tuple of them, so that it has a gradient after ``backward()``."""
    if isinstance(value, tuple):
        return type(value)(*map(differentiable, value))
    if not isinstance(value, Tensor) or not value.is_floating_point():
        return value
    if not value.requires_grad:
        value = value.detach().requires_grad_()
    value.retain_grad()
    return value


@contextmanager
def intervene(model: LanguageModel, changes: Mapping[str, Change]) -> Iterator[None]:
    """Within the block, every forward pass goes on with ``change(value)`` at each of these sites.

    A change must not write into its argument. Those of `jielong.interpretability.changes` are also told which site it
    is and at which positions the pass stands. Blocks may stand inside each other, with `trace`, too: at one site the
    outer one acts first, and the inner one gets what it left. Afterwards nothing of it is left, whatever happened.
    Raises ValueError for a site that the model does not have, for a change that returns another shape or type, and, at
    the end, for a change that was meant for a position to which no pass came.
    """
    table = sites(model)
    wanted = [(table[name], change) for pattern, change in changes.items() for name in named(table, pattern)]
    with Watch(model, wanted).open():
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
    hidden = model.leave(advance(model, x, first, model.config.layers, padding))[:, at].contiguous()
    model.places(model.index(x.shape[1], 0, padding)[:, at])  # where what is unembedded stands
    return model.unembed(hidden)


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
    state = model.start(x, padding) if state is None else model.check_state(x, state, padding)
    shared = model.shared(batch, time, state.length, state.padding)
    for n in range(first, stop):
        x, _ = model.blocks[n](x, shared, state.layers[n])
    return x
