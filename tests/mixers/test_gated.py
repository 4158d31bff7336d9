"""Gated linear attention against its recurrence in float64, at gates so strong that careless forms overflow."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers import linear_attention
from jielong.mixers.gated import between, chunkwise, parallel, recurrent

from tests.mixers.grid import GRID, assert_exact, assert_gradients, inputs, outcome

FORMS = [recurrent, parallel, chunkwise]
GATES = ["head", "channel"]


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize(("time", "scale"), GRID)
def test_forms_agree(gate, time, scale):
    case = inputs(time, gate=gate, scale=scale)
    truth = outcome(recurrent, case, torch.float64)
    assert_exact(recurrent, truth, case)
    forms = [chunkwise] if gate == "channel" and time > 100 else [parallel, chunkwise]  # parallel is for short texts
    for form in forms:
        assert_exact(form, truth, case)
        assert_exact(form, truth, case, torch.float64)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("gate", GATES)
def test_gradients_by_finite_differences(form, gate):
    # the finite differences must not make a decay positive
    assert_gradients(form, inputs(5, gate=gate, width=3, scale=2.0))
    assert_gradients(form, inputs(70, gate=gate, width=1))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("gate", GATES)
def test_a_gate_that_is_shut_forgets_everything(form, gate):
    """exp(-inf) = 0: only what was written since counts, and nothing becomes nan."""
    case = inputs(100, gate=gate)
    case["decay"][:, :, 80] = -torch.inf
    y, state = form(**case)
    again = {name: x[:, :, 80:] for name, x in case.items() if name != "state"}
    wanted, end = form(**again)
    torch.testing.assert_close(y[:, :, 80:], wanted)
    torch.testing.assert_close(state, end)
    assert y.isfinite().all()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("gate", GATES)
def test_an_open_gate_is_linear_attention(form, gate):
    case = {name: x.double() for name, x in inputs(70, gate=gate).items()}
    decay = torch.zeros_like(case.pop("decay"))
    for got, want in zip(form(**case, decay=decay), linear_attention.recurrent(**case), strict=True):
        torch.testing.assert_close(got, want)


def test_two_pieces_equal_the_whole():
    for gate in GATES:
        case = {name: x.double() for name, x in inputs(100, gate=gate).items()}
        state = case.pop("state")
        whole, last = chunkwise(**case, state=state)
        first, state = chunkwise(**{name: x[:, :, :37] for name, x in case.items()}, state=state)
        second, end = chunkwise(**{name: x[:, :, 37:] for name, x in case.items()}, state=state)
        torch.testing.assert_close(torch.cat((first, second), dim=2), whole)
        torch.testing.assert_close(end, last)


def test_between_sums_the_decays_after_j_up_to_i():
    decay = -torch.rand(1, 1, 6, 2)
    for i in range(6):
        for j in range(6):
            wanted = sum((decay[0, 0, t] for t in range(j + 1, i + 1)), torch.zeros(2))
            torch.testing.assert_close(between(decay)[0, 0, i, j], wanted)
