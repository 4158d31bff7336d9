"""A real tokenizer whose tokens are single characters, for models that are too small for words."""

import tokenizers
from jielong.tokenizer import Tokenizer
from tokenizers import decoders, models, normalizers

ALPHABET = "abcdefghijklmnopqrstuvwxyz !?"


def letters():
    """It drops a leading space, which would else be an answer's first token."""
    library = tokenizers.Tokenizer(models.BPE({c: i for i, c in enumerate(ALPHABET)}, []))
    library.normalizer = normalizers.Replace(tokenizers.Regex("^ "), "")
    library.decoder = decoders.Fuse()
    return Tokenizer(library, "", end="?")
