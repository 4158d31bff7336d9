"""Sparse autoencoders: a dictionary of directions, a few of which add up to any one vector of the residual stream.

    scores = encoder (x - center) + bias            one for each feature
    codes  = the k largest scores, or relu(scores)  all others are zero
    x     ~= center + codes decoder                 a sum of few directions, each of length one

With `relu`, a penalty on the codes makes them sparse (Bricken et al. 2023, "Towards monosemanticity"); with the k
largest, sparsity needs no penalty (Gao et al. 2024, arXiv 2406.04093). A feature that no vector has used for a while is
dead; the loss then also asks the dead ones to explain what is left over (Gao et al., appendix A.2).

A dictionary learns in float64 and on a grid, see `jielong.training`. It may be given the states of a model in a lower
precision; then their last digits hang on the processor, and so does what is learned from them. One for SmolLM2 ships
with the book, see `load`; ``python -m jielong.programs.dictionary`` makes such a one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import partial
from importlib.resources import files
from typing import Any

import torch
from jaxtyping import Float, Int, UInt8
from safetensors.torch import load as read
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least, finite, indices, within
from jielong.interpretability.changes import add
from jielong.model import LanguageModel
from jielong.sites import Change, advance
from jielong.training import fit, settle

FILE = "dictionary.safetensors"
SHA256 = "51b30943ec407695309c4b94f0ae6a712cdf65ca69d1286ee4eeade68082d994"
LAYER = 12
SITE = f"blocks.{LAYER}.in"
"""Where the dictionary that ships was made: the residual stream when 12 of 30 layers are done."""
SINKS = 2
"""Positions at the start of a text to leave out: the first takes a role of its own, and sometimes the second, with
vectors a hundred times as long as others."""
PATIENCE = 30
"""A feature is dead that was silent for so many steps."""
LENDING = 256
"""How many dead features, at most, help to explain what one vector has left over."""
SHARE = 1 / 8
"""Weight of that part of the loss. The paper takes 1/32; in as few steps as ours it takes more to wake them."""


@torch.no_grad()
def at_site(model: LanguageModel, ids: Int[Tensor, "rows time"], batch: int = 24) -> Float[Tensor, "rows time width"]:
    """The residual stream at ``SITE``, for rows of tokens."""
    at_least(1, batch=batch)
    model.check_ids(ids)
    return torch.cat([advance(model, model.enter(some), 0, LAYER) for some in ids.split(batch)])


class Dictionary(nn.Module):
    """``k`` features for each vector; with None, those whose score is above zero, however many.

    It is empty until it is told to `begin`. silent: how many steps of training ago each feature was last used. device:
    as torch's modules have it.
    """

    center: Tensor
    scale: Tensor
    silent: Tensor

    def __init__(
        self, width: int, features: int, k: int | None = None, device: torch.device | str | None = None
    ) -> None:
        super().__init__()
        at_least(1, width=width, features=features)
        if k is not None and not 0 < k <= features:
            raise ValueError(f"k={k} must be from 1 to features={features}")
        self.k = k
        self.decoder = nn.Parameter(torch.zeros(features, width, dtype=torch.float64, device=device))
        self.encoder = nn.Parameter(torch.zeros(features, width, dtype=torch.float64, device=device))
        self.bias = nn.Parameter(torch.zeros(features, dtype=torch.float64, device=device))
        self.register_buffer("center", torch.zeros(width, dtype=torch.float64, device=device))
        self.register_buffer("scale", torch.ones((), dtype=torch.float64, device=device))
        self.register_buffer("silent", torch.zeros(features, dtype=torch.long, device=device))

    @torch.no_grad()
    def begin(self, x: Float[Tensor, "count width"], generator: torch.Generator) -> None:
        """Set out from the data: their mean, their size, and as first features some of them, all of length one.

        Some are drawn twice, so that each is moved a little to a side of its own. Such features overlap, and their sum
        overshoots; the encoder is scaled to make up for it. Raises ValueError for vectors that are no numbers, or all
        alike.
        """
        check(x)
        self.center.copy_(x.mean(0, dtype=torch.float64))
        self.scale.copy_((x - self.center).square().sum(1).mean().sqrt())
        die: dict[str, Any] = {"generator": generator, "device": generator.device}
        some = torch.randint(len(x), (len(self.bias),), **die)
        aside = F.normalize(torch.randn(self.decoder.shape, dtype=torch.float64, **die)).to(x.device)
        self.decoder.copy_(F.normalize(x[some] - self.center + 1e-3 * self.scale * aside))
        self.encoder.copy_(self.decoder)
        z = self.prepare(x[:1000])
        y = self.encode(x[:1000]) @ self.decoder / self.scale
        self.encoder.mul_((z * y).sum() / y.square().sum())
        settle(self.parameters())

    @torch.no_grad()
    def shorten(self) -> None:
        """Bring all directions back to length one."""
        self.decoder.copy_(F.normalize(self.decoder))

    @property
    def dead(self) -> Int[Tensor, " dead"]:
        """The features that were silent for too long."""
        return (self.silent >= PATIENCE).nonzero()[:, 0]

    def prepare(self, x: Float[Tensor, "*some width"]) -> Float[Tensor, "*some width"]:
        """Without the mean, and of size one on average."""
        return (x - self.center) / self.scale

    def encode(self, x: Float[Tensor, "*some width"]) -> Float[Tensor, "*some features"]:
        """How much of each feature is in each vector, in the units of the vectors; mostly zeros."""
        scores = F.linear(self.prepare(x), self.encoder, self.bias)
        if self.k is not None:
            values, which = scores.topk(self.k)  # of equal ones no more than k
            scores = torch.zeros_like(scores).scatter(-1, which, values)
        return scores.relu() * self.scale

    def decode(self, codes: Float[Tensor, "*some features"]) -> Float[Tensor, "*some width"]:
        return self.center + codes @ self.decoder

    def forward(self, x: Float[Tensor, "*some width"]) -> Float[Tensor, "*some width"]:
        """The vectors as the dictionary knows them."""
        return self.decode(self.encode(x))


def check(x: Float[Tensor, "count width"]) -> None:
    """Raise ValueError where there is nothing to learn: a vector that is no number, or none that differs."""
    if bad := (~x.isfinite().all(1)).nonzero().flatten().tolist():
        raise ValueError(f"x: row {bad[0]} holds NaN or an infinity; of {len(x)} rows {len(bad)} do")
    if bool((x == x[:1]).all()):
        raise ValueError(f"x: all {len(x)} rows are alike, so there is nothing to learn")


class Chosen(torch.autograd.Function):
    """The scores of a few features for each vector. The gradient touches these alone, so most of it is never made."""

    @staticmethod
    def forward(
        ctx: Any, z: Float[Tensor, "batch width"], encoder: Tensor, bias: Tensor, scores: Tensor, which: Tensor
    ) -> Float[Tensor, "batch k"]:
        ctx.save_for_backward(z, which)
        ctx.features = len(bias)
        return scores.gather(1, which)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        z, which = ctx.saved_tensors
        vector = torch.arange(len(z), device=z.device)[:, None].expand_as(which)
        places = torch.stack((which.flatten(), vector.flatten()))
        few = torch.sparse_coo_tensor(
            places, gradients[0].flatten(), (ctx.features, len(z)), check_invariants=False, device=z.device
        )  # most scores have no gradient
        bias = z.new_zeros(ctx.features).index_add_(0, places[0], gradients[0].flatten())
        return None, torch.sparse.mm(few, z), bias, None, None


def topk_loss(
    dictionary: Dictionary, x: Float[Tensor, "batch width"], dead: Int[Tensor, " dead"]
) -> tuple[Float[Tensor, ""], Int[Tensor, " features"]]:
    """The squared error as a share of the data's, and how often each feature was used."""
    assert dictionary.k is not None
    z = dictionary.prepare(x)
    with torch.no_grad():
        scores = F.linear(z, dictionary.encoder, dictionary.bias)
        which = scores.topk(dictionary.k, sorted=False).indices
    codes = Chosen.apply(z, dictionary.encoder, dictionary.bias, scores, which).relu()
    error = z - F.embedding_bag(which, dictionary.decoder, per_sample_weights=codes, mode="sum")
    loss = error.square().sum(1).mean()
    if len(dead):
        loss = loss + SHARE * second_chance(dictionary, z, error.detach(), dead)
    used = which[codes > 0].bincount(minlength=len(scores[0]))
    return loss, used


