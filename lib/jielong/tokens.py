"""Text, pictures and sound as token ids of one vocabulary, and back.

    ids           what they stand for
    0 .. 95       characters: printable ASCII and the newline
    96 .. 112     grey levels of a pixel, 0 (page) to 16 (ink)
    113 .. 144    loudness of one sample of sound, 32 mu-law levels from -1 to 1
    145 .. 148    <text> <picture> <sound> <end>: what follows, or that nothing follows

Text and pictures come back exactly. Sound comes back to within its level: it was continuous, and tokens are not.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike

from jielong.arguments import above, at_least

CHARACTERS = "".join(map(chr, range(32, 127))) + "\n"
GREYS, LEVELS, SIDE, MU = 17, 32, 8, 255
FIRST_GREY = len(CHARACTERS)
FIRST_LEVEL = FIRST_GREY + GREYS
TEXT, PICTURE, SOUND, END = range(FIRST_LEVEL + LEVELS, FIRST_LEVEL + LEVELS + 4)
VOCABULARY = END + 1


def encode_text(text: str) -> list[int]:
    """One token for each character. Raises ValueError, naming the first character that the vocabulary lacks."""
    for place, character in enumerate(text):
        if character not in CHARACTERS:
            raise ValueError(f"text: no token for {character!r} at position {place}, only for ASCII and newline")
    return [CHARACTERS.index(character) for character in text]


def decode_text(ids: Iterable[int]) -> str:
    """The text that these tokens spell. Raises ValueError for a token that is no character."""
    return "".join(CHARACTERS[i] for i in _within(ids, 0, FIRST_GREY, "character"))


def encode_picture(picture: ArrayLike) -> list[int]:
    """One token for each pixel, row by row from the top left.

    Raises ValueError for anything but 8 x 8 whole numbers from 0 to 16.
    """
    picture = np.asarray(picture)
    if picture.shape != (SIDE, SIDE):
        raise ValueError(f"picture: shape {picture.shape}, expected {(SIDE, SIDE)}")
    if not np.isin(picture, np.arange(GREYS)).all():
        raise ValueError(f"picture: levels must be whole numbers, 0 to {GREYS - 1}; got {np.unique(picture)[:20]}")
    return (picture.astype(int).ravel() + FIRST_GREY).tolist()


def decode_picture(ids: Iterable[int]) -> Int[np.ndarray, "8 8"]:
    """The picture that 64 tokens draw. Raises ValueError for another number of them, or one that is no pixel."""
    levels = _within(ids, FIRST_GREY, GREYS, "pixel")
    if len(levels) != SIDE * SIDE:
        raise ValueError(f"ids: a picture takes {SIDE * SIDE} pixels, got {len(levels)}")
    return np.array(levels).reshape(SIDE, SIDE)


def encode_sound(samples: ArrayLike) -> list[int]:
    """One token for each sample (time,). Raises ValueError unless all lie in [-1, 1]."""
    return (mu_law(samples) + FIRST_LEVEL).tolist()


def decode_sound(ids: Iterable[int]) -> Float[np.ndarray, " time"]:
    """The samples in the middle of each token's level. Raises ValueError for a token that is no sample."""
    return from_mu_law(np.array(_within(ids, FIRST_LEVEL, LEVELS, "sample"), dtype=int))


def kind(token: int) -> str:
    """What a token is: "text", "picture", "sound" or "sign". Raises ValueError for one outside the vocabulary."""
    if not 0 <= token < VOCABULARY:
        raise ValueError(f"token {token} is not in the vocabulary, which has 0 .. {VOCABULARY - 1}")
    return "text" if token < FIRST_GREY else "picture" if token < FIRST_LEVEL else "sound" if token < TEXT else "sign"


def mu_law(samples: ArrayLike, levels: int = LEVELS, mu: float = MU) -> Int[np.ndarray, "*any"]:
    """Levels 0 .. levels - 1 that are finer where it is quiet: linear steps of sign(x) log(1 + mu |x|) / log(1 + mu).

    ITU-T G.711 is this with mu = 255 and 256 levels. Raises ValueError for samples outside [-1, 1].
    """
    above(0, mu=mu)
    samples = np.asarray(samples, dtype=float)
    return linear(np.sign(samples) * np.log1p(mu * np.abs(samples)) / np.log1p(mu), levels)


def from_mu_law(level: ArrayLike, levels: int = LEVELS, mu: float = MU) -> Float[np.ndarray, "*any"]:
    """The sample in the middle (on the warped scale) of each level. Raises ValueError for what is no level."""
    above(0, mu=mu)
    warped = from_linear(level, levels)
    return np.sign(warped) * np.expm1(np.abs(warped) * np.log1p(mu)) / mu


def linear(samples: ArrayLike, levels: int = LEVELS) -> Int[np.ndarray, "*any"]:
    """Levels of equal width from -1 to 1. Raises ValueError for samples outside, or that are not numbers."""
    at_least(1, levels=levels)
    samples = np.asarray(samples, dtype=float)
    if not (np.abs(samples) <= 1).all():
        raise ValueError(f"samples must lie in [-1, 1]; got {samples.min():.3g} to {samples.max():.3g}")
    return np.asarray(np.minimum((samples + 1) / 2 * levels, levels - 1)).astype(int)


def from_linear(level: ArrayLike, levels: int = LEVELS) -> Float[np.ndarray, "*any"]:
    """The middle of each level. Raises ValueError for what is no level from 0 to levels - 1."""
    at_least(1, levels=levels)
    level = np.asarray(level)
    if not ((level >= 0) & (level < levels)).all():
        raise ValueError(f"level must be from 0 to levels - 1 = {levels - 1}; got {level.min()} to {level.max()}")
    return (level + 0.5) / levels * 2 - 1


def _within(ids: Iterable[int], first: int, count: int, name: str) -> list[int]:
    places = [int(i) - first for i in ids]
    for place in places:
        if not 0 <= place < count:
            raise ValueError(f"ids: token {place + first} is no {name}; those are {first} .. {first + count - 1}")
    return places
