"""The delta rules against their recurrence in float64, where keys meet again, too, and against transformers' forms."""

from __future__ import annotations

import inspect
from functools import cache
from itertools import product

import pytest
import torch
from jielong.mixers import linear_attention
from jielong.mixers.delta import chunkwise, parallel, recurrent
from torch.nn import functional as F
from transformers.models.qwen3_next.modeling_qwen3_next import torch_chunk_gated_delta_rule

from tests.mixers.grid import GRID, TIMES, assert_exact, assert_gradients, errors, inputs, outcome

FORMS = [recurrent, parallel, chunkwise]
# the truth is the recurrence in float64
RUNS = [(recurrent, torch.float32), *product([parallel, chunkwise], [torch.float32, torch.float64])]


def unit_keys(time, **options):
    """Arguments of a form, with keys of length one: with longer ones the memory would grow."""
    case = inputs(time, **options)
    return {**case, "k": F.normalize(case["k"], dim=-1)}


def double(time, **options):
    case = {name: x.double() for name, x in inputs(time, **options).items()}
    return {**case, "k": F.normalize(case["k"], dim=-1)}  # of length one to more digits than float32 has


@cache
def with_truth(time, **options):
    case = unit_keys(time, **options)
    return case, outcome(recurrent, case, torch.float64)


@pytest.mark.parametrize(("time", "scale"), GRID)
@pytest.mark.parametrize(("form", "dtype"), RUNS)
def test_gated_forms_agree(form, time, scale, dtype):
    arguments, truth = with_truth(time, gate="head", scale=scale, beta="random")
    assert_exact(form, truth, arguments, dtype)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize(("form", "dtype"), RUNS)
def test_forms_agree(form, time, dtype):
    arguments, truth = with_truth(time, beta="random")
    # of 1000 keys with 16 numbers, many are alike; one chunk at a time has little of that
    value = 2e-6 if form is parallel and time == 1000 else 1e-6
    assert_exact(form, truth, arguments, dtype, value=value)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("gate", [None, "head"])
@pytest.mark.parametrize(("keys", "beta"), [("repeated", 1.0), ("correlated", 1.0), ("correlated", "random")])
@pytest.mark.parametrize(("form", "dtype"), RUNS)
def test_forms_agree_where_keys_meet_again(form, time, keys, beta, gate, dtype):
    arguments, truth = with_truth(time, gate=gate, beta=beta, keys=keys)
    assert_exact(form, truth, arguments, dtype, value=1e-5, gradient=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_by_finite_differences(form):
    # at these gates no finite difference makes a decay positive, or beta more than 1
    assert_gradients(form, inputs(4, beta="random", width=2))
    assert_gradients(form, inputs(4, gate="head", beta="random", width=2, scale=2.0))


@pytest.mark.parametrize("form", FORMS)
def test_where_nothing_is_written_the_gradient_says_what_writing_would_do(form):
    arguments, truth = with_truth(100, gate="head", beta=0.0)
    assert truth["d beta"].norm() > 0
    assert_exact(form, truth, arguments)


@pytest.mark.parametrize("form", FORMS)
@torch.no_grad()
def test_a_new_value_takes_the_old_ones_place(form):
    """With unit keys and beta = 1, the memory answers the last key with the last value, whatever was there."""
    arguments = double(70, beta=1.0, keys="repeated")
    _, state = form(**arguments)
    answer = (arguments["k"][:, :, -1, None] @ state).squeeze(2)
    torch.testing.assert_close(answer, arguments["v"][:, :, -1])


@pytest.mark.parametrize("form", FORMS)
@torch.no_grad()
def test_beta_of_zero_writes_nothing(form):
    arguments = double(70, beta=0.0)
    y, state = form(**arguments)
    torch.testing.assert_close(state, arguments["state"])
    torch.testing.assert_close(y, arguments["q"] @ state)


@pytest.mark.parametrize("form", FORMS)
def test_a_step_is_one_of_gradient_descent(form):
    arguments = double(1, beta="random")
    before = arguments["state"].clone().requires_grad_()
    loss = (arguments["v"] - arguments["k"] @ before).square().sum((-2, -1)) / 2
    (gradient,) = torch.autograd.grad(loss.sum(), before)
    _, after = form(**arguments)
    torch.testing.assert_close(after, (before - arguments["beta"][..., None] * gradient).detach())


@pytest.mark.parametrize("form", FORMS)
@torch.no_grad()
def test_where_keys_are_orthogonal_there_is_nothing_to_erase(form):
    arguments = double(16, beta=1.0)
    arguments["k"], _ = torch.linalg.qr(arguments["k"])
    del arguments["beta"], arguments["state"]
    wanted = linear_attention.recurrent(**arguments)
    for got, want in zip(form(**arguments, beta=torch.ones(2, 3, 16).double()), wanted, strict=True):
        torch.testing.assert_close(got, want)


@pytest.mark.parametrize("form", FORMS)
def test_a_gate_that_is_shut_forgets_everything(form):
    """exp(-inf) = 0: only what was written since counts, and nothing becomes nan."""
    arguments = double(100, gate="head", beta="random")
    arguments["decay"][:, :, 80] = -torch.inf
    leaves = {name: x.requires_grad_() for name, x in arguments.items()}
    y, state = form(**leaves)
    wanted, end = form(**{name: x[:, :, 80:] for name, x in arguments.items() if name != "state"})
    torch.testing.assert_close(y[:, :, 80:], wanted)
    torch.testing.assert_close(state, end)
    gradients = torch.autograd.grad(y.sum() + state.sum(), list(leaves.values()))
    assert all(gradient.isfinite().all() for gradient in gradients)


@torch.no_grad()
@pytest.mark.parametrize("gate", [None, "head"])
def test_two_pieces_equal_the_whole(gate):
    arguments = double(100, gate=gate, beta="random")
    state = arguments.pop("state")
    whole, last = chunkwise(**arguments, state=state)
    first, state = chunkwise(**{name: x[:, :, :37] for name, x in arguments.items()}, state=state)
    second, end = chunkwise(**{name: x[:, :, 37:] for name, x in arguments.items()}, state=state)
    torch.testing.assert_close(torch.cat((first, second), dim=2), whole)
    torch.testing.assert_close(end, last)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("gate", [None, "head"])
def test_equals_transformers(form, gate):
    """Values and gradients. Theirs has time before heads, divides q by sqrt(d_k) and works in float32."""

    def theirs(q, k, v, beta, state, decay=None):
        decay = torch.zeros_like(beta) if decay is None else decay
        q, k, v, g, beta = (x.transpose(1, 2) for x in (q * q.shape[-1] ** 0.5, k, v, decay, beta))
        rule = inspect.unwrap(torch_chunk_gated_delta_rule)  # which would hand over to a GPU's kernel
        y, state = rule(q, k, v, g, beta, initial_state=state, output_final_state=True)
        return y.transpose(1, 2), state

    arguments, _ = with_truth(100, gate=gate, beta="random")
    found = errors(form, outcome(theirs, arguments, torch.float32), arguments, torch.float32)
    assert max(found.values()) < 1e-5, found


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("beta", lambda x: x + 1),
        ("beta", lambda x: x[:, :1]),
        ("decay", lambda x: -x),
        ("decay", lambda x: x[..., None]),
        ("k", lambda x: x[:, :, 1:]),
        ("v", lambda x: x.double()),
        ("state", lambda x: x.mT),
    ],
)
def test_bad_input_is_named(form, name, wrong):
    arguments = inputs(5, gate="head", beta="random")
    with pytest.raises(ValueError, match=f"^{name} "):
        form(**{**arguments, name: wrong(arguments[name])})
