"""A real tokenizer whose tokens are single characters, for models that are too small for words."""

import tokenizers
from jielong.tokenizer import Tokenizer
from tokenizers import decoders, models, normalizers

ALPHABET = "abcdefghijklmnopqrstuvwxyz !?"


def letters(spaced: bool = False):
    """It drops a leading space; if ``spaced``, that is a token, and the first of every answer."""
    library = tokenizers.Tokenizer(models.BPE({c: i for i, c in enumerate(ALPHABET)}, []))
    if not spaced:
        library.normalizer = normalizers.Replace(tokenizers.Regex("^ "), "")
    library.decoder = decoders.Fuse()
    return Tokenizer(library, "", end="?")
