"""ReLU networks as folded lines: how many straight pieces a network can draw, built by hand and found by training.

A network of ReLU units draws a line with corners. ``zigzag`` folds the interval [0, 1] into equal teeth with one hidden
layer; fed to itself it multiplies the teeth, while more units in one layer only add to them (Telgarsky 2015,
arXiv:1509.08101).

    teeth   straight pieces of one zigzag, and the units of its layer
    depth   how many hidden layers stand behind each other; together they draw teeth ** depth pieces
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from jielong.arguments import at_least, finite, indices
from jielong.training import fit, settle

Target = Callable[[Float[Tensor, "*batch inputs"]], Float[Tensor, "*batch"]]


def linear(inputs: int, outputs: int, bias: bool = True) -> nn.Linear:
    """A linear map whose numbers come next: none is drawn."""
    return nn.utils.skip_init(nn.Linear, inputs, outputs, bias, dtype=torch.float64)


def zigzag(teeth: int, depth: int = 1) -> nn.Sequential:
    """A network from [0, 1] to [0, 1] of ``depth`` hidden layers with ``teeth`` ReLU units each, in float64.

    One layer goes up and down in ``teeth`` equal pieces, starting at 0; with two it is the tent map.
    """
    if teeth < 1 or depth < 1:
        raise ValueError(f"teeth={teeth} and depth={depth} must be at least 1")
    corner = torch.arange(teeth, dtype=torch.float64, device="cpu") / teeth
    turn = torch.full_like(corner, 2.0 * teeth)  # at each corner from slope +teeth to -teeth, or back
    turn[1::2] *= -1
    turn[0] = teeth
    layers: list[nn.Module] = []
    for layer in range(depth):  # what one fold puts out and what the next takes in are one matrix
        fold = linear(1 if layer == 0 else teeth, teeth)
        fold.weight.data = torch.ones_like(corner)[:, None] if layer == 0 else turn.repeat(teeth, 1)
        fold.bias.data = -corner
        layers += [fold, nn.ReLU()]
    out = linear(teeth, 1, bias=False)
    out.weight.data = turn[None].clone()
    return nn.Sequential(*layers, out)


@torch.no_grad()
def corners(network: nn.Sequential, low: float = 0.0, high: float = 1.0) -> Float[Tensor, " points"]:
    """Where the line that a ReLU network draws over [low, high] changes its slope, and both ends: exact, not sampled.

    network: float64 Linear and ReLU layers from one number to one. Between two known points everything before a ReLU is
    straight, so that each of its units crosses zero there at most once: these crossings are the only new corners.
    """
    finite(low=low, high=high)
    if not low < high - 1e-12:
        raise ValueError(f"low={low} must be below high={high} by more than the 1e-12 at which points are the same")
    x = torch.tensor([low, high], dtype=torch.float64, device=next(network.parameters()).device)
    for depth, layer in enumerate(network):
        if isinstance(layer, nn.ReLU):
            before = network[:depth](x[:, None])
            left, right = before[:-1], before[1:]
            crossing = x[:-1, None] + left / (left - right) * x.diff()[:, None]
            x = torch.cat((x, crossing[left * right < 0])).sort().values
            x = torch.cat((x[:1], x[1:][x.diff() > 1e-12]))
    slope = network(x[:, None])[:, 0].diff() / x.diff()
    bends = slope.diff().abs() > 1e-7 * slope.abs().max()
    return torch.cat((x[:1], x[1:-1][bends], x[-1:]))


def pieces(network: nn.Sequential, low: float = 0.0, high: float = 1.0) -> int:
    """How many straight pieces the line of a ReLU network has over [low, high], counted exactly."""
    return len(corners(network, low, high)) - 1


def parameters(network: nn.Module) -> int:
    """How many numbers a network has to learn."""
    return sum(p.numel() for p in network.parameters())


def width_for(budget: int, inputs: int, depth: int) -> int:
    """The largest width with which a ReLU network of ``depth`` hidden layers has at most ``budget`` parameters."""
    at_least(1, inputs=inputs, depth=depth)

    def size(width: int) -> int:
        return (inputs + 1) * width + (depth - 1) * (width + 1) * width + width + 1

    if size(1) > budget:
        raise ValueError(f"budget={budget} is too small: {depth} layers with {inputs} inputs take at least {size(1)}")
    width = 1
    while size(width + 1) <= budget:
        width += 1
    return width


def uniform(*shape: int, generator: torch.Generator) -> Tensor:
    """Numbers between -1 and 1, in float64."""
    return 2 * torch.rand(shape, generator=generator, dtype=torch.float64, device=generator.device) - 1


class ReluNetworks(nn.Module):
    """Several independent ReLU networks of one shape, in float64, trained side by side for the time of one."""

    def __init__(self, inputs: int, width: int, depth: int, copies: int = 3, seed: int = 0):
        super().__init__()
        at_least(1, inputs=inputs, width=width, depth=depth, copies=copies)
        generator = torch.Generator().manual_seed(seed)
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for a, b in zip([inputs] + [width] * depth, [width] * depth + [1], strict=True):
            scale = ((1 if b == 1 else 2) / a) ** 0.5  # He et al. 2015; the last layer has no ReLU behind it
            drawn = torch.randn(copies, a, b, generator=generator, dtype=torch.float64, device=generator.device)
            self.weights.append(scale * drawn)
            self.biases.append(uniform(copies, 1, b, generator=generator) / a**0.5)
        settle(self.parameters())

    def forward(self, x: Float[Tensor, "copies batch inputs"]) -> Float[Tensor, "copies batch"]:
        *hidden, last = zip(self.weights, self.biases, strict=True)
        for weight, bias in hidden:
            x = torch.baddbmm(bias, x, weight).relu()
        return torch.baddbmm(last[1], x, last[0])[..., 0]

    def network(self, copy: int) -> nn.Sequential:
        """One of the networks by itself, for `corners`."""
        indices(len(self.weights[0]), copy=copy)
        layers: list[nn.Module] = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            layer = linear(weight.shape[1], weight.shape[2])
            layer.weight.data, layer.bias.data = weight[copy].detach().T, bias[copy, 0].detach()
            layers += [layer, nn.ReLU()]
        return nn.Sequential(*layers[:-1])


def learn(
    target: Target, inputs: int, depth: int, budget: int, *, steps: int = 1200, copies: int = 3, seed: int = 0
) -> list[float]:
    """Train networks of this depth, as wide as the parameter budget allows, and return the error of each on new points.

    Points are uniform in [-1, 1] and never repeat. The error is the mean squared one as a share of the target's
    variance: 0 is perfect, 1 is what always guessing the mean would give.
    """
    at_least(1, inputs=inputs, copies=copies)
    generator = torch.Generator().manual_seed(seed + 1)
    test = uniform(4000, inputs, generator=generator)
    wanted = target(test)
    mean, spread = wanted.mean(), wanted.std()

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            x = uniform(copies, 128, inputs, generator=generator)
            yield x, (target(x) - mean) / spread

    def loss(networks: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return (networks(x) - y).square().mean(1).sum()

    networks = ReluNetworks(inputs, width_for(budget, inputs, depth), depth, copies, seed)
    # no clip: the length of one common gradient would tie the networks to each other
    fit(networks, batches(), steps=steps, lr=1e-2, loss=loss, weight_decay=0.0, clip=math.inf)
    with torch.no_grad():
        return (networks(test.expand(copies, -1, -1)) - (wanted - mean) / spread).square().mean(1).tolist()
