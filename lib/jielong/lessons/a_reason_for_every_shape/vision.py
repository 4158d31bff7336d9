"""Digits that wander over a larger page, and networks that look at them: the same units, fewer and fewer weights.

full    every unit has a weight for every pixel
local   every unit has weights for its own window only, its receptive field; the others are taken away
shared  the windows' weights are tied: all units of a channel are the same one at another place, a convolution

LeCun et al. 1989, "Backpropagation applied to handwritten zip code recognition".
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least, filled, finite, indices, within
from jielong.training import fit

PAGE, DIGIT, KERNEL = 12, 8, 5
KINDS = ("full", "local", "shared")


@functools.cache
def all_digits() -> tuple[Float[Tensor, "1797 8 8"], Int[Tensor, " 1797"]]:
    """scikit-learn's handwritten digits, ink from 0 to 1, and their labels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return torch.tensor(data.images / 16, device="cpu"), torch.tensor(data.target, device="cpu")


def on_pages(digits: Float[Tensor, "count 8 8"], corners: Int[Tensor, "count 2"]) -> Float[Tensor, "count 1 12 12"]:
    """Each digit on an empty page, its upper left corner at (row, column), both from 0 to 4."""
    indices(PAGE - DIGIT + 1, corners=corners)
    pages = digits.new_zeros(len(digits), 1, PAGE, PAGE)
    for page, digit, (row, column) in zip(pages, digits, corners.tolist(), strict=True):
        page[0, row : row + DIGIT, column : column + DIGIT] = digit
    return pages


@dataclass
class Lot:
    """Pictures to learn from and pictures to be asked about, with their labels."""

    train: Float[Tensor, "train 1 12 12"]
    train_labels: Int[Tensor, " train"]
    test: Float[Tensor, "test 1 12 12"]
    test_labels: Int[Tensor, " test"]


