"""What a form may be given: each check names the argument, what it got and what would do.

They run at every step of decoding, so each costs little: shapes are compared as tuples, and numbers by one reduction,
where there are numbers and somebody else made them.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import Parameter


def check_inputs(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    decay: Tensor | None = None,
    beta: Tensor | None = None,
    state: Tensor | None = None,
    channels: bool = False,
    fixed: bool = False,
    values: bool = True,
) -> None:
    """Raise ValueError where these don't fit the signature in `jielong.mixers`.

    channels, fixed: whether a decay may be (batch, heads, time, d_k), or (heads,). values: whether to look at numbers.
    """
    if q.dim() != 4 or 0 in (q.shape[1], q.shape[3]):
        raise ValueError(f"q must be (batch, heads, time, d_k), with heads and channels; it is {tuple(q.shape)}")
    heads = q.shape[:3]
    check_shape("k", k, q.shape)
    check_shape("v", v, (*heads, *v.shape[3:4]) if v.dim() == 4 and v.shape[3] else (*heads, "d_v"))
    if decay is not None:
        others = {4: q.shape} if channels else {1: q.shape[1:2]} if fixed else {}
        check_shape("decay", decay, others.get(decay.dim(), heads))
    if beta is not None:
        check_shape("beta", beta, heads)
    if state is not None:
        check_shape("state", state, (*q.shape[:2], q.shape[3], v.shape[3]))
    check_alike({"decay": decay, "beta": beta, "state": state}, q=q, k=k, v=v)
    if values and decay is not None and known(decay):
        check_decay(decay)
    if values and beta is not None and known(beta):
        check_beta(beta)


def check_shape(name: str, tensor: Tensor, wanted: tuple[int | str, ...], fit: str = "q") -> None:
    """Raise ValueError where ``tensor`` has another shape; a word in ``wanted`` stands for any size."""
    if tuple(tensor.shape) != tuple(wanted):
        sizes = str(tuple(wanted)).replace("'", "")
        raise ValueError(f"{name} must be {sizes}, to fit {fit}; it is {tuple(tensor.shape)}")


def check_alike(finer: dict[str, Tensor | None], /, **tensors: Tensor) -> None:
    """Raise ValueError where a tensor isn't floating point, or has another dtype or device than the first.

    finer: tensors that may be float32 where the others are in half precision.
    """
    (first, model), *_ = tensors.items()
    if not model.is_floating_point():
        raise ValueError(f"{first} must be floating point; it is {model.dtype}")
    half = model.dtype.itemsize == 2
    for name, tensor in (tensors | finer).items():
        if tensor is None:
            continue
        if tensor.dtype != model.dtype and not (half and name in finer and tensor.dtype == torch.float32):
            raise ValueError(f"{name} is {tensor.dtype}, but {first} is {model.dtype}: convert one of them")
        if tensor.device != model.device:
            raise ValueError(f"{name} is on {tensor.device}, but {first} is on {model.device}: move one of them")


def known(tensor: Tensor) -> bool:
    """Whether there are numbers to look at: not on meta, nor while a function is compiled or transformed."""
    plain = type(tensor) in (Tensor, Parameter) and not tensor.is_meta
    return plain and tensor.numel() > 0 and not torch.compiler.is_compiling() and not transformed()


def transformed() -> bool:
    """Whether `torch.func` (``grad``, ``vmap``, ...) is at work; torch has no public word for it."""
    return torch._C._are_functorch_transforms_active()


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
