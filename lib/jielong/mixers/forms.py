"""What every form of every rule has in common, whatever it is given.

Its arguments are checked. Numbers narrower than float32 are widened, and autocast, which would narrow them again, is
off: so what is remembered is at least float32. A text of no steps leaves the memory as it was. And a gradient that was
written by hand, in operations that cannot be differentiated again, is never taken for one that can.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, Protocol, cast, runtime_checkable

import torch
from torch import Tensor

from jielong.mixers.checks import transformed
from jielong.precision import wide

Arguments = ParamSpec("Arguments")
Outcome = tuple[Tensor, Tensor]


@runtime_checkable
class Form(Protocol[Arguments]):
    """y and the state; ``trusted`` gives the same, without a look at numbers that are known to be right."""

    trusted: Callable[Arguments, Outcome]

    def __call__(self, *tensors: Arguments.args, **named: Arguments.kwargs) -> Outcome: ...


def form(
    check: Callable[..., None], no_steps: Callable[..., Outcome]
) -> Callable[[Callable[Arguments, Outcome]], Form[Arguments]]:
    """A decorator that makes a form of a rule's function, which returns y and the state; time is its last but one axis.

    check(*arguments, values) raises ValueError for arguments that don't fit; with ``values`` it also looks at numbers,
    for which a GPU would have to wait. The form's other entrance, ``form.trusted``, doesn't: for gates that are right
    by construction, as a layer's are. no_steps: the function, for a text of length 0.
    y has the dtype of the first argument; the state, at least float32.
    """

    def make(function: Callable[Arguments, Outcome]) -> Form[Arguments]:
        leading = next(iter(signature(function).parameters))

        def run(values: bool, tensors: tuple[Any, ...], named: dict[str, Any]) -> Outcome:
            check(*tensors, **named, values=values)
            first = tensors[0] if tensors else named[leading]
            rule: Callable[..., Outcome] = function if first.shape[-2] else no_steps
            with full_precision(first.device.type):
                if first.dtype in (torch.float32, torch.float64):
                    return rule(*tensors, **named)
                y, state = rule(*map(widened, tensors), **{name: widened(x) for name, x in named.items()})
            return y.to(first.dtype), state

        @wraps(function)
        def checked(*tensors: Arguments.args, **named: Arguments.kwargs) -> Outcome:
            return run(True, tensors, named)

        @wraps(function)
        def trusted(*tensors: Arguments.args, **named: Arguments.kwargs) -> Outcome:
            return run(False, tensors, named)

        checked.trusted = trusted  # type: ignore[attr-defined]
        return cast("Form[Arguments]", checked)

    return make


def widened(tensor: Tensor | None) -> Tensor | None:
    return None if tensor is None else wide(tensor)


def full_precision(device: str) -> AbstractContextManager:
    """A context without autocast."""
    on = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return torch.autocast(device, enabled=False) if on else nullcontext()


def by_hand(plain: Callable[..., tuple[Tensor, ...]]) -> Callable[[Callable], Callable]:
    """A decorator for the backward of a `torch.autograd.Function`, whose operations need not be differentiable.

    plain: the same function in operations that autograd knows. Its gradient takes the place of the one by hand where
    that is to be differentiated again, or transformed. The Function saves its arguments first, in their order.
    """

    def make(backward: Callable) -> Callable:
        @wraps(backward)
        def run(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
            with full_precision(outer[0].device.type):
                if not torch.is_grad_enabled() and not transformed():
                    return backward(ctx, *outer)
                return pull_back(plain, ctx.saved_tensors[: len(ctx.needs_input_grad)], outer)

        return run

    return make


def pull_back(
    plain: Callable[..., tuple[Tensor, ...]], inputs: tuple[Tensor | None, ...], outer: tuple[Tensor, ...]
) -> tuple[Tensor | None, ...]:
    """The gradients of ``inputs`` (None for those that are None) from those of what ``plain`` returns."""

    def of(*some: Tensor) -> tuple[Tensor, ...]:
        tensors = iter(some)
        return plain(*(None if x is None else next(tensors) for x in inputs))

    pull = torch.func.vjp(of, *(x for x in inputs if x is not None))[1]
    gradients = iter(pull(outer))
    return tuple(None if x is None else next(gradients) for x in inputs)


def apply(function: type[torch.autograd.Function], plain: Callable[..., Any], *inputs: Tensor | None) -> Any:
    """``function`` of these, or, where a compiler or a transformation has to look inside, ``plain``: the same."""
    return plain(*inputs) if torch.compiler.is_compiling() or transformed() else function.apply(*inputs)