def lot(seed: int, wander: bool = True, shuffled: bool = False, count: int = 300, asked: int = 600) -> Lot:
    """``count`` digits to learn from and ``asked`` others, each at a random place of its page, or all in the middle.

    shuffled: then move the pixels of all pages by one fixed permutation, which destroys every neighbourhood. Raises
    ValueError for more than 1,797 digits.
    """
    at_least(1, count=count, asked=asked)
    within(2, 1797, **{"count + asked": count + asked})
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(1797, generator=generator, device=generator.device)[: count + asked]
    digits, labels = (part[chosen] for part in all_digits())
    free = PAGE - DIGIT
    corners = torch.randint(0, free + 1, (len(chosen), 2), generator=generator, device=generator.device)
    pages = on_pages(digits, corners if wander else torch.full_like(corners, free // 2))
    if shuffled:
        order = torch.randperm(PAGE * PAGE, generator=generator, device=generator.device)
        pages = pages.flatten(1)[:, order].view_as(pages)
    return Lot(pages[:count], labels[:count], pages[count:], labels[count:])


def as_matrix(kernel: Float[Tensor, "out into k k"], size: int) -> Float[Tensor, "units pixels"]:
    """A convolution's weights as a fully connected layer: the kernel once for each place, else 0.

    size: height and width of the picture. A unit, or a pixel, is a channel at a place.
    """
    out, into, k, _ = kernel.shape
    at_least(k, size=size)
    places = size - k + 1
    matrix = kernel.new_zeros(out, places, places, into, size, size)
    for row, column in itertools.product(range(places), repeat=2):
        matrix[:, row, column, :, row : row + k, column : column + k] = kernel
    return matrix.flatten(3).flatten(0, 2)


class Layer(nn.Module):
    """From pictures (batch, into, size, size) to pictures (batch, out, size - 4, size - 4), in one of three KINDS."""

    weight: Tensor
    bias: Tensor
    seen: Tensor

    def __init__(self, kind: str, into: int, out: int, size: int) -> None:
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
        at_least(1, into=into, out=out)
        self.kind, self.size, self.shape = kind, size, (out, size - KERNEL + 1, size - KERNEL + 1)
        conv = nn.Conv2d(into, out, KERNEL)
        seen = as_matrix(torch.ones_like(conv.weight), size)
        if kind == "full":
            dense = nn.Linear(seen.shape[1], len(seen))
            self.weight, self.bias = dense.weight, dense.bias
        elif kind == "local":  # as large at the start as the convolution's weights, which sum over as many pixels
            bound = (into * KERNEL**2) ** -0.5
            self.weight = nn.Parameter(torch.empty_like(seen).uniform_(-bound, bound) * seen)
            self.bias = nn.Parameter(torch.zeros(len(seen), device=seen.device))
        else:
            self.weight, self.bias = conv.weight, nn.Parameter(torch.zeros(out, device=conv.weight.device))
        self.register_buffer("seen", seen)

    def matrix(self) -> Float[Tensor, "units pixels"]:
        """The layer as a fully connected one."""
        if self.kind == "shared":
            return as_matrix(self.weight.detach(), self.size)
        return self.weight.detach() * (self.seen if self.kind == "local" else 1)

    def free(self) -> int:
        """How many numbers it can choose."""
        weights = int(self.seen.sum()) if self.kind == "local" else self.weight.numel()
        return weights + self.bias.numel()

    def forward(self, x: Float[Tensor, "batch into size size"]) -> Float[Tensor, "batch out less less"]:
        if self.kind == "shared":
            return F.conv2d(x, self.weight, self.bias)
        weight = self.weight * self.seen if self.kind == "local" else self.weight
        return F.linear(x.flatten(1), weight, self.bias).unflatten(1, self.shape)


class Eye(nn.Module):
    """Two layers of one kind, ReLU after each, and a readout of ten logits.

    pooled: the readout is tied too. It gets only the largest value of each channel, wherever that was on the page.
    """

    def __init__(self, kind: str, pooled: bool = False) -> None:
        super().__init__()
        self.first, self.second = Layer(kind, 1, 8, PAGE), Layer(kind, 8, 16, PAGE - KERNEL + 1)
        channels, side, _ = self.second.shape
        self.pooled = pooled
        self.readout = nn.Linear(channels if pooled else channels * side * side, 10)

    def forward(self, pages: Float[Tensor, "batch 1 12 12"]) -> Float[Tensor, "batch 10"]:
        seen = F.relu(self.second(F.relu(self.first(pages))))
        return self.readout(seen.amax((2, 3)) if self.pooled else seen.flatten(1))

    def free(self) -> int:
        """How many numbers it can choose."""
        return self.first.free() + self.second.free() + sum(p.numel() for p in self.readout.parameters())


def cross_entropy(model: nn.Module, pages: Tensor, labels: Tensor) -> Float[Tensor, ""]:
    """Mean cross-entropy in nats, for `fit`."""
    indices(10, labels=labels)
    return F.cross_entropy(model(pages), labels)


def school(eye: nn.Module, lot: Lot, seed: int, steps: int = 200, batch: int = 32, lr: float = 1e-2) -> None:
    """Train in place on random batches of the lot's training pictures."""
    at_least(1, batch=batch)
    generator = torch.Generator().manual_seed(seed)
    rows = (
        torch.randint(len(lot.train), (batch,), generator=generator, device=generator.device) for _ in itertools.count()
    )
    fit(eye, ((lot.train[r], lot.train_labels[r]) for r in rows), steps=steps, lr=lr, loss=cross_entropy)


@torch.no_grad()
def accuracy(eye: nn.Module, pages: Float[Tensor, "batch 1 12 12"], labels: Int[Tensor, " batch"]) -> float:
    """The share of pictures whose largest logit is the right one."""
    filled(labels=labels)
    finite(pages=pages)
    return (eye(pages).argmax(1) == labels).double().mean().item()


class Exam(NamedTuple):
    """What networks of one kind got right, one number for each seed, and the last of these networks."""

    learned: list[float]  # of the pictures that they learned from
    asked: list[float]  # of others
    eye: Eye
