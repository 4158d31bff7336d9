"""Whole layers against public ones, with their weights: transformers' Mambas and gated delta, torch's attention."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from jielong.mixers import MIXERS, MixerConfig, PassContext
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, HEAD = 24, 3, 8


def text(time: int = 150) -> torch.Tensor:
    return torch.randn(2, time, WIDTH, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def shaken(module: nn.Module) -> Any:
    """Every parameter moved from where it starts, so that none is a one or a zero that could be left out."""
    torch.manual_seed(0)
    for parameter in module.parameters():
        parameter.add_(0.2 * torch.randn_like(parameter))
    return module.eval()


def same(ours: nn.Module, theirs: Any) -> None:
    """Equal outputs; equal gradients of the input; and the same in two pieces, the second from our state."""
    x = text()
    x.requires_grad_()
    y, wanted = ours(x, PassContext())[0], theirs(x)
    torch.testing.assert_close(y, wanted, rtol=1e-4, atol=2e-5)
    weighing = torch.randn(y.shape, generator=torch.Generator().manual_seed(2))
    (got,), (right,) = (torch.autograd.grad((out * weighing).sum(), x) for out in (y, wanted))
    assert (got - right).abs().max() < 3e-5 * right.abs().max()
    with torch.no_grad():
        first, state = ours(x[:, :77], PassContext())
        torch.testing.assert_close(
            torch.cat((first, ours(x[:, 77:], PassContext(), state)[0]), 1), wanted, rtol=1e-4, atol=2e-5
        )


def test_gated_delta_equals_qwen3_next():
    from transformers.models.qwen3_next.modeling_qwen3_next import Qwen3NextConfig, Qwen3NextGatedDeltaNet

    heads = {"linear_num_value_heads": HEADS, "linear_num_key_heads": HEADS}
    heads |= {"linear_key_head_dim": HEAD, "linear_value_head_dim": HEAD}
    # their queries are divided by the root of the head width, ours not; behind the norm that only scales its epsilon
    config = Qwen3NextConfig(hidden_size=WIDTH, num_hidden_layers=4, rms_norm_eps=1e-6 / HEAD, **heads)
    theirs = shaken(Qwen3NextGatedDeltaNet(config, 0))
    ours = MIXERS["gated_delta"](MixerConfig(WIDTH, HEADS, head_width=HEAD))
    q, k, v, z = theirs.in_proj_qkvz.weight.unflatten(0, (HEADS, 4, HEAD)).unbind(1)
    b, a = theirs.in_proj_ba.weight.unflatten(0, (HEADS, 2)).unbind(1)
    ours.load_state_dict(
        {
            **{f"{name}.weight": weight.flatten(0, 1) for name, weight in zip("qkv", (q, k, v), strict=True)},
            "gate.weight": z.flatten(0, 1),
            "beta.weight": b,
            "clock.dt.weight": a,
            "clock.dt.bias": theirs.dt_bias,
            "clock.A_log": theirs.A_log,
            "convolution.weight": theirs.conv1d.weight[:, 0],
            "norm.weight": theirs.norm.weight,
            "o.weight": theirs.out_proj.weight,
        }
    )
    same(ours, theirs)


def test_gated_equals_mamba_2():
    from transformers.models.mamba2.modeling_mamba2 import Mamba2Config, Mamba2Mixer

    shape = {"hidden_size": WIDTH, "num_heads": HEADS, "head_dim": HEAD, "n_groups": HEADS, "state_size": HEAD}
    config = Mamba2Config(expand=1, use_conv_bias=False, layer_norm_epsilon=1e-6, num_hidden_layers=1, **shape)
    theirs = shaken(Mamba2Mixer(config, 0))
    ours = MIXERS["gated"](MixerConfig(WIDTH, HEADS, head_width=HEAD))
    z, x, B, C, dt = theirs.in_proj.weight.split([WIDTH] * 4 + [HEADS])
    conv_x, conv_B, conv_C = theirs.conv1d.weight[:, 0].split(WIDTH)
    ours.load_state_dict(
        {
            "q.weight": C,
            "k.weight": B,
            "v.weight": x,
            "gate.weight": z,
            "clock.dt.weight": dt,
            "clock.dt.bias": theirs.dt_bias,
            "clock.A_log": theirs.A_log,
            "D": theirs.D,
            "convolution.weight": torch.cat((conv_C, conv_B, conv_x)),
            "norm.weight": torch.ones(HEAD),
            "o.weight": theirs.out_proj.weight * theirs.norm.weight,  # their norm weighs each channel of each head
        }
    )
    same(ours, theirs)


@pytest.mark.parametrize("head_width", [None, HEAD])
def test_mamba_equals_mamba(head_width):
    from transformers.models.mamba.modeling_mamba import MambaConfig, MambaMixer

    expand = 1 if head_width else 2  # the paper's, unless told otherwise
    theirs = shaken(MambaMixer(MambaConfig(hidden_size=WIDTH, expand=expand, num_hidden_layers=1), 0))
    ours = MIXERS["mamba"](MixerConfig(WIDTH, HEADS, head_width=head_width))
    u, gate = theirs.in_proj.weight.chunk(2)
    ours.load_state_dict(
        {
            "u.weight": u,
            "gate.weight": gate,
            "convolution.weight": theirs.conv1d.weight[:, 0],
            "convolution.bias": theirs.conv1d.bias,
            "select.weight": theirs.x_proj.weight,
            "dt.weight": theirs.dt_proj.weight,
            "dt.bias": theirs.dt_proj.bias,
            "A_log": theirs.A_log,
            "D": theirs.D,
            "o.weight": theirs.out_proj.weight,
        }
    )
    same(ours, theirs)


@pytest.mark.parametrize("kv_heads", [3, 1])
def test_attention_equals_scaled_dot_product_attention(kv_heads):
    mixer = shaken(MIXERS["attention"](MixerConfig(WIDTH, HEADS, kv_heads, HEAD)))

    def theirs(x: torch.Tensor) -> torch.Tensor:
        q, k, v = (layer(x).unflatten(-1, (-1, HEAD)).transpose(1, 2) for layer in (mixer.q, mixer.k, mixer.v))
        k, v = (part.repeat_interleave(HEADS // kv_heads, dim=1) for part in (k, v))
        return mixer.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))

    x = text(20)
    torch.testing.assert_close(mixer(x, PassContext(causal=True))[0], theirs(x))
