"""A painter of small pictures: noise in, a picture out, by a network that sees the picture as patches.

    x_t = (1 - t) noise + t picture          t from 0 to 1
    the network learns picture - noise       from x_t and t: which way to the picture, and how far (flow matching)
    x = x + network(x, t) / steps            drawing: begin with noise and follow

Lipman et al. 2022, "Flow matching for generative modeling" (arXiv 2210.02747). The network is SANA's (Xie et al. 2024,
arXiv 2410.10629, section 2.2) in small: linear attention with a ReLU before every patch looks at every other, a 3 x 3
convolution inside the feed-forward layer, and no positions: the convolution sees the edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least, finite, indices
from jielong.toys.media import digits
from jielong.training import fit, seeded

DIGITS = (0, 1, 4, 7)
HELD_OUT = 160
Look = Literal["linear", "softmax", "nobody"]


def pictures() -> tuple[Float[Tensor, "count 8 8"], Int[Tensor, " count"]]:
    """Handwritten zeros, ones, fours and sevens, paper -1 and ink 1, and which of `DIGITS` each is (0 to 3).

    The last `HELD_OUT` are for the test.
    """
    images, names = digits()
    chosen = np.isin(names, DIGITS)
    found = torch.tensor(images[chosen] / 8 - 1, dtype=torch.float64, device="cpu")
    return found, torch.tensor(np.searchsorted(DIGITS, names[chosen]), device="cpu")


def lessons(seed: int, batch: int = 24) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Batches for `flow_loss`, without end: half of the pictures are white on black, so all patches have to agree."""
    at_least(1, batch=batch)
    images, names = (part[:-HELD_OUT] for part in pictures())
    generator = torch.Generator().manual_seed(seed)
    while True:
        some = torch.randint(len(images), (batch,), generator=generator, device=generator.device)
        papers = 2 * torch.randint(2, (batch, 1, 1), generator=generator, device=generator.device) - 1
        noise, t = (
            torch.randn(batch, *size, dtype=images.dtype, generator=generator, device=generator.device)
            for size in ((8, 8), ())
        )
        yield images[some] * papers, names[some], noise, t.sigmoid()


def linear(q: Tensor, k: Tensor, v: Tensor) -> Float[Tensor, "batch heads patches d"]:
    """Every patch reads one and the same matrix: of what all of them wrote, divided by the sum of the weights."""
    q, k = q.relu(), k.relu()
    memory = k.mT @ F.pad(v, (0, 1), value=1.0)
    y = q @ memory
    return y[..., :-1] / (y[..., -1:] + 1e-4)


def softmax(q: Tensor, k: Tensor, v: Tensor) -> Float[Tensor, "batch heads patches d"]:
    """Every patch looks at each of the others: patches x patches weights."""
    return (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1) @ v


def nobody(q: Tensor, k: Tensor, v: Tensor) -> Float[Tensor, "batch heads patches d"]:
    """The control: every patch keeps its own value and looks at no other."""
    return v


class Layer(nn.Module):
    """A look at the others, then a feed-forward layer with a convolution in it; both steered by the condition."""

    def __init__(self, width: int, heads: int, look: Look):
        super().__init__()
        looks = {"linear": linear, "softmax": softmax, "nobody": nobody}
        if look not in looks:
            raise ValueError(f"look={look!r} must be one of {list(looks)}")
        at_least(1, width=width, heads=heads)
        self.heads, self.look = heads, looks[look]
        self.qkv, self.o = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(width, width)
        self.convolution = nn.Conv2d(2 * width, 2 * width, 3, padding=1, groups=2 * width)
        self.steer = nn.Linear(width, 4 * width)
        nn.init.zeros_(self.steer.weight)
        nn.init.zeros_(self.steer.bias)

    def forward(
        self, x: Float[Tensor, "batch width rows columns"], condition: Float[Tensor, "batch width"]
    ) -> Float[Tensor, "batch width rows columns"]:
        look_in, look_out, think_in, think_out = (1 + self.steer(condition)[:, None]).chunk(4, dim=-1)
        size, x = x.shape[2:], x.flatten(2).mT
        q, k, v = self.qkv(norm(x) * look_in).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        x = x + look_out * self.o(self.look(q, k, v).transpose(1, 2).flatten(2))
        hidden = self.up(norm(x) * think_in).mT.unflatten(2, size).contiguous()
        value, gate = self.convolution(hidden).flatten(2).mT.chunk(2, dim=-1)
        x = x + think_out * self.down(value * F.silu(gate))
        return x.mT.unflatten(2, size)


def norm(x: Tensor) -> Tensor:
    return F.rms_norm(x, x.shape[-1:], eps=1e-5)


