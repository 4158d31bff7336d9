"""Retention against its definition, with the paper's rates."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers.retention import chunkwise, decays, parallel, recurrent

from tests.mixers.grid import SCALES, TIMES, assert_exact, assert_gradients, inputs, outcome

FORMS = [recurrent, parallel, chunkwise]


def fixed(time: int, scale: float = 1.0, width: int = 16):
    case = inputs(time, width=width)
    return {**case, "decay": scale * decays(3)}


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("scale", SCALES)
def test_forms_agree(time, scale):
    case = fixed(time, scale)
    truth = outcome(recurrent, case, torch.float64)
    # step by step in float32, gamma's own rounding is the same a thousand times over, and adds up
    assert_exact(recurrent, truth, case, value=1e-5, gradient=1e-5)
    for form in (parallel, chunkwise):
        assert_exact(form, truth, case)
        assert_exact(form, truth, case, torch.float64)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_by_finite_differences(form):
    assert_gradients(form, fixed(5, width=3))
    assert_gradients(form, fixed(70, width=1))


@pytest.mark.parametrize("form", FORMS)
def test_scores_fade_with_distance(form):
    case = fixed(90)
    q, k, v = (case[name].double() for name in "qkv")
    y, state = form(q, k, v, decay=decays(3).double())
    gamma = torch.tensor([1 - 2**-5, 1 - 2**-6, 1 - 2**-7], dtype=torch.float64)
    apart = torch.arange(90)[:, None] - torch.arange(90)
    kept = (gamma[:, None, None] ** apart.clamp(min=0)).tril()
    torch.testing.assert_close(y, (q @ k.mT * kept) @ v, rtol=1e-6, atol=1e-5)  # decays are float32
    torch.testing.assert_close(state, (k * kept[:, -1, :, None]).mT @ v, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("form", FORMS)
def test_long_texts_stay_finite(form):
    """gamma^(n - m) for every pair, masked too late, is infinite times zero where n is thousands of steps before m."""
    draw = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, 1, 4096, 2, generator=draw) for _ in range(3))
    y, state = form(q, k, v, decay=decays(1))
    wanted, end = recurrent(q.double(), k.double(), v.double(), decay=decays(1).double())
    torch.testing.assert_close(y.double(), wanted, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(state.double(), end, rtol=1e-5, atol=1e-4)
