"""Deep networks side by side, plain and residual, and the error surface around what they have learned.

A layer is a weighted sum, a BatchNorm and a ReLU. In a residual tower its result is added to what came in; in a plain
one it takes its place. That is all the difference: `skip` is 1 or 0.

He et al. 2015, "Deep residual learning for image recognition" (arXiv:1512.03385); Li et al. 2018, "Visualizing the loss
landscape of neural nets" (arXiv:1712.09913).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from jielong.arguments import at_least, filled, finite, indices, within
from jielong.lessons.a_reason_for_every_shape.vision import all_digits
from jielong.training import fit, settle

WIDTH, PIXELS, CLASSES = 64, 64, 10
TOO_SMALL = 1e-5
COARSE = 2.0**-12
"""The weights of towers are multiples of it. `jielong.training` would have finer ones; but on its way through 64 plain
layers and back, an error of rounding grows to two million times its size, and is to vanish all the same."""


def ink(count: int = 1000) -> tuple[Float[Tensor, "count pixels"], Int[Tensor, " count"]]:
    """The first ``count`` of scikit-learn's 8x8 digits as rows of 64 numbers from 0 to 1, and their labels."""
    within(1, 1797, count=count)
    digits, labels = all_digits()
    return digits[:count].flatten(1), labels[:count]


class Towers(nn.Module):
    """Several deep networks of one size, in float64, trained at once. One per entry of skips: 0 plain, 1 residual;
    seeds say how each is initialised, so that a plain and a residual tower of one seed begin with the same weights.
    """

    skip: Tensor

    def __init__(self, depth: int, skips: Sequence[int], seeds: Sequence[int]) -> None:
        super().__init__()
        if depth < 1 or len(skips) != len(seeds):
            raise ValueError(f"depth={depth} must be at least 1, and skips={skips} as long as seeds={seeds}")
        filled(seeds=seeds)
        entries, layers, heads = zip(*(_start(depth, seed) for seed in seeds), strict=True)
        self.entry, self.head = nn.Parameter(torch.stack(entries)), nn.Parameter(torch.stack(heads))
        self.layers = nn.Parameter(torch.stack(layers, 1))
        self.gain = nn.Parameter(self.layers.new_ones(depth, len(seeds), WIDTH, 1))
        self.bias = nn.Parameter(torch.zeros_like(self.gain))
        self.register_buffer("skip", self.layers.new_tensor(skips)[:, None, None])
        settle(self.parameters(), COARSE)

    def climb(self, x: Float[Tensor, "batch pixels"]) -> Float[Tensor, "towers width batch"]:
        """What arrives at the top."""
        h = F.relu(self.entry @ x.T)
        for weight, gain, bias in zip(self.layers, self.gain, self.bias, strict=True):
            h = self.skip * h + F.relu(gain * batch_norm(weight @ h) + bias)
        return h

    def forward(self, x: Float[Tensor, "batch pixels"]) -> Float[Tensor, "towers batch classes"]:
        return (self.head @ self.climb(x)).transpose(1, 2)


