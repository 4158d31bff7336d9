"""Tokens come back as what they were, and what can't be a token is refused."""

import math
import string

import numpy as np
import pytest
from jielong import tokens
from jielong.corpora import wonderland_opening
from jielong.toys import media


def test_the_vocabulary_has_no_gap_and_no_overlap():
    kinds = [tokens.kind(i) for i in range(149)]
    assert tokens.VOCABULARY == 149
    assert {k: kinds.count(k) for k in kinds} == {"text": 96, "picture": 17, "sound": 32, "sign": 4}
    assert set(tokens.CHARACTERS) == set(string.printable) - set("\t\r\x0b\x0c")


def test_text_comes_back():
    assert tokens.encode_text(" A~\n") == [0, 33, 94, 95]
    for text in (tokens.CHARACTERS, "", wonderland_opening()):
        assert tokens.decode_text(tokens.encode_text(text)) == text


def test_every_digit_comes_back_and_the_order_is_row_by_row():
    pictures, _ = media.digits()
    assert all((tokens.decode_picture(tokens.encode_picture(p)) == p).all() for p in pictures)
    corner = np.zeros((8, 8), dtype=int)
    corner[0, 1], corner[1, 0] = 5, 16
    assert tokens.encode_picture(corner)[:9] == [96, 101, 96, 96, 96, 96, 96, 96, 112]


def test_sound_tokens_come_back_and_samples_to_within_their_level():
    every = list(range(113, 145))
    assert tokens.encode_sound(tokens.decode_sound(every)) == every
    samples = np.linspace(-1, 1, 1001)
    edges = [math.copysign((256 ** abs(e) - 1) / 255, e) for e in np.linspace(-1, 1, 33)]  # the law's inverse, by hand
    back = tokens.decode_sound(tokens.encode_sound(samples))
    assert np.all(np.abs(back - samples) <= np.diff(edges)[tokens.mu_law(samples)] + 1e-12)


def test_linear_levels_lose_what_theory_says():
    """A full-scale sine keeps 6.02 b + 1.76 dB (Bennett 1948) at b bits."""
    sine = np.sin(np.arange(100_000) * 0.1234567)
    for b in (5, 8):
        error = tokens.from_linear(tokens.linear(sine, 2**b), 2**b) - sine
        assert 10 * np.log10((sine**2).mean() / (error**2).mean()) == pytest.approx(6.02 * b + 1.76, abs=0.6)


def test_mu_law_at_known_points():
    """sign(x) log(1 + 255 |x|) / log 256 is 1/2 at x = (16 - 1) / 255."""
    assert tokens.mu_law(np.array([-1, -15.01 / 255, 0, 15.01 / 255, 1]), 4).tolist() == [0, 0, 2, 3, 3]
    assert tokens.from_mu_law(np.array([2]), 4)[0] == pytest.approx((256**0.25 - 1) / 255)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: tokens.encode_text("naïve"), "'ï' at position 2"),
        (lambda: tokens.encode_picture(np.zeros((8, 9))), r"shape \(8, 9\)"),
        (lambda: tokens.encode_picture(np.full((8, 8), 17)), "0 to 16; got \\[17\\]"),
        (lambda: tokens.encode_picture(np.full((8, 8), 0.5)), "whole numbers"),
        (lambda: tokens.encode_sound([0.0, 1.5]), r"\[-1, 1\]"),
        (lambda: tokens.encode_sound([0.0, math.nan]), r"\[-1, 1\]"),
        (lambda: tokens.decode_text([96]), "no character"),
        (lambda: tokens.decode_picture([96] * 63), "64 pixels, got 63"),
        (lambda: tokens.decode_picture([95] * 64), "no pixel"),
        (lambda: tokens.decode_sound([112]), "no sample"),
        (lambda: tokens.kind(149), "not in the vocabulary"),
    ],
)
def test_what_cannot_be_a_token_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
