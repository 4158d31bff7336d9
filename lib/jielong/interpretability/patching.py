"""Patching: a value of one run stands in another, and one sees what that does to the answer.

`activation_patching` tries one place after the other (causal tracing: Vig et al. 2020, arXiv 2004.12265; Meng et al.
2022, arXiv 2202.05262): ``clean`` is read once for each, with what stands there in ``corrupted``, a prompt of the same
length in which something else is said. `attribution_patching` makes a guess at the whole map from two forward passes
and one backward, by the slope at what is there (Nanda 2023, "Attribution patching: activation patching at industrial
scale"; Syed et al. 2023, arXiv 2310.10348). `jielong.interpretability.path_patching` patches only what one part says to
another.

    activation_patching(model, clean, corrupted, "blocks.*.in", metric)                              (layers, time)
    activation_patching(model, clean, corrupted, "blocks.*.mixer.heads", metric, over=["heads"])     (layers, heads)

This way round one sees what breaks the answer (noising). The other way round, ``clean`` and ``corrupted`` exchanged,
one sees what mends it (denoising); the two need not agree (Heimersheim and Nanda 2024, arXiv 2404.15255).

A metric takes the logits after the last token (batch, vocabulary), and returns a number, or one for each prompt, whose
mean then counts. Maps are in its units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.arguments import filled, finite
from jielong.interpretability.changes import each, nothing, put
from jielong.model import LanguageModel, State
from jielong.sites import Change, Trace, intervene, named, resume, trace
from jielong.sites import sites as all_sites

Metric = Callable[[Tensor], Tensor]
Prompts = Int[Tensor, "batch time"]
LAST = slice(-1, None)


@torch.no_grad()
def patch_last(
    model: LanguageModel, ids: Sequence[int], sites: Sequence[str], values: Float[Tensor, "rows width"]
) -> tuple[Float[Tensor, "rows vocabulary"], State]:
    """Logits after ``ids`` when, in row k, values[k] stands at sites[k] at the last token; and the state to go on from.

    All before the last token is read once, for it cannot see the patch; unless the model looks ahead (causal=False).
    Raises ValueError where the counts disagree, or there is nothing to patch.
    """
    filled(sites=sites)
    if len(ids) < 2 or not len(sites) == len(values):
        raise ValueError(f"{len(ids)} ids (at least 2), {len(sites)} sites for {len(values)} values")
    rows, text = len(sites), torch.tensor([list(ids)], device=model.device)
    state, last = None, len(ids) - 1
    if model.config.causal:
        _, state = model.hidden(text[:, :-1])
        state, text = state.copies(rows), text[:, -1:]
    changes = {
        name: each([put(value, last) if own == name else nothing for own, value in zip(sites, values, strict=True)])
        for name in dict.fromkeys(sites)
    }
    with intervene(model, changes):
        hidden, state = model.hidden(text.expand(rows, -1), state)
    return model.next_logits(hidden), state


# ------------------------------------------------------------------------------------------------- maps of all places


@torch.no_grad()
def activation_patching(
    model: LanguageModel,
    clean: Prompts,
    corrupted: Prompts,
    sites: str | Sequence[str],
    metric: Metric,
    *,
    over: Sequence[str] = ("time",),
    padding: Int[Tensor, " batch"] | None = None,
    chunk: int = 64,
) -> Float[Tensor, " sites *over"]:
    """The metric of ``clean`` where the values of ``corrupted`` stand at one place, for each place.

    sites: names or patterns of sites in the blocks. over: the axes along which a site is taken apart, see `Site`; along
    the others all is patched together: ("time",) patches one position at a time, ("heads",) one head at all positions,
    () the whole site. padding: of both. chunk: rows in a batch; the what-ifs are rows of it. Blocks below a site are
    not run. Raises ValueError for prompts of different shapes, unknown sites, sites without these axes or with
    different numbers of places, and for a metric that returns something else or no finite number.
    """
    found = places(model, sites, over)
    check_alike(clean, corrupted)
    there = read(model, corrupted, found, padding)
    here = read(model, clean, ["blocks.*.in"], padding)
    maps = []
    for name, axes in found.items():
        first, worths = layer_of(name), []
        for mask in masks(there[name], axes, over, chunk):
            with intervene(model, {name: put_in(mask, there[name])}):
                x = copies(here[f"blocks.{first}.in"], len(mask))
                last = resume(model, x, first, copies(padding, len(mask)), at=LAST)[:, -1]
            worths += [worth(metric, logits) for logits in last.unflatten(0, (len(mask), -1))]
        maps.append(torch.stack(worths).reshape(sizes(there[name], axes, over)))
    return stacked(maps, over)


def attribution_patching(
    model: LanguageModel,
    clean: Prompts,
    corrupted: Prompts,
    sites: str | Sequence[str],
    metric: Metric,
    *,
    over: Sequence[str] = ("time",),
    padding: Int[Tensor, " batch"] | None = None,
) -> Float[Tensor, " sites *over"]:
    """How much the metric of ``clean`` changes in each what-if of `activation_patching`, to first order:
    (corrupted - clean) . gradient, summed along all other axes. Arguments and errors: as there.
    """
    found = places(model, sites, over)
    check_alike(clean, corrupted)
    there = read(model, corrupted, found, padding)
    with trace(model, *found, grad=True) as here:
        hidden, _ = model.hidden(clean, padding=padding)
        number = worth(metric, model.next_logits(hidden))
        values = [here[name] for name in found]
        slopes = torch.autograd.grad(number, values, allow_unused=True, materialize_grads=True)
    effects = [(there[name] - value.detach()) * slope for name, value, slope in zip(found, values, slopes, strict=True)]
    return stacked([along(effect, axes, over) for effect, axes in zip(effects, found.values(), strict=True)], over)


def places(model: LanguageModel, wanted: str | Sequence[str], over: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The sites that are meant, and their axes. Raises ValueError for one that cannot be taken apart along ``over``."""
    table = all_sites(model)
    patterns = [wanted] if isinstance(wanted, str) else wanted
    found = {name: table[name].axes for pattern in patterns for name in named(table, pattern)}
    for name, axes in found.items():
        if not name.startswith("blocks.") or not axes:
            raise ValueError(f"sites: {name!r} is no activation of a block; 'blocks.0.in' is what goes into the first")
        if isinstance(over, str) or not set(over) <= set(axes) - {"batch"} or len(set(over)) < len(over):
            raise ValueError(f"over={over!r} must be some of the axes of {name!r}, a list of {list(axes[1:])}")
    return found


