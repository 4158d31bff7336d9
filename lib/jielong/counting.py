"""What a model's size counts: parameters, floating-point operations and memory, from the `Config` alone."""

from __future__ import annotations

from jielong.arguments import at_least
from jielong.model import Config

SMOLLM2_135M = Config(
    vocabulary=49_152, width=576, layers=30, heads=9, kv_heads=3, hidden=1536, context=8192, rotary_base=100_000.0
)
"""Ben Allal et al. 2025 (arXiv 2502.02737); the model that `jielong.pretrained.smollm2` loads."""

LLAMA_2_7B = Config(vocabulary=32_000, width=4096, layers=32, heads=32, hidden=11_008, context=4096, tied=False)
"""Touvron et al. 2023b, table 1 and section 2.2, with the published configuration's feed-forward width."""

LLAMA_2_70B = Config(
    vocabulary=32_000, width=8192, layers=80, heads=64, kv_heads=8, hidden=28_672, context=4096, tied=False
)
"""The same paper; eight key-value heads serve 64 query heads (its section 2.2)."""


def parameter_counts(config: Config) -> dict[str, int]:
    """How many numbers training has to find, by part of the model; they sum to the size on the label.

    Counts a model with one of this book's attention mixers, to the last parameter: embedding, the four projections of
    attention, the feed-forward matrices, the norms, and the unembedding where it is not tied to the embedding.
    """
    heads = config.mixer_config
    queries, keys = heads.inner, heads.groups * heads.per_head
    width, hidden, bias = config.width, config.feedforward_width, int(config.bias)
    attention = width * (2 * queries + 2 * keys) + bias * (queries + 2 * keys + width)
    inputs = 2 if config.gated else 1
    feedforward = (inputs + 1) * width * hidden + bias * (inputs * hidden + width)
    norm = width * (2 if config.norm == "layer" else 1)
    return {
        "embedding": (config.vocabulary + config.places) * width,
        "attention": config.layers * attention,
        "feed-forward": config.layers * feedforward,
        "norms": (2 * config.layers + 1) * norm,
        "unembedding": 0 if config.tied else config.vocabulary * width,
    }


def cache_numbers(config: Config, length: int) -> int:
    """Numbers that decoding must keep for ``length`` positions: a key and a value per layer and key-value head."""
    at_least(0, length=length)
    heads = config.mixer_config
    return 2 * config.layers * heads.groups * heads.per_head * length