def second_chance(dictionary: Dictionary, z: Tensor, error: Tensor, dead: Int[Tensor, " dead"]) -> Float[Tensor, ""]:
    """How badly the dead features, the best of them, explain what is left over."""
    scores = F.linear(z, dictionary.encoder[dead], dictionary.bias[dead])
    values, which = scores.topk(min(LENDING, len(dead)), sorted=False)
    codes = torch.zeros_like(scores).scatter(1, which, values.relu())
    return (error - codes @ dictionary.decoder[dead]).square().sum(1).mean()


def relu_loss(
    dictionary: Dictionary, x: Float[Tensor, "batch width"], penalty: float
) -> tuple[Float[Tensor, ""], Int[Tensor, " features"]]:
    """Squared error, plus ``penalty`` times the sum of the codes; and how often each feature was used."""
    z = dictionary.prepare(x)
    codes = F.linear(z, dictionary.encoder, dictionary.bias).relu()
    error = z - codes @ dictionary.decoder
    return error.square().sum(1).mean() + penalty * codes.sum(1).mean(), (codes > 0).sum(0)


def objective(
    dictionary: Dictionary, x: Float[Tensor, "batch width"], penalty: float = 0.05, second: bool = True
) -> Float[Tensor, ""]:
    """What a dictionary learns by; along the way it is noted who was silent. For penalty and second see `improve`."""
    if dictionary.k is None:
        loss, used = relu_loss(dictionary, x, penalty)
    else:
        loss, used = topk_loss(dictionary, x, dictionary.dead if second else dictionary.dead[:0])
    dictionary.silent.copy_(torch.where(used > 0, 0, dictionary.silent + 1))
    return loss


