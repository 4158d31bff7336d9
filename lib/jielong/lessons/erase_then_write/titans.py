"""A memory that is a network, and learns while it reads: Titans (Behrouz et al. 2024, arXiv 2501.00663, section 3.1).

    l = |M(k_t) - v_t|^2 / 2                       how wrong the memory is about what comes: the surprise
    speed_t = momentum speed_{t-1} - step dl/dM    surprise of now, and what is left of earlier surprise
    M_t = (1 - forget) M_{t-1} + speed_t

Symbols: ``step``, ``momentum`` and ``forget`` are their theta, eta and alpha, here fixed and not made from the input.
With one matrix, no momentum and nothing forgotten, this is the delta rule with ``step`` as its beta.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from jielong.arguments import filled, finite


class Titans:
    """widths: of the key, of hidden layers if any, and of the value. All of it in float64.

    A single matrix begins at zero, layers with what they draw from ``generator``; ValueError where they have none.
    Each write is one step of gradient descent on the pair that comes.
    """

    def __init__(
        self,
        *widths: int,
        step: float = 0.5,
        momentum: float = 0.0,
        forget: float = 0.0,
        generator: torch.Generator | None = None,
    ):
        finite(step=step, momentum=momentum, forget=forget)
        self.step, self.momentum, self.forget = step, momentum, forget
        shapes = list(zip(widths, widths[1:], strict=False))
        if len(shapes) == 1:
            self.layers = [torch.zeros(shapes[0], dtype=torch.float64, device="cpu")]
        elif generator is None:
            raise ValueError(
                f"widths={widths}: layers begin at random; give generator=torch.Generator().manual_seed(…)"
            )
        else:
            self.layers = [
                torch.randn(s, generator=generator, dtype=torch.float64, device=generator.device) / s[0] ** 0.5
                for s in shapes
            ]
        self.speeds = [torch.zeros_like(layer) for layer in self.layers]

    def read(self, k: Float[Tensor, "*batch d_k"]) -> Float[Tensor, "*batch d_v"]:
        """What the memory says at a key."""
        for layer in self.layers[:-1]:
            k = F.silu(k @ layer)
        return k @ self.layers[-1]

    def write(self, k: Float[Tensor, " d_k"], v: Float[Tensor, " d_v"]) -> None:
        """One step down the gradient of the surprise."""
        layers = [layer.requires_grad_() for layer in self.layers]
        gradients = torch.autograd.grad((self.read(k) - v).square().sum() / 2, layers)
        with torch.no_grad():
            self.speeds = [self.momentum * m - self.step * g for m, g in zip(self.speeds, gradients, strict=True)]
            self.layers = [(1 - self.forget) * w + m for w, m in zip(layers, self.speeds, strict=True)]

    def follow(self, keys: Float[Tensor, "time d_k"], values: Float[Tensor, "time d_v"]) -> Float[Tensor, "time d_v"]:
        """What the memory says at each key just before it is told the value."""
        filled(keys=keys)
        said = []
        for k, v in zip(keys, values, strict=True):
            said.append(self.read(k).detach())
            self.write(k, v)
        return torch.stack(said)
