"""The lecture's general form against torch's recurrent networks, with their weights."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers import MixerConfig, PassContext, linear_attention
from jielong.mixers.recurrent import LSTM, RNN, Functions, fixed, gated, gates, plain, recurrent
from torch import nn


def text(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("time", [1, 2, 40])
@torch.no_grad()
def test_the_lstm_is_a_case_of_the_general_form(time):
    torch.manual_seed(0)
    cell = nn.LSTM(5, 7, batch_first=True).double()
    x, y, memory = text(3, time, 5), text(3, 7), text(3, 7)
    ours, last = recurrent(x, gated(cell), memory, y)
    wanted, (_, wanted_memory) = cell(x, (y[None], memory[None]))
    torch.testing.assert_close(ours, wanted, rtol=0, atol=1e-15)
    torch.testing.assert_close(last, wanted_memory[0], rtol=0, atol=2e-15)


@torch.no_grad()
def test_the_plain_network_is_a_case_of_the_general_form():
    torch.manual_seed(0)
    cell = nn.RNN(5, 7, batch_first=True).double()
    x, memory = text(3, 40, 5), text(3, 7)
    ours, last = recurrent(x, plain(cell), memory)
    wanted, state = cell(x, memory.tanh()[None])
    torch.testing.assert_close(ours, wanted, rtol=0, atol=1e-15)
    torch.testing.assert_close(last.tanh(), state[0], rtol=0, atol=1e-15)


@torch.no_grad()
def test_linear_attention_is_a_case_of_the_general_form():
    q, k, v = text(2, 3, 40, 4), text(2, 3, 40, 4) + 1, text(2, 3, 40, 6)

    def rule(now, before):
        q, k, v = now.split([4, 4, 6], dim=-1)
        return Functions(
            lambda S: S, lambda now: k[..., :, None] * v[..., None, :], lambda S: (q[..., None, :] @ S)[..., 0, :]
        )

    together = torch.cat((q, k, v), dim=-1).transpose(1, 2)
    y, memory = recurrent(together, rule, torch.zeros(2, 3, 4, 6, dtype=torch.float64))
    wanted, state = linear_attention.recurrent(q, k, v)
    torch.testing.assert_close(y.transpose(1, 2), wanted)
    torch.testing.assert_close(memory, state)


@torch.no_grad()
def test_an_average_is_a_case_of_the_general_form():
    x = torch.tensor([[[1.0], [2.0], [4.0]]])
    y, last = recurrent(x, fixed(lambda H: H / 2, lambda x: x / 2, lambda H: 10 * H), torch.zeros(1, 1))
    assert y.flatten().tolist() == [5.0, 12.5, 26.25]
    assert last.item() == 2.625


@torch.no_grad()
def test_gates_say_what_is_kept_written_and_read():
    torch.manual_seed(0)
    layer = LSTM(MixerConfig(8, 2)).double()
    x, memory = text(3, 20, 8), torch.zeros(3, 8, dtype=torch.float64)
    gate, (y, _) = layer.gates(x, PassContext()), layer.cell(x)
    for t in range(20):
        memory = gate.forget[:, t] * memory + gate.input[:, t] * gate.candidate[:, t]
        torch.testing.assert_close(gate.output[:, t] * memory.tanh(), y[:, t])
    one = gates(layer.cell, x[:, 7], y[:, 6])
    torch.testing.assert_close(one.forget, gate.forget[:, 7])


@torch.no_grad()
def test_a_new_lstm_forgets_little():
    torch.manual_seed(0)
    gate = LSTM(MixerConfig(64, 4)).gates(torch.randn(2, 30, 64), PassContext())
    assert 0.65 < gate.forget.mean() < 0.8
    assert 0.45 < gate.input.mean() < 0.55


@pytest.mark.parametrize("Layer", [RNN, LSTM])
@torch.no_grad()
def test_a_step_of_padding_leaves_the_state_as_it_was(Layer):
    torch.manual_seed(0)
    layer, x = Layer(MixerConfig(8, 2)).double(), text(3, 1, 8)
    padded = PassContext(valid=torch.tensor([[True], [False], [True]]))
    before = None
    for _ in range(2):  # from nothing, and from something
        y, state = layer(x, padded, before)
        free, wanted = layer(x, PassContext(), before)
        torch.testing.assert_close(y[[0, 2]], free[[0, 2]])
        assert torch.equal(y[1], layer.o(torch.zeros(1, 8).double()))
        for i, part in enumerate(state):
            torch.testing.assert_close(part[[0, 2]], wanted[i][[0, 2]])
            assert torch.equal(part[1], torch.zeros(8).double() if before is None else before[i][1])
        before = layer(text(3, 4, 8), PassContext())[1]


@pytest.mark.parametrize(("Layer", "Cell"), [(RNN, nn.RNN), (LSTM, nn.LSTM)])
@torch.no_grad()
def test_layers_equal_torch_on_each_row_alone(Layer, Cell):
    torch.manual_seed(0)
    layer, cell = Layer(MixerConfig(8, 2)).double(), Cell(8, 8).double()
    cell.load_state_dict(layer.cell.state_dict())
    x, padding = text(3, 9, 8), [0, 4, 8]
    valid = torch.arange(9) >= torch.tensor(padding)[:, None]
    y, state = layer(x, PassContext(valid=valid))
    for row, pad in enumerate(padding):
        wanted, after = cell(x[row, pad:])
        torch.testing.assert_close(y[row, pad:], layer.o(wanted), rtol=0, atol=1e-14)
        for ours, theirs in zip(state, after if Cell is nn.LSTM else (after,), strict=True):
            torch.testing.assert_close(ours[row], theirs[0], rtol=0, atol=1e-14)