def _start(depth: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    die = torch.Generator().manual_seed(seed)
    draw = partial(torch.randn, dtype=torch.float64, generator=die, device=die.device)
    entry = draw(WIDTH, PIXELS) / math.sqrt(PIXELS)
    head = draw(CLASSES, WIDTH) / math.sqrt(WIDTH)
    return entry, draw(depth, WIDTH, WIDTH) * math.sqrt(2 / WIDTH), head


def batch_norm(z: Float[Tensor, "towers width batch"]) -> Float[Tensor, "towers width batch"]:
    """Each unit with mean 0 and variance 1 over the batch, the last axis; so a layer norm over that axis is it."""
    return F.layer_norm(z, z.shape[-1:], eps=TOO_SMALL)


def losses(towers: nn.Module, x: Float[Tensor, "batch pixels"], y: Int[Tensor, " batch"]) -> Float[Tensor, " towers"]:
    """Mean cross-entropy of each tower, in nats."""
    indices(CLASSES, y=y)
    return torch.stack([F.cross_entropy(logits, y) for logits in towers(x)])


def build(
    towers: Towers, x: Tensor, y: Tensor, lr: float = 1e-2, steps: int = 100, batch: int = 64, seed: int = 0
) -> Towers:
    """Train all towers on the same batches; the sum of their losses has each tower's own gradient."""
    at_least(1, batch=batch)
    filled(x=x)
    generator = torch.Generator().manual_seed(seed)
    rows = (torch.randint(len(x), (batch,), generator=generator, device=generator.device) for _ in itertools.count())
    fit(
        towers,
        ((x[r], y[r]) for r in rows),
        steps=steps,
        lr=lr,
        loss=lambda model, *batch: losses(model, *batch).sum(),
        betas=(0.9, 0.999),
        grid=COARSE,
        clip=math.inf,  # the towers' common norm would let one tower slow down the others
    )
    return towers


@torch.no_grad()
def right(towers: Towers, x: Float[Tensor, "batch pixels"], y: Int[Tensor, " batch"]) -> Float[Tensor, " towers"]:
    """The accuracy of each tower."""
    filled(y=y)
    finite(x=x)
    return (towers(x).argmax(-1) == y).double().mean(1)


@torch.no_grad()
def raised(towers: Towers, extra: int, x: Float[Tensor, "batch pixels"]) -> Towers:
    """Plain towers with ``extra`` more layers that change nothing, at least for the batch x: each weight matrix is 1,
    and gain and bias undo the BatchNorm. What comes in is no less than 0, so the ReLU lets it pass.
    """
    if towers.skip.any():
        raise ValueError("towers must be plain: a residual layer that changes nothing is one of zeros")
    at_least(0, extra=extra)
    top = towers.climb(x)
    count = len(top)
    taller = Towers(len(towers.layers) + extra, [0] * count, range(count))
    unit = torch.eye(WIDTH, dtype=top.dtype, device=top.device).expand(extra, count, -1, -1)
    gain = (top.var(-1, unbiased=False, keepdim=True) + TOO_SMALL).sqrt().expand(extra, -1, -1, -1)
    bias = top.mean(-1, keepdim=True).expand(extra, -1, -1, -1)
    old = towers.state_dict()
    grown = {name: torch.cat((old[name], new)) for name, new in (("layers", unit), ("gain", gain), ("bias", bias))}
    taller.load_state_dict({**old, **grown})
    return taller


def directions(towers: Towers, which: int, seed: int) -> dict[str, Tensor]:
    """A random direction in the weights of one tower, each unit's part as long as the unit's own weights.

    Without that (Li et al. call it filter normalisation) a network with larger weights would look flatter.
    """
    indices(len(towers.entry), which=which)
    generator = torch.Generator().manual_seed(seed)
    out = {}
    for name, weights in _weights(towers, which).items():
        step = torch.randn(weights.shape, dtype=weights.dtype, generator=generator, device=generator.device)
        out[name] = step * weights.norm(dim=-1, keepdim=True) / step.norm(dim=-1, keepdim=True)
    return out


def _weights(towers: Towers, which: int) -> dict[str, Tensor]:
    one = {"entry": towers.entry[which], "layers": towers.layers[:, which], "head": towers.head[which]}
    return {name: weights.detach() for name, weights in one.items()}


@torch.no_grad()
def surface(
    towers: Towers, which: int, x: Tensor, y: Tensor, seed: int = 0, side: int = 21
) -> Float[Tensor, "side side"]:
    """The loss, in nats, over a plane of weights with the tower's own in the middle; side is odd.

    Both axes run from -1 to 1: at 1 every unit has moved by as much as its weights are long.
    """
    indices(len(towers.entry), which=which)
    at_least(1, side=side)
    here = _weights(towers, which)
    south, east = (directions(towers, which, 2 * seed + k) for k in (0, 1))
    gain, bias, skip = towers.gain[:, [which]], towers.bias[:, [which]], towers.skip[[which]]
    steps = torch.linspace(-1, 1, side, dtype=x.dtype, device=x.device)
    rows = []
    for down in steps:  # one row of the map is so many towers side by side
        moved = {"gain": gain, "bias": bias, "skip": skip}
        for name, weights in here.items():
            row = [weights + down * south[name] + across * east[name] for across in steps]
            moved[name] = torch.stack(row, 1 if name == "layers" else 0)
        rows.append(functional_call(towers, moved, (x,)))
    return torch.stack([F.cross_entropy(tower, y) for row in rows for tower in row]).view(side, side)


def downhill(heights: Float[Tensor, "side side"]) -> float:
    """The share of the plane's points whose slope leads nearer to the middle. A bowl has 1, noise about a half.

    Raises ValueError for a side below 2, and heights that are no numbers.
    """
    at_least(2, side=len(heights))
    finite(heights=heights)
    south, east = torch.gradient(heights)
    axis = torch.arange(len(heights), device=heights.device) - len(heights) // 2
    inward = south * axis[:, None] + east * axis
    away = (axis[:, None] ** 2 + axis**2) > 0
    return (inward[away] > 0).double().mean().item()