class Painter(nn.Module):
    """Which way from x_t to a picture of what is asked for. Pictures of any even height and width."""

    def __init__(self, look: Look, width: int = 48, layers: int = 2, heads: int = 4, patch: int = 2):
        super().__init__()
        at_least(0, layers=layers)
        self.patch = patch
        self.into, self.out = nn.Linear(patch**2, width), nn.Linear(width, patch**2)
        self.digit = nn.Embedding(len(DIGITS), width)
        self.time = nn.Sequential(nn.Linear(16, width), nn.SiLU(), nn.Linear(width, width))
        self.layers = nn.ModuleList(Layer(width, heads, look) for _ in range(layers))
        nn.init.zeros_(self.out.weight)

    def forward(
        self, x: Float[Tensor, "batch height width"], t: Float[Tensor, " batch"], digit: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch height width"]:
        indices(len(DIGITS), digit=digit)
        angle = t[:, None] * torch.logspace(0, 2, 8, dtype=t.dtype, device=t.device)
        condition = F.silu(self.time(torch.cat((angle.sin(), angle.cos()), dim=-1)) + self.digit(digit))
        patches = F.pixel_unshuffle(x[:, None], self.patch)
        z = self.into(patches.movedim(1, -1)).movedim(-1, 1)
        for layer in self.layers:
            z = layer(z, condition)
        z = self.out(norm(z.movedim(1, -1))).movedim(-1, 1)
        return F.pixel_shuffle(z, self.patch)[:, 0]


def flow_loss(
    painter: Callable[..., Tensor],
    picture: Float[Tensor, "batch height width"],
    digit: Int[Tensor, " batch"],
    noise: Float[Tensor, "batch height width"],
    t: Float[Tensor, " batch"],
) -> Float[Tensor, ""]:
    """Mean squared error of the direction; t: how much of each picture is there already, from 0 to 1."""
    way = t[:, None, None]
    return F.mse_loss(painter((1 - way) * noise + way * picture, t, digit), picture - noise)


def train(look: Look, seed: int, steps: int = 130) -> Painter:
    """A painter of its own seed; all kinds see the same pictures in the same order."""
    painter = seeded(lambda: Painter(look), seed)
    fit(painter, lessons(seed), steps=steps, lr=8e-3, loss=flow_loss)
    return painter


@torch.no_grad()
def draw(
    painter: Callable[..., Tensor], digit: Int[Tensor, " count"], steps: int = 16, seed: int = 0, size: int = 8
) -> Float[Tensor, "more count size size"]:
    """Pictures of these digits, as they appear: the noise, then what there is after each of the steps."""
    at_least(1, steps=steps, size=size)
    x = torch.randn(
        len(digit), size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(seed), device="cpu"
    )
    stages = [x]
    for step in range(steps):
        x = x + painter(x, x.new_full((len(x),), step / steps), digit) / steps
        stages.append(x)
    return torch.stack(stages)


def papers(drawn: Float[Tensor, "count height width"]) -> Float[Tensor, " count"]:
    """Of each picture's left and right edge, where there is hardly ever ink: the share that is of the commoner paper.

    1 if the whole picture is on one paper, 0.5 if half of it is on the other.
    """
    finite(drawn=drawn)
    black = (drawn[:, :, [0, -1]] > 0).double().mean((1, 2))
    return torch.maximum(black, 1 - black)


def on_white(drawn: Float[Tensor, "count height width"]) -> Float[Tensor, "count height width"]:
    """The same pictures in dark ink on white paper, by the paper of most of the edge."""
    return -drawn * drawn[:, :, [0, -1]].mean((1, 2)).sign()[:, None, None]


def distance(one: Float[Tensor, "count height width"], other: Float[Tensor, "more height width"]) -> float:
    """Fréchet distance of two sets of pictures, each taken for a Gaussian cloud of pixels (Heusel et al. 2017, FID).

    |difference of means|^2 + trace(A + B - 2 (A B)^(1/2)), with A and B the covariances. Raises ValueError for fewer
    than two pictures, and for what is no number.
    """
    for name, part in (("one", one), ("other", other)):
        at_least(2, **{f"pictures in {name}": len(part)})
        finite(**{name: part})
    a, b = (part.flatten(1).double() for part in (one, other))
    covariances = a.T.cov(), b.T.cov()
    # the roots of A B's eigenvalues, which are real and not negative but for rounding
    roots = torch.linalg.eigvals(covariances[0] @ covariances[1]).real.clamp(min=0).sqrt()
    spread = covariances[0].trace() + covariances[1].trace() - 2 * roots.sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + spread).item()
