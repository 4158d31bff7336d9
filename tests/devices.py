"""Where tensors are: constructors that do not say it are found, and a second device is there on every machine.

with NamedDevices(): ...            in it, the library's own constructors must name their device
with elsewhere() as device: ...     in it, ``device`` is one that is not the CPU
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from lessons import LIBRARY
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors as constructors
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map_only


@cache
def watched(file: str) -> bool:
    """Whether this is a file of the library. What draws a page, or looks at a reader's answer, is on the CPU by nature:
    there a constructor need not say it."""
    path = Path(file)
    pages = path.name in ("figures.py", "exercises.py") or path.is_relative_to(LIBRARY / "jielong" / "teaching")
    return path.is_relative_to(LIBRARY / "jielong") and not pages


class NamedDevices(TorchFunctionMode):
    """Raises where the library makes a tensor and does not say where.

    The constructors are those that torch's default device acts on. A generator is on the CPU whatever the default, and
    ``as_tensor`` leaves a tensor where it is.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in constructors() and "device" not in kwargs and not (args and isinstance(args[0], Tensor)):
            frame = sys._getframe(1)
            while frame.f_code.co_name == "__torch_function__":  # of another mode
                frame = frame.f_back
            if watched(frame.f_code.co_filename):
                where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
                raise AssertionError(f"{where}: torch.{func.__name__} must say where: device=")
        return func(*args, **kwargs)


# ----------------------------------------------------------------------------------------------- a second device


ELSEWHERE = torch.device("lazy")
"""A device that torch knows by name and nobody has. FakeTensorMode has a false "cuda", but without values, so that no
`item` passes, and no way back where torch was built without CUDA."""

ACROSS = {"_to_copy", "copy_"}
"""What torch does from one device to another."""
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index", "_unsafe_index_put"}
"""What takes indices that are on the CPU, wherever the tensor is."""
PACKING = {"_pack_padded_sequence", "_pack_padded_sequence_backward"}
"""What takes lengths, and gives them, on the CPU, wherever the texts are."""


class Away(Tensor):
    """A tensor that says that it is elsewhere. Its numbers are in ``held``, on the CPU, where all is computed."""

    held: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, held: Tensor) -> Away:
        with torch.inference_mode(False):  # where autograd looks on, what views of tensors are would not fit
            away = Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
                cls, held.size(), strides=held.stride(), dtype=held.dtype, layout=held.layout, device=ELSEWHERE
            )
        away.held = held
        return away

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        return run(func, args, kwargs or {})

    # Python's numbers become a tensor where no dispatch sees it: first here, then there

    def tolist(self) -> Any:
        return self.cpu().tolist()

    def new_tensor(self, data: Any) -> Tensor:  # type: ignore[override]
        return torch.tensor(data, dtype=self.dtype).to(ELSEWHERE)

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(indices(index))

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(indices(index), value)


def indices(index: Any) -> Any:
    if isinstance(index, tuple):
        return tuple(map(indices, index))
    return torch.tensor(list(index), dtype=torch.long) if isinstance(index, list | range) else index


class Machine(TorchDispatchMode):
    """Makes tensors elsewhere, where somebody asks for it."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


class Moved(TorchFunctionMode):
    """What `torch.tensor` makes is made here, and then moved."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in (torch.tensor, torch.as_tensor) and away(kwargs.get("device")):
            return func(*args, **{**kwargs, "device": "cpu"}).to(ELSEWHERE)
        return func(*args, **kwargs)


def away(device: Any) -> bool:
    return device is not None and torch.device(device).type == ELSEWHERE.type


def run(func: Any, args: Any, kwargs: Any) -> Any:
    """What torch does with these, and refuses to do, if some of them are on a graphics processor."""
    name = func.overloadpacket.__name__
    there = goes_there(name, args, kwargs)
    if there and kwargs.get("generator") is not None:
        raise RuntimeError(f"{func}: a generator of the CPU cannot draw elsewhere")
    numbers = tree_map_only(Away, lambda x: x.held, (args, kwargs))
    if away(kwargs.get("device")):
        numbers[1]["device"] = "cpu"
    out = func(*numbers[0], **numbers[1])
    if not there:
        return out
    out = (Away(out[0]), out[1]) if name == "_pack_padded_sequence" else tree_map_only(Tensor, Away, out)
    came_from_there = any(isinstance(x, Away) for x in tree_leaves((args, kwargs)))
    return return_and_correct_aliasing(func, args, kwargs, out) if came_from_there else out


def goes_there(name: str, args: Any, kwargs: Any) -> bool:
    """Whether the result is elsewhere. Raises RuntimeError for tensors of both devices."""
    if name == "copy_":
        return isinstance(args[0], Away)
    if kwargs.get("device") is not None:
        return away(kwargs["device"])
    tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
    there = [x for x in tensors if isinstance(x, Away)]
    if name in INDEXING and there and not isinstance(args[0], Away):
        raise RuntimeError(f"{name}: indices elsewhere for a tensor on the CPU")
    same = tree_leaves((args[0], args[2:])) if name in INDEXING else args[:1] if name in PACKING else tensors
    here = [tuple(x.shape) for x in same if isinstance(x, Tensor) and not isinstance(x, Away) and x.dim()]
    if there and here and name not in ACROSS:
        raise RuntimeError(f"{name}: tensors on both devices, on the CPU those of shapes {here}")
    return bool(there)


@contextmanager
def elsewhere() -> Iterator[torch.device]:
    """In the block there is a second device, of which torch makes the same demands as of a graphics processor."""
    fused = patch("torch.optim.optimizer._get_fused_kernels_supported_devices", lambda: ["cpu", ELSEWHERE.type])
    before = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)  # else ``held`` would stay as it was
    try:
        with Moved(), Machine(), fused:
            yield ELSEWHERE
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(before)
