"""Linear attention, retention and gates against fla-core's reference implementations and transformers' Mamba-2 scan."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch
from jielong.mixers import gated, linear_attention, retention
from jielong.mixers.retention import decays
from transformers.models.bamba.modeling_bamba import mamba2_chunk_scan

from tests.mixers.grid import inputs


def naive(operation: str):
    """fla-core's pure PyTorch file alone: the rest of the package wants triton."""
    spec = importlib.util.find_spec("fla")
    path = Path(spec.submodule_search_locations[0], "ops", operation, "naive.py")
    spec = importlib.util.spec_from_file_location(f"naive_{operation}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def swap(x):
    """(B, H, T, ...) as (B, T, H, ...), or back."""
    return x.transpose(1, 2)


def compare(got, want):
    for mine, theirs in zip(got, want, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("form", ["recurrent", "parallel", "chunkwise"])
def test_linear_attention(form):
    case = inputs(128)
    q, k, v, state = case.values()
    y, last = naive("linear_attn").naive_recurrent_linear_attn(swap(q), swap(k), swap(v), 1.0, state, True)
    compare(getattr(linear_attention, form)(**case), (swap(y), last))


@pytest.mark.parametrize("form", ["recurrent", "parallel", "chunkwise"])
def test_normalised_linear_attention(form):
    q, k, v = inputs(128, state=False).values()
    q, k = linear_attention.elu_plus_one(q), linear_attention.elu_plus_one(k)
    want = naive("linear_attn").naive_chunk_linear_attn(swap(q), swap(k), swap(v), normalize=True)
    got, _ = linear_attention.normalised(getattr(linear_attention, form), q, k, v)
    torch.testing.assert_close(got, swap(want))


@pytest.mark.parametrize("form", ["recurrent", "parallel", "chunkwise"])
def test_retention(form):
    q, k, v = inputs(100, state=False).values()
    want = naive("retention").naive_retention(q, k, v) * 4  # it divides by the root of d_k = 16
    got, _ = getattr(retention, form)(q, k, v, decay=decays(3))
    torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("form", ["recurrent", "parallel", "chunkwise"])
def test_a_gate_per_head(form):
    case = inputs(100, gate="head")
    q, k, v, decay, state = (case[name] for name in ("q", "k", "v", "decay", "state"))
    got = getattr(gated, form)(**case)
    there = naive("simple_gla").naive_recurrent_simple_gla(*map(swap, (q, k, v, decay)), 1.0, state)
    compare(got, (swap(there[0]), there[1]))
    # Mamba-2's x, dt, A, B, C, where v = dt x and decay = dt A; its state is transposed
    x, dt, minus_one = v / -decay[..., None], -decay, -torch.ones(3)
    y, last = mamba2_chunk_scan(
        *map(swap, (x, dt)), minus_one, *map(swap, (k, q)), 32, initial_states=state.mT, return_final_states=True
    )
    compare(got, (swap(y), last.mT))


@pytest.mark.parametrize("form", ["recurrent", "parallel", "chunkwise"])
def test_a_gate_per_channel(form):
    case = inputs(100, gate="channel")
    q, k, v, decay, state = (case[name] for name in ("q", "k", "v", "decay", "state"))
    y, last = naive("gla").naive_recurrent_gla(*map(swap, (q * 4, k, v, decay)), state, True)
    compare(getattr(gated, form)(**case), (swap(y), last))
