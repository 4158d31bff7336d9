"""A gradient by hand is never taken for what it is not."""

from __future__ import annotations

import pytest
import torch
from torch.autograd import forward_ad

from tests.mixers.test_contract import RULES, arguments

BY_HAND = [rule for rule in RULES if rule != "gated, channel"]


@pytest.mark.parametrize("rule", BY_HAND)
def test_forward_mode_is_refused(rule):
    case = arguments(rule, 66)
    with forward_ad.dual_level(), pytest.raises(NotImplementedError, match="You must implement the jvp function"):
        RULES[rule][0].chunkwise(**{name: forward_ad.make_dual(x, x) for name, x in case.items()})


@pytest.mark.parametrize("rule", BY_HAND)
def test_many_gradients_at_once_are_refused(rule):
    case = {name: x.requires_grad_() for name, x in arguments(rule, 66).items()}
    y, _ = RULES[rule][0].chunkwise(**case)
    with pytest.raises(RuntimeError, match="vmap|[Bb]atching rule"):
        torch.autograd.grad(y, list(case.values()), torch.ones(2, *y.shape).double(), is_grads_batched=True)


@pytest.mark.parametrize("rule", RULES)
def test_a_gradient_that_nobody_differentiates_again_holds_no_graph(rule):
    case = {name: x.requires_grad_() for name, x in arguments(rule, 66).items()}
    y, _ = RULES[rule][0].chunkwise(**case)
    first, *_ = torch.autograd.grad(y.sum(), list(case.values()), materialize_grads=True)
    assert not first.requires_grad
