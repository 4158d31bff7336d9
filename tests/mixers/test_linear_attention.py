"""Linear attention against its recurrence in float64, and against the sums that define it."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers.linear_attention import chunkwise, elu_plus_one, hedgehog, normalised, parallel, recurrent

from tests.mixers.grid import TIMES, assert_exact, assert_gradients, inputs, outcome

FORMS = [recurrent, parallel, chunkwise]


@pytest.mark.parametrize("time", TIMES)
def test_forms_agree(time):
    case = inputs(time)
    truth = outcome(recurrent, case, torch.float64)
    assert_exact(recurrent, truth, case)
    for form in (parallel, chunkwise):
        assert_exact(form, truth, case)
        assert_exact(form, truth, case, torch.float64)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_by_finite_differences(form):
    assert_gradients(form, inputs(5, width=3))
    assert_gradients(form, inputs(70, width=1))


@pytest.mark.parametrize("form", FORMS)
def test_each_read_is_a_sum_over_the_past(form):
    case = inputs(9, state=False)
    q, k, v = (case[name].double() for name in "qkv")
    y, state = form(q, k, v)
    for t in range(9):
        wanted = sum((q[:, :, t] * k[:, :, s]).sum(-1, keepdim=True) * v[:, :, s] for s in range(t + 1))
        torch.testing.assert_close(y[:, :, t], wanted)
    torch.testing.assert_close(state, torch.einsum("bhtk, bhtv -> bhkv", k, v))


@pytest.mark.parametrize("form", FORMS)
def test_two_pieces_equal_the_whole(form):
    case = {name: x.double() for name, x in inputs(100).items()}
    whole, last = form(**case)
    first, state = form(**{name: x[:, :, :37] for name, x in case.items() if name != "state"}, state=case["state"])
    second, end = form(**{name: x[:, :, 37:] for name, x in case.items() if name != "state"}, state=state)
    torch.testing.assert_close(torch.cat((first, second), dim=2), whole)
    torch.testing.assert_close(end, last)


@pytest.mark.parametrize("form", FORMS)
def test_normalised_is_a_weighted_mean(form):
    case = inputs(70, state=False)
    q, k, v = elu_plus_one(case["q"].double()), elu_plus_one(case["k"].double()), case["v"].double()
    y, state = normalised(form, q, k, v)
    weights = (q @ k.mT).tril()
    torch.testing.assert_close(y, weights / weights.sum(-1, keepdim=True) @ v)
    more, _ = normalised(form, q[:, :, :1], k[:, :, :1], v[:, :, :1], state)
    weights = torch.cat((q[:, :, :1] @ k.mT, q[:, :, :1] @ k[:, :, :1].mT), dim=-1)
    torch.testing.assert_close(more, weights / weights.sum(-1, keepdim=True) @ torch.cat((v, v[:, :, :1]), dim=2))


def test_feature_maps():
    x = torch.tensor([-2.0, 0.0, 3.0])
    torch.testing.assert_close(elu_plus_one(x), torch.tensor([torch.e**-2.0, 1.0, 4.0]))
    torch.testing.assert_close(hedgehog(x).sum(), torch.tensor(2.0))
    torch.testing.assert_close(hedgehog(x)[:3] / hedgehog(x)[2], (x - 3).exp())
    torch.testing.assert_close(hedgehog(x)[3:] / hedgehog(x)[3], (-2 - x).exp())
