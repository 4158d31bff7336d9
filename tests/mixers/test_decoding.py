"""Step by step, for a long time: nothing drifts in half precision, and nobody waits for a number from the device."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers import MIXERS, MixerConfig, PassContext
from torch.utils._python_dispatch import TorchDispatchMode

from tests.mixers.test_contract import RULES, arguments

STEPS = 4000
RUNS = [*((rule, torch.bfloat16) for rule in RULES), ("linear", torch.float16), ("gated delta", torch.float16)]


@pytest.mark.parametrize(("rule", "dtype"), RUNS)
@torch.no_grad()
def test_decoding_drifts_no_more_than_chunks_do(rule, dtype):
    """In the state, against the recurrence in float64 on the same numbers."""
    module, axis = RULES[rule][0], 1 if rule == "mamba" else 2
    case = {name: x.to(dtype) for name, x in arguments(rule, STEPS).items()}
    _, truth = module.recurrent(**{name: x.double() for name, x in case.items()})
    _, by_chunks = module.chunkwise(**case)
    state = case.pop("state")
    texts = {name: x.split(1, axis) for name, x in case.items() if x.shape[axis:][:1] == (STEPS,)}
    fixed = {name: x for name, x in case.items() if name not in texts}
    for t in range(STEPS):
        _, state = module.recurrent(**{name: x[t] for name, x in texts.items()}, **fixed, state=state)
    assert state.dtype == by_chunks.dtype == torch.float32
    drift, error = ((x - truth).norm() / truth.norm() for x in (state, by_chunks))
    assert drift <= error + 1e-5  # float32's own: a fixed gamma is rounded the same way 4,000 times


class Waits(TorchDispatchMode):
    """Refuses what makes the program wait for the device: a number, or how many there are of something."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        assert name not in ("item", "nonzero", "_local_scalar_dense"), f"{name} waits for the device"
        return function(*args, **(kwargs or {}))


def test_a_number_is_waited_for():
    with pytest.raises(AssertionError, match="_local_scalar_dense waits"), Waits():
        torch.ones(()).item()


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("name", MIXERS)
@torch.no_grad()
def test_a_step_waits_for_nothing(name, padded):
    torch.manual_seed(0)
    layer, x = MIXERS[name](MixerConfig(12, 2)), torch.randn(3, 8, 12)
    valid = torch.arange(8) >= torch.tensor([[0], [2], [5]]) if padded else None
    _, state = layer(x[:, :7], PassContext(valid=None if valid is None else valid[:, :7]))
    with Waits():
        layer(x[:, 7:], PassContext(valid=None if valid is None else valid[:, 7:]), state)
