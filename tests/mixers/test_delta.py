"""The delta rules against their recurrence in float64, where keys repeat, too, and against transformers' own forms."""

from __future__ import annotations

import pytest
import torch
from grid import GRID, TIMES, assert_exact, assert_gradients, inputs
from jielong.mixers import gated
from jielong.mixers.delta import chunkwise, parallel, recurrent
from torch.nn import functional as F
from transformers.models.qwen3_next.modeling_qwen3_next import torch_chunk_gated_delta_rule

FORMS = [recurrent, parallel, chunkwise]


def unit_keys(case):
    """With longer keys a delta rule overshoots, and its memory grows without bound."""
    return {**case, "k": F.normalize(case["k"], dim=-1)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("time", "scale"), GRID)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gated_forms_agree(form, time, scale, dtype):
    case = unit_keys(inputs(time, gate="head", scale=scale, beta="random"))
    assert_exact(form, recurrent, case, dtype)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_forms_agree(form, time, dtype):
    assert_exact(form, recurrent, unit_keys(inputs(time, beta="random")), dtype)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("keys", ["repeated", "correlated"])
@pytest.mark.parametrize("beta", ["random", 1.0])
@pytest.mark.parametrize("gate", [None, "head"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_forms_agree_where_keys_meet_again(form, time, keys, beta, gate, dtype):
    case = inputs(time, gate=gate, beta=beta, keys=keys)
    assert_exact(form, recurrent, case, dtype, value=1e-5, gradient=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_by_finite_differences(form):
    # the finite differences must not take a decay above 0, or beta out of [0, 1]
    assert_gradients(form, inputs(5, beta="random", width=3))
    assert_gradients(form, inputs(5, gate="head", beta="random", width=3, scale=2.0))
    assert_gradients(form, unit_keys(inputs(70, gate="head", beta="random", width=2)))


@pytest.mark.parametrize("form", FORMS)
def test_beta_may_be_zero(form):
    """Nothing is written; the gradient says what writing would have done."""
    assert_exact(form, recurrent, unit_keys(inputs(100, gate="head", beta=0.0)))
