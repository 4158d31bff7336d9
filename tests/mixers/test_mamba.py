"""The selective scan against its recurrence in float64, against transformers', and as many gated linear attentions."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from jielong.mixers import gated
from jielong.mixers.mamba import chunkwise, recurrent, selective_scan
from torch.nn import functional as F
from transformers.models.mamba.modeling_mamba import mamba_selective_scan

from tests.mixers.grid import GRID, assert_exact, errors, outcome

FORMS = [recurrent, chunkwise]


def inputs(time, scale=1.0, batch=2, channels=6, n=5):
    """Arguments of a form; steps dt, and so log decays, are times ``scale``."""
    draw = torch.Generator().manual_seed(0)

    def normal(*shape):
        return torch.randn(shape, generator=draw)

    return {
        "x": normal(batch, time, channels),
        "dt": scale * F.softplus(normal(batch, time, channels) - 2),
        "A": -normal(channels, n).exp(),
        "B": normal(batch, time, n),
        "C": normal(batch, time, n),
        "D": normal(channels),
        "state": normal(batch, channels, n),
    }


def double(time, **options):
    return {name: x.double() for name, x in inputs(time, **options).items()}


@cache
def truth(time, scale):
    return outcome(recurrent, inputs(time, scale), torch.float64)


@pytest.mark.parametrize(("time", "scale"), GRID)
@pytest.mark.parametrize(
    ("form", "dtype"), [(recurrent, torch.float32), (chunkwise, torch.float32), (chunkwise, torch.float64)]
)
def test_forms_agree(form, time, scale, dtype):
    assert_exact(form, truth(time, scale), inputs(time, scale), dtype)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("time", [4, 35])
def test_gradients_by_finite_differences(form, time):
    leaves = [x.requires_grad_() for x in double(time, channels=3, n=2).values()]
    assert torch.autograd.gradcheck(form, leaves, fast_mode=time > 10)


def test_the_public_name_is_the_fast_form():
    assert selective_scan is chunkwise


@pytest.mark.parametrize("form", FORMS)
@torch.no_grad()
def test_each_channel_is_gated_linear_attention(form):
    """Query C, key B, value dt x, log decay dt A: what of the channel's memory fades is its own affair."""
    case = double(40)
    x, dt, A, B, C, D, state = case.values()
    y, last = form(**case)
    for d in range(x.shape[2]):
        value, decay = (dt * x)[:, None, :, d, None], (dt[:, :, d, None] * A[d])[:, None]
        wanted, end = gated.recurrent(C[:, None], B[:, None], value, decay=decay, state=state[:, None, d, :, None])
        torch.testing.assert_close(y[:, :, d], wanted[:, 0, :, 0] + D[d] * x[:, :, d])
        torch.testing.assert_close(last[:, d], end[:, 0, :, 0])


@pytest.mark.parametrize("form", FORMS)
@torch.no_grad()
def test_a_step_of_zero_passes_over_the_input(form):
    case = double(40)
    case["dt"][:, 20:] = 0
    _, state = form(**case)
    shorter = {name: x[:, :20] if name in ("x", "dt", "B", "C") else x for name, x in case.items()}
    torch.testing.assert_close(state, form(**shorter)[1])


@torch.no_grad()
def test_two_pieces_equal_the_whole():
    case = double(50)
    x, dt, A, B, C, D, state = case.values()
    whole, last = chunkwise(**case)
    first, state = chunkwise(x[:, :19], dt[:, :19], A, B[:, :19], C[:, :19], D, state)
    second, end = chunkwise(x[:, 19:], dt[:, 19:], A, B[:, 19:], C[:, 19:], D, state)
    torch.testing.assert_close(torch.cat((first, second), dim=1), whole)
    torch.testing.assert_close(end, last)


@pytest.mark.parametrize("form", FORMS)
def test_equals_transformers(form):
    """Values and gradients; theirs has time last, works in float32, and starts from nothing."""

    def theirs(x, dt, A, B, C, D):
        y, state = mamba_selective_scan(x.mT, dt.mT, A, B.mT, C.mT, D, return_last_state=True)
        return y.mT, state

    case = inputs(100)
    del case["state"]
    found = errors(form, outcome(theirs, case, torch.float32), case, torch.float32)
    assert max(found.values()) < 1e-5, found


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("x", lambda x: x[0]),
        ("dt", lambda x: x[:, 1:]),
        ("dt", lambda x: -x),
        ("A", lambda x: -x),
        ("A", lambda x: x.log()),
        ("A", lambda x: x.mT),
        ("B", lambda x: x[..., 1:]),
        ("C", lambda x: x[:1]),
        ("C", lambda x: x.double()),
        ("D", lambda x: x[1:]),
        ("state", lambda x: x.mT),
    ],
)
def test_bad_input_is_named(form, name, wrong):
    case = inputs(5)
    with pytest.raises(ValueError, match=f"^{name} "):
        form(**{**case, name: wrong(case[name])})
