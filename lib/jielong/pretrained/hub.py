"""Models in the form of huggingface.co: reading a folder, and calling its weights by our names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor
from torch.overrides import TorchFunctionMode


def read_hub_folder(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor], str, str]:
    """A folder in huggingface.co's form, of any precision, as (config, float32 tensors, tokenizer, chat template)."""
    config = json.loads((folder / "config.json").read_text())
    tensors = {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    template = json.loads((folder / "tokenizer_config.json").read_text())["chat_template"]
    return config, tensors, (folder / "tokenizer.json").read_text(encoding="utf-8"), template


def renamed(name: str, parts: dict[str, str]) -> str:
    """A weight's name with each of these parts replaced, one after the other."""
    for part, new in parts.items():
        name = name.replace(part, new)
    return name


class Unfilled(TorchFunctionMode):
    """Leaves new parameters as they are: drawing millions of numbers, only to replace them, takes seconds, and moves
    the global die."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__module__", None) == "torch.nn.init":
            return kwargs["tensor"]
        return func(*args, **(kwargs or {}))
