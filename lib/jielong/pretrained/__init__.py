"""Weights that others have trained, each file verified by its SHA-256: SmolLM2 writes, MiniLM turns texts into points.

``python -m jielong.pretrained`` puts both into the cache.
"""

from jielong.pretrained.minilm import load_minilm
from jielong.pretrained.smollm2 import load_smollm2

__all__ = ["load_minilm", "load_smollm2"]
