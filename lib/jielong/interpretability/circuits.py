"""Circuits: which attention heads do a job, and how few of them will do.

A head's name is (layer, number). To switch a head off is to let it read what it reads in another prompt, in which the
question has no answer (the same sentence with three other names); zeros would be a value that no head ever writes.

- `prefix_matching` finds induction heads by what they look at (Olsson et al. 2022, arXiv 2209.11895).
- `effects` says of all heads at once what switching each one off would cost, by gradients along the way from one
  prompt to the other (integrated gradients: Sundararajan et al. 2017; for heads: Hanna et al. 2024, arXiv 2403.17806).
- `prune` takes the heads away one by one and keeps away what can be spared (after Conmy et al. 2023, arXiv 2304.14997).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from jielong.arguments import at_least, filled, finite, indices, within
from jielong.interpretability.ablation import largest
from jielong.interpretability.contributions import with_heads
from jielong.model import LanguageModel
from jielong.scoring import first_tokens
from jielong.sites import Change, advance, intervene, resume, trace
from jielong.tokenizer import Tokenizer

Head = tuple[int, int]
LAST = slice(-1, None)


class Contrast(NamedTuple):
    """prompt: goes on with ``right``. other: a prompt of the same length in which the question has no answer.

    wrong: what else might come; the nearest rival first.
    """

    prompt: str
    other: str
    right: str
    wrong: list[str]


class Task(NamedTuple):
    """Prompts of one length, each with a counterpart ``other``. ``right``: the token to come, ``wrong``: its rivals."""

    ids: Int[Tensor, "batch time"]
    other: Int[Tensor, "batch time"]
    right: Int[Tensor, " batch"]
    wrong: Int[Tensor, "batch rivals"]


def task(tokenizer: Tokenizer, items: Sequence[Contrast], device: torch.device | str = "cpu") -> Task:
    """The items as tokens, for a model on this device; of a name its first.

    Raises ValueError where there are none or they differ in length.
    """
    filled(items=items)
    ids, other = [tokenizer.encode(i.prompt) for i in items], [tokenizer.encode(i.other) for i in items]
    if len({len(row) for row in ids + other}) > 1:
        raise ValueError(f"items: all prompts need as many tokens, these have {sorted({len(r) for r in ids + other})}")
    names = torch.tensor([first_tokens(tokenizer, (i.right, *i.wrong)) for i in items], device=device)
    return Task(torch.tensor(ids, device=device), torch.tensor(other, device=device), names[:, 0], names[:, 1:])


def margin(last: Float[Tensor, "batch vocabulary"], these: Task, rivals: int = 1) -> Float[Tensor, " batch"]:
    """Log odds of the right token against the first ``rivals`` of its rivals; against one, the difference of logits."""
    within(1, these.wrong.shape[1], rivals=rivals)
    right = last.gather(1, these.right[:, None])[:, 0]
    return right - last.gather(1, these.wrong[:, :rivals]).logsumexp(1)


# -------------------------------------------------------------------------------------------------- induction heads


def repeated(rows: int, period: int, vocabulary: int, seed: int = 0) -> Int[Tensor, "rows time"]:
    """Random tokens, and then the same tokens once more: nothing to know but what stood there before. On the CPU."""
    at_least(1, rows=rows, period=period, vocabulary=vocabulary)
    once = torch.randint(vocabulary, (rows, period), generator=torch.Generator().manual_seed(seed), device="cpu")
    return once.repeat(1, 2)


def prefix_matching(
    pattern: Float[Tensor, "layers batch heads time time"], period: int
) -> Float[Tensor, "layers heads"]:
    """How much of its attention each token of the second copy gives to the one *after* its first appearance."""
    within(2, (pattern.shape[-1] + 1) // 2, period=period)
    first_copy = torch.arange(1, period, device=pattern.device)  # token period + i looks at token i + 1
    return pattern[..., first_copy + period - 1, first_copy].mean(-1).mean(1)


# ------------------------------------------------------------------------------------------------ switching heads off


@torch.no_grad()
def reads(model: LanguageModel, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "layers batch time heads head_width"]:
    """What every head reads in these prompts; zeros in a layer whose mixer has no heads."""
    with trace(model, "blocks.*.mixer.heads") as seen:
        model.hidden(ids)
    return every_layer(model, seen.stack("blocks.*.mixer.heads"))


def every_layer(model: LanguageModel, some: Float[Tensor, " some *rest"]) -> Float[Tensor, " layers *rest"]:
    """Values of the layers with heads, and zeros in the others."""
    whole = some.new_zeros(model.config.layers, *some.shape[1:])
    whole[with_heads(model)] = some
    return whole


def on(kept: Collection[Head], layers: int, heads: int) -> Bool[Tensor, "layers heads"]:
    at_least(0, layers=layers, heads=heads)
    indices(layers, kept=[layer for layer, _ in kept])
    indices(heads, kept=[head for _, head in kept])
    mask = torch.zeros(layers, heads, dtype=torch.bool, device="cpu")
    for layer, head in kept:
        mask[layer, head] = True
    return mask


def only(
    kept: Collection[Head],
    other: Float[Tensor, "layers batch time heads head_width"],
    headed: Collection[int] | None = None,
) -> dict[str, Change]:
    """Changes for `intervene`: all heads but ``kept`` read what they read in the other prompts. headed: the layers that
    have heads (default: all)."""
    layers, _, _, heads, _ = other.shape

    def change(layer: int, mask: Bool[Tensor, " heads"]) -> Change:
        return lambda x: torch.where(mask[:, None].to(x.device), x, other[layer])

    masks = enumerate(on(kept, layers, heads))
    off = [(n, mask) for n, mask in masks if not mask.all() and (headed is None or n in headed)]
    return {f"blocks.{n}.mixer.heads": change(n, mask) for n, mask in off}


class Bench:
    """One task, ready for any set of heads: what they read in the other prompts, the margins with all and with none."""

    def __init__(self, model: LanguageModel, these: Task) -> None:
        self.model, self.task, self.other = model, these, reads(model, these.other)
        self.start, self.layers = model.enter(these.ids).detach(), with_heads(model)
        self.heads: list[Head] = list(product(self.layers, range(model.config.heads)))
        self.full, self.none = self.margin(self.heads), self.margin(())

    @torch.no_grad()
    def logits(
        self, kept: Collection[Head], x: Tensor | None = None, first: int = 0
    ) -> Float[Tensor, "batch vocabulary"]:
        """The last logits with these heads alone; from block ``first`` on, if the stream before it is known."""
        with intervene(self.model, only(kept, self.other, self.layers)):
            return resume(self.model, self.start if x is None else x, first, at=LAST)[:, -1]

    def margin(self, kept: Collection[Head]) -> float:
        return margin(self.logits(kept), self.task).mean().item()

    def share(self, logits: Float[Tensor, "batch vocabulary"]) -> float:
        """How much of the margin is kept: 0 as with no head at all, 1 as with all of them. Raises ValueError where it
        is the same with all as with none."""
        if self.full == self.none:
            raise ValueError("task: the margin with all heads is that with none, so no head has a share in it")
        return (margin(logits, self.task).mean().item() - self.none) / (self.full - self.none)


# ----------------------------------------------------------------------------------------------- finding the circuit


def effects(model: LanguageModel, these: Task, steps: int = 4) -> Float[Tensor, "layers heads time"]:
    """What each head adds to the mean margin at each position, compared with what it reads in the other prompts.

    To first order it is (reading - other reading) . gradient. The gradient is the mean of those at ``steps`` points
    between the two prompts' embeddings: at the prompt itself a softmax is often flat, and a head looks idle.
    """
    at_least(1, steps=steps)
    here, there = model.enter(these.ids).detach(), model.enter(these.other).detach()
    total = torch.zeros((), device=here.device)
    for step in range(steps):
        x = torch.lerp(here, there, (step + 0.5) / steps).requires_grad_()
        with trace(model, "blocks.*.mixer.heads") as seen:
            worth = margin(resume(model, x, 0, at=LAST)[:, -1], these).mean()
        total = total + torch.stack(torch.autograd.grad(worth, list(seen.values()))) / steps
    gap = reads(model, these.ids) - reads(model, these.other)
    return (gap * every_layer(model, total)).sum((1, 4)).mT


def strongest(effect: Float[Tensor, "layers heads"], count: int) -> list[Head]:
    """The heads with the largest effect, for or against the answer, largest first."""
    return largest(effect.abs(), count)


class Step(NamedTuple):
    """One head taken away: the share that is kept without it, and whether it stayed away."""

    head: Head
    share: float
    gone: bool


@torch.no_grad()
def prune(bench: Bench, candidates: Sequence[Head], price: float = 0.05) -> tuple[list[Head], list[Step]]:
    """The few of the candidates that do the job, and how the search went; the last candidate is tried first.

    A head stays away if |1 - share| + price x heads gets no worse. Without the bars around 1 - share, heads that only
    exaggerate would stay: the aim is the model's own answer, and a louder one is another.
    """
    finite(price=price)
    layers, kept = bench.model.config.layers, list(candidates)

    def run(heads: list[Head], streams: list[Tensor], first: int) -> tuple[float, list[Tensor]]:
        with trace(bench.model, "blocks.*.in") as seen:
            share = bench.share(bench.logits(heads, streams[first], first))
        return share, [*streams[: first + 1], *(seen[f"blocks.{n}.in"] for n in range(first + 1, layers))]

    (share, streams), steps = run(kept, [bench.start], 0), []
    for head in reversed(candidates):
        without = [other for other in kept if other != head]
        new, changed = run(without, streams, head[0])  # below this head nothing changes
        worse = abs(1 - new) - abs(1 - share)
        steps.append(Step(head, new, worse < price))
        if worse < price:
            kept, share, streams = without, new, changed
    return sorted(kept), steps


# -------------------------------------------------------------------------------------------- looking at the circuit


@torch.no_grad()
def subsets(model: LanguageModel, these: Task, heads: Sequence[Head]) -> Float[Tensor, "subsets vocabulary"]:
    """The last logits of one prompt with every subset of the heads; bit k of a subset's number says: head k is on.

    heads: sorted. All subsets go up together, and each layer makes two of one for each of its heads.
    """
    if len(these.ids) != 1 or list(heads) != sorted(heads):
        raise ValueError(f"these: one prompt, not {len(these.ids)}; heads: in the order of layers, not {heads}")
    indices(model.config.layers, heads=[layer for layer, _ in heads])
    indices(model.config.heads, heads=[head for _, head in heads])
    x, other, headed = model.enter(these.ids), reads(model, these.other), with_heads(model)
    for layer in range(model.config.layers):
        here = [head for n, head in heads if n == layer]
        mask = torch.zeros(len(x) << len(here), model.config.heads, dtype=torch.bool, device=x.device)
        for k, head in enumerate(here):
            mask[:, head] = (torch.arange(len(mask), device=x.device) // (len(x) << k) % 2).bool()
        off = {f"blocks.{layer}.mixer.heads": chosen(mask, other[layer])} if layer in headed else {}
        with intervene(model, off):
            x = advance(model, x.repeat(1 << len(here), 1, 1), layer, layer + 1)
    return resume(model, x, model.config.layers, at=LAST)[:, -1]


def chosen(mask: Bool[Tensor, "rows heads"], other: Float[Tensor, "1 time heads head_width"]) -> Change:
    return lambda x: torch.where(mask[:, None, :, None], x, other)


def route(effect: Float[Tensor, "heads time"], pattern: Float[Tensor, "heads time time"], head: int) -> tuple[int, int]:
    """Where a head does its work: the position with its largest effect, and what it looks at from there most.

    The first position does not count: heads look at it when there is nothing to look at. Raises ValueError for a head
    that is not there, a prompt of one token, and what is no number.
    """
    indices(len(effect), head=head)
    at_least(2, time=effect.shape[1])
    finite(effect=effect, pattern=pattern)
    writes = int(effect[head].abs().argmax())
    return int(pattern[head, writes, 1:].argmax()) + 1, writes
