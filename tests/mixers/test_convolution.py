"""The causal convolution against torch's own, and its one limit: it knows how far back, never what."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers import MixerConfig, PassContext
from jielong.mixers.convolution import CausalConvolution, Convolution
from torch.nn import functional as F


@pytest.mark.parametrize("window", [1, 3, 4, 8, 9, 64])
@pytest.mark.parametrize("time", [1, 2, 70])
def test_equals_torch(window, time):
    torch.manual_seed(0)
    ours = CausalConvolution(6, window, bias=True).double()
    torch.nn.init.normal_(ours.bias)
    x = torch.randn(2, time, 6, dtype=torch.float64, requires_grad=True)
    y, tail = ours(x)
    padded = F.pad(x.transpose(1, 2), (window - 1, 0))
    wanted = F.conv1d(padded, ours.weight[:, None], ours.bias, groups=6).transpose(1, 2)
    torch.testing.assert_close(y, wanted)
    torch.testing.assert_close(tail, padded[..., time:].transpose(1, 2))
    inputs = (x, ours.weight, ours.bias)
    weighing = torch.randn_like(y)
    for got, right in zip(
        torch.autograd.grad((y * weighing).sum(), inputs),
        torch.autograd.grad((wanted * weighing).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(got, right)


@torch.no_grad()
def test_what_comes_later_comes_out_later():
    torch.manual_seed(0)
    mixer, x = Convolution(MixerConfig(12, 3)).double(), torch.randn(1, 30, 12, dtype=torch.float64)
    late = torch.cat((torch.zeros(1, 7, 12, dtype=torch.float64), x), dim=1)
    torch.testing.assert_close(mixer(late, PassContext())[0][:, 7:], mixer(x, PassContext())[0])


def test_a_window_of_nothing_is_named():
    with pytest.raises(ValueError, match="window=0 must be at least 1"):
        CausalConvolution(6, 0)