def check_alike(clean: Tensor, corrupted: Tensor) -> None:
    """Raise ValueError for prompts of which a value of one would not fit the other."""
    if clean.shape != corrupted.shape:
        raise ValueError(
            f"clean {tuple(clean.shape)} and corrupted {tuple(corrupted.shape)} must be as many prompts of one length"
        )


@torch.no_grad()
def read(model: LanguageModel, ids: Prompts, sites: Iterable[str], padding: Int[Tensor, " batch"] | None) -> Trace:
    """The values at these sites."""
    with trace(model, *sites) as seen:
        model.hidden(ids, padding=padding)
    return seen


def layer_of(site: str) -> int:
    return int(site.split(".")[1])


def sizes(value: Tensor, axes: Sequence[str], over: Sequence[str]) -> list[int]:
    return [value.shape[axes.index(axis)] for axis in over]


def masks(value: Tensor, axes: Sequence[str], over: Sequence[str], chunk: int) -> Iterator[Bool[Tensor, "whatifs ..."]]:
    """For each place along ``over``, where the value is that of this place, as many at a time as ``chunk`` allows: a
    row for each, and then the axes of the value, of size one where nothing is told apart."""
    numbers = torch.arange(math.prod(sizes(value, axes, over)), device=value.device)
    for some in numbers.split(max(1, chunk // len(value))):
        mask = (numbers == some[:, None]).reshape(-1, *sizes(value, axes, over))
        mask = mask.permute(0, *(1 + over.index(axis) for axis in axes if axis in over))
        yield mask.reshape(-1, *(size if axis in over else 1 for axis, size in zip(axes, value.shape, strict=True)))


def along(value: Tensor, axes: Sequence[str], over: Sequence[str]) -> Float[Tensor, "*over"]:
    """The sum along all axes but ``over``, which come in this order."""
    kept = [axis for axis in axes if axis in over]
    rest = [k for k, axis in enumerate(axes) if axis not in over]
    return value.sum(rest).permute([kept.index(axis) for axis in over])


def copies(value: Tensor | None, count: int) -> Any:
    """The batch ``count`` times, one after the other."""
    return None if value is None else value.repeat(count, *[1] * (value.dim() - 1))


def put_in(mask: Bool[Tensor, "whatifs ..."], source: Tensor) -> Change:
    """In each of the copies of a batch, the values of ``source`` where its mask says so."""
    return lambda x: torch.where(mask, source, x.unflatten(0, (len(mask), -1))).flatten(0, 1)


def worth(metric: Metric, logits: Float[Tensor, "batch vocabulary"]) -> Float[Tensor, ""]:
    """The metric's number, or the mean of its numbers."""
    found = metric(logits)
    if not isinstance(found, Tensor) or found.shape not in ((), (len(logits),)):
        said = tuple(found.shape) if isinstance(found, Tensor) else found
        raise ValueError(f"metric must return a tensor: a number, or one for each of {len(logits)} prompts; not {said}")
    return found.mean()


def stacked(maps: Sequence[Tensor], over: Sequence[str]) -> Float[Tensor, " sites *over"]:
    shapes = {tuple(one.shape) for one in maps}
    if len(shapes) > 1:
        raise ValueError(f"sites: along over={list(over)} some have {' others '.join(map(str, shapes))} places")
    whole = torch.stack(list(maps))
    finite(metric=whole)
    return whole
