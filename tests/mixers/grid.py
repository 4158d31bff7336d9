"""The exactness grid: every form of every mixer against its own recurrence in float64, in value and gradient.

    case = inputs(time=100, gate="head", scale=16)          float32 arguments of a form, as a dict
    assert_exact(chunkwise, recurrent, case)                 float32: values to 1e-6, gradients to 1e-5
    assert_exact(chunkwise, recurrent, case, torch.float64)  float64: all to 1e-10
    assert_gradients(chunkwise, inputs(time=5, width=3))     autograd's own check, against finite differences

Both outputs (y and the last state) are weighted with random numbers and summed, so that every gradient takes both ways.
An error is the norm of the difference, relative to the norm of the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

TIMES = (1, 63, 64, 100, 1000)
SCALES = (1 / 16, 1.0, 16.0, 200.0)
GRID = tuple(product(TIMES, SCALES))

Form = Callable[..., tuple[Tensor, Tensor]]
Inputs = dict[str, Tensor]

# a gradient this much smaller than the largest of all arguments' gradients moves nothing: it only has to be as small
NEGLIGIBLE = 1e-6


def inputs(
    time: int,
    gate: str | None = None,
    scale: float = 1.0,
    beta: float | str | None = None,
    keys: str = "random",
    width: int = 16,
    state: bool = True,
    seed: int = 0,
) -> Inputs:
    """Arguments of a form, batch 2, 3 heads, d_k = width, d_v = width + 1.

    gate: None, "head" for (B, H, T) or "channel" for (B, H, T, d_k), times ``scale``. beta: None, "random" or a number.
    keys: "random", or unit vectors that are "repeated" (three different ones) or "correlated" (a shared direction).
    """
    draw = torch.Generator().manual_seed(seed)
    shape = (2, 3, time, width)
    q, k = (torch.randn(shape, generator=draw) for _ in range(2))
    case = {"q": q, "k": choose_keys(k, keys), "v": torch.randn(2, 3, time, width + 1, generator=draw)}
    if gate is not None:
        raw = torch.randn(shape if gate == "channel" else shape[:3], generator=draw)
        case["decay"] = scale * F.logsigmoid(raw + 2)
    if beta is not None:
        raw = torch.randn(shape[:3], generator=draw)
        case["beta"] = raw.sigmoid() if beta == "random" else torch.full_like(raw, float(beta))
    if state:
        case["state"] = torch.randn(2, 3, width, width + 1, generator=draw)
    return case


def choose_keys(k: Tensor, kind: str) -> Tensor:
    """Random keys as they are; else unit keys that meet again, where a delta rule has to erase."""
    if kind == "repeated":
        k = k[:, :, torch.arange(k.shape[2]) % min(3, k.shape[2])]
    elif kind == "correlated":
        k = 0.3 * k + k[:, :, :1]
    return k if kind == "random" else F.normalize(k, dim=-1)


def outcome(form: Form, case: Inputs, dtype: torch.dtype) -> dict[str, Tensor]:
    """y, the last state, and the gradient of every argument, from one run in ``dtype``."""
    arguments = {name: x.to(dtype, copy=True).requires_grad_() for name, x in case.items()}
    y, state = form(**arguments)
    assert y.dtype == state.dtype == dtype
    draw = torch.Generator().manual_seed(1)
    loss = sum((x * torch.randn(x.shape, generator=draw).to(dtype)).sum() for x in (y, state))
    gradients = torch.autograd.grad(loss, list(arguments.values()), materialize_grads=True)
    return {"y": y, "state'": state, **{f"d {name}": g for name, g in zip(arguments, gradients, strict=True)}}


def errors(
    form: Form, truth: Form | dict[str, Tensor], case: Inputs, dtype: torch.dtype = torch.float32
) -> dict[str, float]:
    """Each result's relative error against ``truth`` in float64 on the same numbers.

    truth: a recurrence, or its `outcome` in float64, where several forms share it.
    """
    wanted = truth if isinstance(truth, dict) else outcome(truth, case, torch.float64)
    got = outcome(form, case, dtype)
    least = NEGLIGIBLE * max(x.norm().item() for name, x in wanted.items() if name.startswith("d "))
    found = {}
    for name, want in wanted.items():
        difference = (got[name].double() - want).norm().item()  # nan stays nan
        found[name] = difference / max(want.norm().item(), least if name.startswith("d ") else 1e-30)
    return found


def assert_exact(
    form: Form,
    truth: Form | dict[str, Tensor],
    case: Inputs,
    dtype: torch.dtype = torch.float32,
    value: float = 1e-6,
    gradient: float = 1e-5,
) -> None:
    """Fail where an error is above ``value`` or ``gradient`` (in float64: 1e-10), or is not a number."""
    if dtype == torch.float64:
        value = gradient = 1e-10
    found = errors(form, truth, case, dtype)
    bad = {name: e for name, e in found.items() if not e < (gradient if name.startswith("d ") else value)}
    assert not bad, f"too far from the recurrence: {bad}; all: {found}"


def assert_gradients(form: Form, case: Inputs) -> None:
    """Autograd's check of a form's gradients against finite differences, in float64; in long texts, along one line."""
    names, many = list(case), case["q"].shape[2] > 10

    def run(*tensors: Tensor) -> Any:
        return form(**dict(zip(names, tensors, strict=True)))

    tensors = [x.double().requires_grad_() for x in case.values()]
    assert torch.autograd.gradcheck(run, tensors, fast_mode=many)
