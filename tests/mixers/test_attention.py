"""Attention against its definition, written out position by position in float64."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers import Attention, MixerConfig, PassContext
from jielong.model import Config, LanguageModel


def by_definition(mixer: Attention, x: torch.Tensor, rotary, allowed) -> torch.Tensor:
    """One query at a time: weights exp(q.k / sqrt(d)) over the keys that it may see, then their mean of values."""
    batch, time, _ = x.shape
    width, group = mixer.head_width, mixer.heads // mixer.kv_heads
    y = torch.zeros(batch, time, mixer.heads * width, dtype=x.dtype)
    for b in range(batch):
        q, k, v = mixer.q(x[b]), mixer.k(x[b]), mixer.v(x[b])
        for head in range(mixer.heads):
            mine, shared = slice(head * width, (head + 1) * width), head // group
            theirs = slice(shared * width, (shared + 1) * width)
            for t in range(time):
                seen = [s for s in range(time) if allowed(b, t, s)]
                scores = [turn(q[t, mine], rotary, t) @ turn(k[s, theirs], rotary, s) / width**0.5 for s in seen]
                weights = torch.stack(scores).exp()
                y[b, t, mine] = (weights / weights.sum()) @ v[seen][:, theirs]
    return mixer.o(y)


def turn(vector: torch.Tensor, base: float | None, position: int) -> torch.Tensor:
    """Each pair (i, i + d/2), as a complex number, times exp(i position base^(-2i/d))."""
    if base is None:
        return vector
    half = len(vector) // 2
    angle = position * base ** (-torch.arange(half, dtype=torch.float64) * 2 / len(vector))
    turned = torch.complex(vector[:half], vector[half:]) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat((turned.real, turned.imag))


@pytest.mark.parametrize("kv_heads", [4, 2, 1])
@pytest.mark.parametrize("causal", [True, False])
@torch.no_grad()
def test_equals_the_definition(kv_heads, causal):
    torch.manual_seed(0)
    mixer = Attention(MixerConfig(12, 4, kv_heads, head_width=6)).double()
    x = torch.randn(2, 7, 12, dtype=torch.float64)
    y, _ = mixer(x, PassContext(causal=causal))
    torch.testing.assert_close(y, by_definition(mixer, x, None, lambda b, t, s: s <= t or not causal))


@torch.no_grad()
def test_rotary_positions_equal_a_turn_in_the_complex_plane():
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=5, width=24, rotary_base=50.0)).double()
    x = torch.randn(2, 7, 24, dtype=torch.float64)
    y, _ = model.blocks[0].mixer(x, model.shared(2, 7))
    wanted = by_definition(model.blocks[0].mixer, x, 50.0, lambda b, t, s: s <= t)
    torch.testing.assert_close(y, wanted)


@torch.no_grad()
def test_padding_is_not_seen():
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=5, width=24, positions="none")).double()
    x, padding = torch.randn(3, 7, 24, dtype=torch.float64), [0, 2, 6]
    mixer = model.blocks[0].mixer
    y, _ = mixer(x, model.shared(3, 7, padding=torch.tensor(padding)))
    wanted = by_definition(mixer, x, None, lambda b, t, s: s == t or padding[b] <= s <= t)
    torch.testing.assert_close(y, wanted)


@pytest.mark.parametrize("padding", [None, [0, 3]])
@torch.no_grad()
def test_the_pattern_is_what_the_values_are_weighted_with(padding):
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=5, width=24, kv_heads=2))
    mixer, x = model.blocks[0].mixer, torch.randn(2, 7, 24)
    shared = model.shared(2, 7, padding=None if padding is None else torch.tensor(padding))
    pattern = mixer.pattern(x, shared)
    torch.testing.assert_close(pattern.sum(-1), torch.ones(2, 4, 7))
    assert (pattern.triu(1) == 0).all()
    values = mixer.split(mixer.v(x)).repeat_interleave(2, dim=1)
    torch.testing.assert_close(mixer.o((pattern @ values).transpose(1, 2).flatten(2)), mixer(x, shared)[0])


@pytest.mark.parametrize("cut", [1, 4, 6])
@torch.no_grad()
def test_two_pieces_equal_the_whole(cut):
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=5, width=24, kv_heads=2)).double()
    mixer, x = model.blocks[0].mixer, torch.randn(2, 7, 24, dtype=torch.float64)
    whole, _ = mixer(x, model.shared(2, 7))
    first, state = mixer(x[:, :cut], model.shared(2, cut))
    second, _ = mixer(x[:, cut:], model.shared(2, 7 - cut, past=cut), state)
    torch.testing.assert_close(torch.cat((first, second), dim=1), whole)
