"""A real tokenizer whose tokens are single characters, for models that are too small for words."""

import tokenizers
from jielong.tokenizer import Tokenizer
from tokenizers import decoders, models, normalizers

ALPHABET = "abcdefghijklmnopqrstuvwxyz !?"


def letters(drops: str = "^ ") -> Tokenizer:
    """drops: which spaces it passes over, as a pattern: a leading one. With "" each is a token, and the first of every
    answer is one; with " " none is."""
    library = tokenizers.Tokenizer(models.BPE({c: i for i, c in enumerate(ALPHABET)}, []))
    library.normalizer = normalizers.Replace(tokenizers.Regex(drops), "") if drops else None
    library.decoder = decoders.Fuse()
    return Tokenizer(library, "", end="?")