def improve(
    dictionary: Dictionary,
    data: Iterable[tuple[Tensor]],
    *,
    lr: float = 2e-3,
    penalty: float = 0.05,
    second: bool = True,
    **options: Any,
) -> list[float]:
    """`jielong.training.fit` with what a dictionary needs: Adam, and directions of length one after every step.

    penalty: of the codes, where the dictionary has no k. second: whether dead features get their second chance.
    options: of `fit`; ``steps`` must be among them.
    """
    return fit(
        dictionary,
        data,
        lr=lr,
        loss=partial(objective, penalty=penalty, second=second),
        optimizer=partial(torch.optim.Adam, fused=True),
        schedule=rate,
        weight_decay=0.0,
        betas=(0.9, 0.99),
        clip=math.inf,
        constrain=dictionary.shorten,
        **options,
    )


def rate(step: int, steps: int) -> float:
    """The learning rate's factor: up in twenty steps, level, and down to zero in the last third."""
    at_least(1, steps=steps)
    within(0, steps, step=step)
    return min((step + 1) / 20, 1, (steps - step) / (steps / 3))


def batches(count: int, size: int, generator: torch.Generator) -> Iterator[Int[Tensor, " size"]]:
    """Which vectors to take next: all in random order, then all again. Raises ValueError where they fill no batch."""
    within(1, count, size=size)
    while True:
        order = torch.randperm(count, generator=generator, device=generator.device)
        yield from order[: count // size * size].view(-1, size)


def learn(
    x: Float[Tensor, "count width"],
    features: int,
    k: int | None = None,
    *,
    steps: int = 300,
    batch: int = 256,
    seed: int = 0,
    **options: Any,
) -> Dictionary:
    """A dictionary of these vectors. options: as `improve` takes them.

    Raises ValueError for vectors that are fewer than a batch, no numbers, or all alike.
    """
    at_least(1, features=features, batch=batch)
    if len(x) < batch:
        raise ValueError(f"x: {len(x)} vectors are fewer than batch={batch}")
    check(x)
    generator = torch.Generator().manual_seed(seed)
    dictionary, x = Dictionary(x.shape[1], features, k, x.device), rounded(x.double())
    dictionary.begin(x, generator)
    improve(dictionary, ((x[rows],) for rows in batches(len(x), batch, generator)), steps=steps, **options)
    return dictionary.requires_grad_(False)


def rounded(x: Float[Tensor, "count width"]) -> Float[Tensor, "count width"]:
    """The vectors to about three digits, which is plenty to learn from: no processor's last digits are left in them.

    Raises ValueError for vectors that are no numbers, or all alike.
    """
    check(x)
    step = 2.0 ** math.floor(math.log2(x.std().item()) - 10)
    return (x / step).round() * step


# ------------------------------------------------------------------------------------------------- how good is it


def explained(x: Float[Tensor, "count width"], again: Float[Tensor, "count width"]) -> float:
    """The share of the vectors' variance that a reconstruction keeps: 1 is all, 0 is no better than their mean.

    Raises ValueError for vectors that are no numbers, or all alike: they have no variance.
    """
    check(x)
    finite(again=again)
    x, again = x.double(), again.double()
    return 1 - ((x - again).square().sum() / (x - x.mean(0)).square().sum()).item()


def principal(x: Float[Tensor, "count width"], number: int) -> Float[Tensor, "number width"]:
    """The data's first principal directions, each of length one (Pearson 1901); as many as there are, at most.

    Raises ValueError for vectors that are no numbers, or all alike.
    """
    check(x)
    within(1, x.shape[1], number=number)
    values, vectors = torch.linalg.eigh((x - x.mean(0)).T.double().cov())
    return vectors[:, values.argsort(descending=True)[:number]].T.to(x.dtype)


def gaussian(x: Float[Tensor, "given width"], count: int, seed: int = 0) -> Float[Tensor, "count width"]:
    """Data without any meaning: drawn with the mean and the covariance of ``x``.

    Raises ValueError for vectors that are no numbers, or all alike.
    """
    check(x)
    at_least(1, count=count)
    values, vectors = torch.linalg.eigh(x.T.double().cov())
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T  # there is only one, whatever the vectors' signs
    die = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, x.shape[1], dtype=torch.float64, generator=die, device="cpu").to(x.device)
    return (x.double().mean(0) + noise @ root).to(x.dtype)


