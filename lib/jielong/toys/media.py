"""Something to read, to look at and to listen to: sentences, handwritten digits, plucked notes."""

from __future__ import annotations

import base64
import io
import re
import wave
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Int
from sklearn.datasets import load_digits
from torch import Tensor

from jielong import tokens
from jielong.arguments import at_least, filled, finite
from jielong.corpora import wonderland_opening
from jielong.teaching.text import attribute
from jielong.tokenizer import pad_right

RATE, SAMPLES, FADE = 1600, 80, 20
"""Samples a second; samples in a note; after how many of them it is down to 1/e."""
NOTES = {"c": 261.63, "d": 293.66, "e": 329.63, "g": 392.00, "a": 440.00}
"""Five notes and their pitch in Hz (equal temperament, a = 440 Hz)."""


def phrases(shortest: int = 8, longest: int = 72) -> list[str]:
    """The text cut after its punctuation marks, without the pieces that are too short or too long (characters)."""
    pieces = re.split(r"(?<=[,;:.!?)'])\s+", wonderland_opening())
    return [piece for piece in pieces if shortest <= len(piece) <= longest]


def digits() -> tuple[Int[np.ndarray, "1797 8 8"], Int[np.ndarray, " 1797"]]:
    """scikit-learn's handwritten digits (Alpaydin and Kaynak 1998), grey levels 0 .. 16, and which digit each is."""
    pictures, names = load_digits(return_X_y=True)
    return pictures.astype(int).reshape(-1, tokens.SIDE, tokens.SIDE), names


def pluck(note: str, loudness: float = 1.0) -> Float[np.ndarray, " samples"]:
    """A plucked note: a sine that fades. Raises ValueError for a note that is not in NOTES."""
    if note not in NOTES:
        raise ValueError(f"note={note!r} is unknown; there are {', '.join(NOTES)}")
    finite(loudness=loudness)
    time = np.arange(SAMPLES)
    return loudness * np.exp(-time / FADE) * np.sin(2 * np.pi * NOTES[note] * time / RATE)


def pitch(samples: Float[np.ndarray, " samples"], rate: int = RATE) -> float:
    """The frequency (Hz) at which the spectrum is largest."""
    at_least(1, rate=rate)
    filled(samples=samples)
    finite(samples=samples)
    spectrum = np.abs(np.fft.rfft(samples, 8192))
    return float(np.fft.rfftfreq(8192, 1 / rate)[spectrum.argmax()])


def written(phrase: str) -> list[int]:
    """<text> phrase <end>"""
    return [tokens.TEXT, *tokens.encode_text(phrase), tokens.END]


def drawn(name: str, picture: Int[np.ndarray, "8 8"]) -> list[int]:
    """<text> name <picture> pixels <end>: what to draw and the drawing, one sequence."""
    return [tokens.TEXT, *tokens.encode_text(name), tokens.PICTURE, *tokens.encode_picture(picture), tokens.END]


def played(name: str, samples: Float[np.ndarray, " samples"]) -> list[int]:
    """<text> name <sound> samples <end>"""
    return [tokens.TEXT, *tokens.encode_text(name), tokens.SOUND, *tokens.encode_sound(samples), tokens.END]


def three_media(
    pictures: Sequence[Sequence[int]], texts: Sequence[Sequence[int]], notes: Sequence[Sequence[int]], seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches for `jielong.training.fit`, without end, each of one medium: out of five, three of pictures."""
    filled(pictures=pictures, texts=texts, notes=notes)
    at_least(0, seed=seed)
    generator = np.random.default_rng(seed)
    while True:
        for source, size in ((pictures, 8), (texts, 12), (pictures, 8), (notes, 6), (pictures, 8)):
            near = sorted((source[i] for i in generator.integers(len(source), size=4 * size)), key=len)
            first = generator.integers(3 * size + 1)  # neighbours in length, so that little is padding
            yield pad_right(near[first : first + size], tokens.END)


def player(samples: Float[np.ndarray, " time"], rate: int, name: tuple[str, str]) -> str:
    """An <audio> element with the sound inside it (16-bit WAV). name: what it plays, (English, Chinese).

    Browsers refuse very low rates, so the samples between are filled in from the spectrum, which adds no frequency.
    """
    at_least(1, rate=rate)
    filled(samples=samples)
    finite(samples=samples)
    times = -(-8000 // rate)
    smooth = np.fft.irfft(np.fft.rfft(samples), times * len(samples)) * times
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 2, times * rate, 0, "NONE", ""))
        sound.writeframes((np.clip(smooth, -1, 1) * 32767).round().astype("<i2").tobytes())
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<audio controls preload="none" {attribute("aria-label", name)} src="data:audio/wav;base64,{data}"></audio>'
