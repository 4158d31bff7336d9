"""Every mixer as a layer and in a language model: pieces, padding, branches, and what it remembers."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from jielong.mixers import MIXERS, MixerConfig, PassContext
from jielong.mixers.layers import first_steps, unit
from jielong.model import Config, LanguageModel
from jielong.sampling import generate
from jielong.training import next_token_loss

HYBRID = ("gated", "attention")
KINDS = [*MIXERS, HYBRID]
CONSTANT = [name for name in MIXERS if name != "attention"]


def model_of(mixer, **changes) -> LanguageModel:
    torch.manual_seed(0)
    return LanguageModel(Config(**{"vocabulary": 61, "width": 24, "mixer": mixer, **changes})).double()


def ids_of(rows: int, time: int) -> torch.Tensor:
    return torch.randint(61, (rows, time), generator=torch.Generator().manual_seed(1))


def close(got: torch.Tensor, wanted: torch.Tensor) -> None:
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-10)


@pytest.mark.parametrize("cuts", [range(71), (0, 1, 70), (0, 33, 70), (0, 64, 66, 70)], ids=len)
@pytest.mark.parametrize("mixer", KINDS, ids=str)
@torch.no_grad()
def test_pieces_equal_the_whole(mixer, cuts):
    model, ids = model_of(mixer), ids_of(2, 70)
    whole, last = model(ids)
    state, pieces = None, []
    for start, end in pairwise(cuts):
        logits, state = model(ids[:, start:end], state)
        pieces.append(logits)
    close(torch.cat(pieces, dim=1), whole)
    for ours, wanted in zip(state.layers, last.layers, strict=True):
        for one, other in zip(ours, wanted, strict=True):
            close(one, other)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("mixer", KINDS, ids=str)
@torch.no_grad()
def test_a_row_with_padding_equals_the_row_alone(mixer, bias):
    model, ids, padding = model_of(mixer, bias=bias), ids_of(3, 12), torch.tensor([0, 5, 11])
    for name, parameter in model.named_parameters():  # biases of zero would hide what is written at padding
        if name.endswith("bias"):
            parameter.add_(torch.randn_like(parameter))
    logits, state = model(ids, padding=padding)
    more, state = model(ids[:, :2], state=state)
    last, _ = model(ids[:, 2:3], state=state)
    for i, pad in enumerate(padding.tolist()):
        alone, own = model(ids[i : i + 1, pad:])
        close(logits[i, pad:], alone[0])
        close(torch.cat((more[i], last[i])), model(ids[i : i + 1, :3], state=own)[0][0])


@pytest.mark.parametrize("mixer", KINDS, ids=str)
@torch.no_grad()
def test_a_state_can_be_branched(mixer):
    model = model_of(mixer)
    prompt, one, other = ids_of(2, 6), ids_of(2, 3), ids_of(2, 4)
    _, state = model(prompt)
    first, _ = model(one, state=state)
    close(model(other, state=state)[0], model(torch.cat((prompt, other), 1))[0][:, 6:])
    rows = torch.tensor([1, 1, 0])
    close(model(one[rows], state=state.rows(rows))[0], first[rows])


@pytest.mark.parametrize("mixer", KINDS, ids=str)
def test_generates_the_same_with_and_without_its_state(mixer):
    model, ids = model_of(mixer), ids_of(2, 5)
    torch.nn.init.normal_(model.embed.weight)
    wanted = ids
    for _ in range(12):
        with torch.no_grad():
            wanted = torch.cat((wanted, model(wanted)[0][:, -1:].argmax(-1)), dim=1)
    assert torch.equal(generate(model, ids, 12), wanted)
    padded = torch.cat((torch.zeros(2, 3, dtype=torch.long), ids), dim=1)
    assert torch.equal(generate(model, padded, 12, padding=torch.tensor([3, 3]))[:, 3:], wanted)


@pytest.mark.parametrize("mixer", KINDS, ids=str)
@torch.no_grad()
def test_logits_do_not_see_the_future(mixer):
    model, ids = model_of(mixer), ids_of(1, 70)
    changed = ids.clone()
    changed[0, 50] = (ids[0, 50] + 1) % 61
    before, after = model(ids)[0], model(changed)[0]
    close(before[:, :50], after[:, :50])
    assert (before[:, 50:60] - after[:, 50:60]).abs().amax(-1).min() > 1e-6


@pytest.mark.parametrize("mixer", KINDS, ids=str)
def test_every_parameter_learns(mixer):
    model = model_of(mixer)
    next_token_loss(model, ids_of(3, 20)).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("mixer", CONSTANT)
@torch.no_grad()
def test_the_state_stays_the_same_size(mixer):
    model = model_of(mixer)
    sizes = {model(ids_of(2, time))[1].floats for time in (1, 5, 90)}
    assert len(sizes) == 1
    state = model(ids_of(2, 90))[1]
    owned = sum(part.untyped_storage().nbytes() for layer in state.layers for part in layer) / 8
    assert owned == 2 * state.floats  # no part of the state keeps more alive than it shows


@torch.no_grad()
def test_state_sizes_by_hand():
    floats = {mixer: model_of(mixer, layers=1)(ids_of(2, 9))[1].floats for mixer in ("attention", "gated", "lstm")}
    assert floats == {"attention": 2 * 9 * 24, "gated": 4 * 6 * 6 + 3 * 3 * 24, "lstm": 2 * 24}


@pytest.mark.parametrize("mixer", ["linear", "retention", "gated", "gated_channels"])
@torch.no_grad()
def test_shared_keys_and_values_equal_copies_of_them(mixer):
    few, many = model_of(mixer, kv_heads=2), model_of(mixer)
    weights = few.state_dict()
    for name, weight in weights.items():
        if name.endswith(("k.weight", "v.weight")):
            weights[name] = copies(weight)
        if name.endswith("convolution.weight"):
            q, k, v = weight.split([24, 12, 12])
            weights[name] = torch.cat((q, copies(k), copies(v)))
    many.load_state_dict(weights)
    close(few(ids_of(2, 20))[0], many(ids_of(2, 20))[0])


def copies(rows: torch.Tensor) -> torch.Tensor:
    """Each of two heads of 6 rows, twice."""
    return rows.unflatten(0, (2, 6)).repeat_interleave(2, dim=0).flatten(0, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mixer": ("gated", "atention")}, "mixer='atention' is unknown; there are .*'attention'"),
        ({"mixer": ("gated",) * 3}, r"mixer=\('gated', 'gated', 'gated'\) must be one name, or one for each of 2"),
        ({"mixer": ("attention", "lstm"), "causal": False}, "mixer='lstm' only ever looks back"),
    ],
)
def test_bad_hybrids_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        Config(**{"vocabulary": 61, **changes})


@pytest.mark.parametrize("mixer", ["linear", "gated"])
def test_heads_that_do_not_group_are_named(mixer):
    with pytest.raises(ValueError, match="heads=4 must be a multiple of kv_heads=3"):
        model_of(mixer, kv_heads=3)


# ------------------------------------------------------------------------------------------- with nothing said


def reach(layer: torch.nn.Module, time: int) -> int:
    """How many positions back the last output hangs on, itself included."""
    x = torch.randn(1, time, 24, requires_grad=True)
    (slope,) = torch.autograd.grad(layer(x, PassContext(causal=True))[0][0, -1].sum(), x)
    return int((slope[0].abs().sum(-1) > 0).sum())


@pytest.mark.parametrize("mixer", ["linear", "mamba"])
def test_the_short_convolution_sees_as_far_as_transformers(mixer):
    from transformers import Mamba2Config, MambaConfig

    layer = MIXERS[mixer](MixerConfig(24, 2))
    x = torch.randn(1, 9, layer.convolution.weight.shape[0], requires_grad=True)
    (slope,) = torch.autograd.grad(layer.convolution(x)[0][0, -1].sum(), x)
    seen = int((slope[0].abs().sum(-1) > 0).sum())
    assert seen == MambaConfig().conv_kernel == Mamba2Config().conv_kernel


def test_a_convolution_as_a_mixer_sees_64_positions():
    assert reach(MIXERS["convolution"](MixerConfig(24, 2)), 90) == 64


@torch.no_grad()
def test_the_gate_of_each_channel_goes_through_sixteen_numbers_and_starts_near_one():
    """GLA, section 4.4: W1 W2 of rank 16, and sigmoid(...)^(1/16)."""
    layer = MIXERS["gated_channels"](MixerConfig(48, 2))
    enter, leave = layer.forget
    assert torch.linalg.matrix_rank(leave.weight @ enter.weight) == 16
    for part in layer.parameters():
        part.zero_()
    k, v = torch.ones(2, 1, 2, 1, 24)
    _, one = layer.remember(torch.zeros(1, 1, 48), k, k, v, None)
    _, two = layer.remember(torch.zeros(1, 1, 48), k, 0 * k, v, one)
    torch.testing.assert_close(two / one, torch.full_like(one, 0.5 ** (1 / 16)))


@torch.no_grad()
def test_a_millionth_keeps_norms_and_lengths_from_dividing_by_zero():
    """Where the square is as large as what is added to it, a root of one half remains."""
    layer, small = MIXERS["delta"](MixerConfig(24, 2)), torch.full((1, 2, 1, 12), 1e-3)
    gate = torch.full_like(small, 100.0)
    torch.testing.assert_close(layer.finish(small, gate) / gate, torch.full_like(small, 0.5**0.5))
    short = small / 12**0.5
    torch.testing.assert_close(unit(short).norm(dim=-1), torch.full((1, 2, 1), 0.5**0.5))


def test_first_steps_last_from_a_thousandth_to_a_tenth_evenly_in_the_logarithm():
    """Mamba, section 3.6; as in transformers' configuration."""
    from transformers import MambaConfig

    low, high = MambaConfig().time_step_min, MambaConfig().time_step_max
    steps = torch.nn.functional.softplus(first_steps(20_000).double()).log()
    assert steps.min().exp().item() == pytest.approx(low, rel=0.01)
    assert steps.max().exp().item() == pytest.approx(high, rel=0.01)
    assert steps.mean().item() == pytest.approx(math.log(low * high) / 2, abs=0.03)


def test_memories_fade_at_rates_from_one_to_sixteen():
    """Mamba-2's heads, drawn evenly (its A_init_range); in Mamba, sixteen numbers in each channel, one by one."""
    rates = MIXERS["gated"](MixerConfig(4000, 4000, head_width=1)).clock.A_log.exp()
    assert rates.min().item() == pytest.approx(1, abs=0.05)
    assert rates.max().item() == pytest.approx(16, abs=0.05)
    assert MIXERS["mamba"](MixerConfig(8, 1)).A_log.exp()[0].tolist() == pytest.approx(range(1, 17))
