"""What a form may be given: each check names the argument, what it got and what would do.

They run at every step of decoding, so each costs little: shapes are compared as tuples, and numbers by one reduction.
"""

from __future__ import annotations

import torch
from torch import Tensor


def check_inputs(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    decay: Tensor | None = None,
    beta: Tensor | None = None,
    state: Tensor | None = None,
    channels: bool = False,
) -> None:
    """Raise ValueError where these don't fit the signature in `jielong.mixers`; ``channels`` allows (B, H, T, d_k)."""
    if q.dim() != 4 or 0 in q.shape:
        raise ValueError(f"q must be (batch, heads, time, d_k), nowhere empty; it is {tuple(q.shape)}")
    heads = q.shape[:3]
    check_shape("k", k, q.shape)
    check_shape("v", v, (*heads, *v.shape[3:4]) if v.dim() == 4 else (*heads, "d_v"))
    if decay is not None:
        check_shape("decay", decay, q.shape if channels and decay.dim() == 4 else heads)
        check_decay(decay)
    if beta is not None:
        check_shape("beta", beta, heads)
        check_beta(beta)
    if state is not None:
        check_shape("state", state, (*q.shape[:2], q.shape[3], v.shape[3]))
    check_alike(q=q, k=k, v=v, decay=decay, beta=beta, state=state)


def check_shape(name: str, tensor: Tensor, wanted: tuple[int | str, ...], fit: str = "q") -> None:
    """Raise ValueError where ``tensor`` has another shape; a word in ``wanted`` stands for any size."""
    if tuple(tensor.shape) != tuple(wanted):
        sizes = str(tuple(wanted)).replace("'", "")
        raise ValueError(f"{name} must be {sizes}, to fit {fit}; it is {tuple(tensor.shape)}")


def check_alike(**tensors: Tensor | None) -> None:
    """Raise ValueError where a tensor isn't floating point, or has another dtype or device than the first."""
    (first, model), *others = ((name, tensor) for name, tensor in tensors.items() if tensor is not None)
    if not model.is_floating_point():
        raise ValueError(f"{first} must be floating point; it is {model.dtype}")
    for name, tensor in others:
        if tensor.dtype != model.dtype:
            raise ValueError(f"{name} is {tensor.dtype}, but {first} is {model.dtype}: convert one of them")
        if tensor.device != model.device:
            raise ValueError(f"{name} is on {tensor.device}, but {first} is on {model.device}: move one of them")


@torch.no_grad()
def check_decay(decay: Tensor) -> None:
    """Raise ValueError where a log-space decay is positive (memory would grow) or not a number."""
    highest = decay.max().item()
    if not highest <= 0:  # also true of nan
        raise ValueError(f"decay is a logarithm, never positive (logsigmoid(x) would do); its largest is {highest}")


@torch.no_grad()
def check_beta(beta: Tensor) -> None:
    """Raise ValueError where a write strength lies outside [0, 1] or is not a number."""
    low, high = (end.item() for end in torch.aminmax(beta))
    if not 0 <= low <= high <= 1:
        raise ValueError(f"beta must lie in [0, 1] (sigmoid(x) would do); it goes from {low} to {high}")