def same_token(
    strength: Float[Tensor, "texts time directions"], ids: Int[Tensor, "texts time"], number: int = 6
) -> float:
    """At the strongest place of each of a direction's strongest texts, how often there is one and the same token.

    The mean over all directions that are above zero in so many texts. Raises ValueError where there is none.
    """
    within(1, len(ids), number=number)
    finite(strength=strength)
    best, at = strength.max(1)
    best, text = (part[:number] for part in best.sort(dim=0, descending=True, stable=True))
    token = ids[text, at.gather(0, text)]
    share = (token[:, None] == token).sum(0).amax(0) / number
    if not bool((best[-1] > 0).any()):
        raise ValueError(f"strength: no direction is above zero in number={number} texts")
    return share[best[-1] > 0].mean().item()


def pushing(vectors: Float[Tensor, "batch width"]) -> Change:
    """A change that adds a vector to each row, at every token but the first of the text, also as it is written on."""
    return add(vectors[:, None], slice(1, None))


# ------------------------------------------------------------------------------------- the dictionary that ships


@dataclass(frozen=True)
class Gallery:
    """Where each feature is strongest in some texts; all of them but the news are what it was learned from.

    ids: the texts, (rows, time). form, topic: of each row, as numbers (`jielong.programs.essays`); -1 for Alice. where:
    (features, examples) places as row x time + position. strength: (features, examples, window) around the place, from
    0 to 255 for ``peak``. peak: the strongest. density: the share of tokens that use a feature. Zero where it is dead.
    """

    ids: Int[Tensor, "rows time"]
    form: Int[Tensor, " rows"]
    topic: Int[Tensor, " rows"]
    where: Int[Tensor, "features examples"]
    strength: UInt8[Tensor, "features examples window"]
    peak: Float[Tensor, " features"]
    density: Float[Tensor, " features"]

    def examples(self, feature: int) -> list[tuple[list[int], list[float]]]:
        """The tokens around each place, and how strong the feature is at each, from 0 to 1."""
        indices(len(self.where), feature=feature)
        time, half = self.ids.shape[1], self.strength.shape[2] // 2
        out = []
        for place, strength in zip(self.where[feature].tolist(), self.strength[feature], strict=True):
            row, middle = divmod(place, time)
            near = [t for t in range(middle - half, middle + half + 1) if 0 < t < time]
            marks = [strength[t - middle + half].item() / 255 for t in near]
            out.append((self.ids[row, near].tolist(), marks))
        return out


def load() -> tuple[Dictionary, Gallery]:
    """The dictionary that ships with the book, of SmolLM2 at ``SITE``, and its gallery.

    Raises ValueError where the file is not the one that was published.
    """
    content = (files(__package__) / FILE).read_bytes()
    if (digest := hashlib.sha256(content).hexdigest()) != SHA256:
        raise ValueError(f"{FILE} is truncated or altered: its SHA-256 is {digest}, not {SHA256}")
    return unpack(read(content))


def pack(dictionary: Dictionary, gallery: Gallery) -> dict[str, Tensor]:
    """As tensors for a file: weights in one byte each, a scale for each row."""
    packed = {"center": dictionary.center, "bias": dictionary.bias, "scale": dictionary.scale}
    packed["k"] = torch.tensor(dictionary.k or 0, device="cpu")
    for name in ("encoder", "decoder"):
        weight = getattr(dictionary, name).detach()
        most = weight.abs().amax(1, keepdim=True)
        packed |= {name: (weight / most.where(most > 0, 1) * 127).round().to(torch.int8), f"{name}.most": most}
    tensors = {name: x.detach().contiguous() for name, x in (packed | vars(gallery)).items()}
    return {name: x.float() if x.is_floating_point() else x for name, x in tensors.items()}


def unpack(packed: Mapping[str, Tensor]) -> tuple[Dictionary, Gallery]:
    features, width = packed["encoder"].shape
    device = packed["encoder"].device
    dictionary = Dictionary(width, features, int(packed["k"]) or None, device).requires_grad_(False)
    for name in ("encoder", "decoder"):
        getattr(dictionary, name).copy_(packed[name].double() / 127 * packed[f"{name}.most"])
    for name in ("center", "bias", "scale"):
        getattr(dictionary, name).copy_(packed[name])
    dictionary.shorten()
    return dictionary, Gallery(**{f.name: packed[f.name] for f in fields(Gallery)})
