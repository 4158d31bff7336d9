"""Digits read as a row of patches, by a classifier whose memory can be taken out (MambaOut, Yu and Wang 2024).

A layer is that of Mamba-2 (`jielong.mixers.layers.Gated`): a short convolution, a memory, a gate. MambaOut's layer is
what remains without the memory: a convolution and a gate.

    mamba     convolution over four neighbours in the row, and the memory (an SSM)
    out       the same without the memory
    wide      without the memory, and the convolution looks 5 x 5 around in the picture, as MambaOut's does 7 x 7
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from jielong.arguments import at_least
from jielong.mixers.attention import MixerConfig, PassContext
from jielong.mixers.layers import Gated
from jielong.toys.media import digits
from jielong.training import fit, seeded

Kind = Literal["mamba", "out", "wide"]
PRACTICE = 1000
AROUND = 5


def data() -> tuple[Float[Tensor, "1797 8 8"], Int[Tensor, " 1797"]]:
    """All handwritten digits, ink from -1 to 1, and their names. The first `PRACTICE` are to learn from."""
    images, names = digits()
    return torch.tensor(images / 8 - 1, dtype=torch.float64, device="cpu"), torch.tensor(names, device="cpu")


class Out(Gated):
    """Mamba-2's layer without its memory: what a position would write, it keeps to itself."""

    def remember(self, x, q, k, v, memory):
        return self.D[:, None, None] * v, memory


class Around(nn.Module):
    """A convolution in the picture, not along the row; stands where a layer has its short one."""

    def __init__(self, channels: int):
        super().__init__()
        at_least(1, channels=channels)
        self.kernels = nn.Conv2d(channels, channels, AROUND, padding=AROUND // 2, groups=channels, bias=False)

    def forward(self, x: Float[Tensor, "batch time channels"], tail: None = None) -> tuple[Tensor, Tensor]:
        side = round(x.shape[1] ** 0.5)
        picture = x.mT.unflatten(2, (side, side)).contiguous()
        return self.kernels(picture).flatten(2).mT, x[:, :0]  # nothing to go on from


class Wide(Out):
    """No memory either, but each patch sees its surroundings."""

    def __init__(self, config: MixerConfig):
        super().__init__(config)
        self.convolution = Around(len(self.convolution.weight))  # type: ignore[assignment]


class Reader(nn.Module):
    """Patches in reading order, two layers, the mean of all positions, a name."""

    def __init__(self, kind: Kind, patch: int, width: int = 32, heads: int = 2, layers: int = 2):
        super().__init__()
        if kind not in ("mamba", "out", "wide"):
            raise ValueError(f"kind={kind!r} must be 'mamba', 'out' or 'wide'")
        at_least(1, patch=patch)
        at_least(0, layers=layers)
        self.patch, self.into = patch, nn.Linear(patch**2, width)
        self.mixers = nn.ModuleList(
            {"mamba": Gated, "out": Out, "wide": Wide}[kind](MixerConfig(width, heads)) for _ in range(layers)
        )
        self.norms = nn.ModuleList(nn.RMSNorm(width) for _ in range(layers))
        self.norm, self.name = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, picture: Float[Tensor, "batch height width"]) -> Float[Tensor, "batch 10"]:
        x = self.into(F.pixel_unshuffle(picture[:, None], self.patch).flatten(2).mT)
        for norm, mixer in zip(self.norms, self.mixers, strict=True):
            x = x + mixer(norm(x), PassContext(causal=True))[0]
        return self.name(self.norm(x.mean(1)))


def train(kind: Kind, patch: int, seed: int, steps: int) -> Reader:
    """A reader of its own seed; all kinds see the same digits in the same order."""
    images, names = data()
    generator = torch.Generator().manual_seed(seed)

    def batches():
        while True:
            some = torch.randint(PRACTICE, (16,), generator=generator, device=generator.device)
            yield images[some], names[some]

    reader = seeded(lambda: Reader(kind, patch), seed)
    fit(reader, batches(), steps=steps, lr=1e-2, loss=lambda reader, x, y: F.cross_entropy(reader(x), y))
    return reader


@torch.no_grad()
def accuracy(reader: nn.Module) -> float:
    """Share of the digits that were not learned from which it names right."""
    images, names = (part[PRACTICE:] for part in data())
    return (reader(images).argmax(1) == names).double().mean().item()


def reach(layers: int, window: int) -> int:
    """How many positions an output can depend on when each of the layers sees ``window`` of them."""
    at_least(0, layers=layers)
    at_least(1, window=window)
    return layers * (window - 1) + 1
