"""Tracing and intervening: against transformers' own values, and against the forward pass without them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager

import pytest
import torch
from jielong.interpretability.changes import add, each, nothing, project_out, put, put_heads, put_units
from jielong.mixers import MIXERS
from jielong.model import Config, LanguageModel
from jielong.sites import intervene, resume, sites, trace

from tests.conftest import llama_pair

PROMPT = "\nThe capital of France is"


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


COMES_OUT = {
    "mixer.q": "self_attn.q_proj",
    "mixer.k": "self_attn.k_proj",
    "mixer.v": "self_attn.v_proj",
    "mixer.out": "self_attn.o_proj",
    "feedforward.gate": "mlp.gate_proj",
    "feedforward.up": "mlp.up_proj",
    "feedforward.out": "mlp.down_proj",
}
GOES_IN = {
    "mixer.heads": "self_attn.o_proj",
    "mid": "post_attention_layernorm",
    "feedforward.activation": "mlp.down_proj",
}
"""Our sites in a block, and which part of transformers' layer says, or hears, the same."""


@contextmanager
def overheard(peer, layers):
    """What transformers' layers compute within the block, by the names of our sites."""
    said: dict[str, torch.Tensor] = {}

    def keep(name, heard):
        return lambda _module, args, out: said.update({name: args[0] if heard else out})

    places = [
        (n, name, part, heard)
        for n in layers
        for heard, names in enumerate((COMES_OUT, GOES_IN))
        for name, part in names.items()
    ]
    with ExitStack() as hooked:
        for n, name, part, heard in places:
            module = peer.model.layers[n].get_submodule(part)
            hooked.callback(module.register_forward_hook(keep(f"blocks.{n}.{name}", heard)).remove)
        peer.set_attn_implementation("eager")  # the other one tells no attention weights
        hooked.callback(peer.set_attn_implementation, "sdpa")
        yield said


@torch.inference_mode()
def test_values_equal_transformers_on_the_real_weights(smollm2, peer):
    model, tokenizer = smollm2
    ids = torch.tensor([tokenizer.encode(PROMPT)])
    with overheard(peer, (0, 7, 29)) as theirs:
        output = peer(ids, output_hidden_states=True, output_attentions=True)
    with trace(model) as seen:
        model(ids)
    assert len(theirs) == 3 * (len(COMES_OUT) + len(GOES_IN))
    for name, value in theirs.items():
        ours = seen[name].reshape(value.shape)
        assert (ours - value).norm() < 1e-4 * value.norm(), name
    for n, (hidden, pattern) in enumerate(zip(output.hidden_states, output.attentions, strict=False)):
        assert (seen[f"blocks.{n}.in"] - hidden).norm() < 1e-4 * hidden.norm()
        assert (seen[f"blocks.{n}.mixer.pattern"] - pattern).abs().max() < 1e-4
    assert (seen["norm"] - output.hidden_states[-1]).norm() < 1e-4 * seen["norm"].norm()
    assert (seen["logits"] - output.logits).abs().max() < 1e-3


@torch.inference_mode()
def test_a_change_in_the_middle_equals_the_same_change_in_transformers():
    ours, theirs = llama_pair()
    ids = torch.randint(61, (2, 9), generator=torch.Generator().manual_seed(0))
    vector = torch.randn(32, generator=torch.Generator().manual_seed(1))
    handle = theirs.model.layers[0].mlp.register_forward_hook(lambda _m, _a, out: out + vector)
    wanted = theirs(ids).logits
    handle.remove()
    with intervene(ours, {"blocks.0.feedforward.out": add(vector)}):
        got, _ = ours(ids)
    assert (got - wanted).abs().max() < 1e-4
    assert (wanted - theirs(ids).logits).abs().max() > 1e-2


@torch.inference_mode()
@pytest.mark.parametrize("mixer", sorted(MIXERS))
@pytest.mark.parametrize("plain", [True, False])
def test_every_site_of_every_mixer_is_seen_and_the_stream_is_the_sum(mixer, plain, ids):
    torch.manual_seed(0)
    options = {} if plain else {"gated": False, "norm": "layer", "tied": False}
    model = LanguageModel(Config(vocabulary=23, width=16, layers=2, heads=4, hidden=24, mixer=mixer, **options)).eval()
    wanted, _ = model(ids)
    with trace(model) as seen:
        got, state = model(ids)
    assert list(seen)
    assert set(seen) == set(sites(model))
    assert torch.allclose(got, wanted, atol=1e-5)
    assert torch.equal(seen["logits"], got)
    for n in range(2):
        at = f"blocks.{n}"
        assert torch.equal(seen[f"{at}.mid"], seen[f"{at}.in"] + seen[f"{at}.mixer.out"])
        assert torch.equal(seen[f"{at}.out"], seen[f"{at}.mid"] + seen[f"{at}.feedforward.out"])
        assert seen[f"{at}.mixer.state"] is state.layers[n]
        written = seen[f"{at}.feedforward.activation"] @ model.blocks[n].feedforward.down.weight.T
        assert torch.allclose(written, seen[f"{at}.feedforward.out"], atol=1e-6)
    if mixer == "attention":
        assert torch.allclose(seen["blocks.1.mixer.pattern"].sum(-1), torch.ones(2, 4, 7), atol=1e-6)
    assert "mixer.q" in " ".join(seen) or mixer in ("mamba", "rnn", "lstm", "convolution")


@torch.inference_mode()
def test_heads_add_up_to_what_the_mixer_adds(small, ids):
    with trace(small, "blocks.*.mixer.*") as seen:
        small(ids)
    o = small.blocks[1].mixer.o.weight.unflatten(1, (4, 4))
    parts = torch.einsum("bthd,whd->bthw", seen["blocks.1.mixer.heads"], o)
    assert torch.allclose(parts.sum(2), seen["blocks.1.mixer.out"], atol=1e-6)


@torch.inference_mode()
def test_an_empty_intervention_changes_nothing_bit_for_bit(small, ids):
    wanted, _ = small(ids)
    with intervene(small, {}):
        assert torch.equal(small(ids)[0], wanted)
    everywhere = {name: nothing for name in sites(small) if not name.endswith(("pattern", "scores"))}
    with intervene(small, everywhere), trace(small, *everywhere) as seen:
        assert torch.equal(small(ids)[0], wanted)
    assert torch.equal(seen["logits"], wanted)
    with intervene(small, {"blocks.*.mixer.pattern": nothing}):
        assert torch.allclose(small(ids)[0], wanted, atol=1e-6)


@torch.inference_mode()
@pytest.mark.parametrize("name", sorted(sites(LanguageModel(Config(vocabulary=5, width=4, layers=1, heads=2)))))
def test_a_change_at_any_site_reaches_the_logits(name, ids):
    if name.endswith("state"):
        pytest.skip("a state acts on the next call")
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=23, width=16, layers=1, heads=2, positions="none")).eval()
    wanted, _ = model(ids)
    with intervene(model, {name: lambda x: x.flip(-1)}):
        assert (model(ids)[0] - wanted).abs().max() > 1e-4


@torch.inference_mode()
@pytest.mark.parametrize("mixer", sorted(MIXERS))
def test_a_changed_state_acts_on_what_comes_after(mixer, ids):
    torch.manual_seed(0)
    model = LanguageModel(Config(vocabulary=23, width=16, layers=2, heads=4, mixer=mixer)).eval()
    _, state = model(ids[:, :5])
    wanted, _ = model(ids[:, 5:], state)
    with intervene(model, {"blocks.0.mixer.state": lambda s: type(s)(*(part * 0 for part in s))}):
        _, wiped = model(ids[:, :5])
    assert (model(ids[:, 5:], wiped)[0] - wanted).abs().max() > 1e-5


@torch.inference_mode()
def test_interventions_compose_from_outside_to_inside(small, ids):
    with trace(small, "blocks.1.mid") as before:
        small(ids)
    with (
        intervene(small, {"blocks.1.mid": lambda x: 2 * x}),
        trace(small, "blocks.1.mid") as between,
        intervene(small, {"blocks.1.mid": lambda x: x + 1}),
        trace(small, "blocks.1.mid", "blocks.1.out") as after,
    ):
        got, _ = small(ids)
    assert torch.equal(between["blocks.1.mid"], 2 * before["blocks.1.mid"])
    assert torch.equal(after["blocks.1.mid"], 2 * before["blocks.1.mid"] + 1)
    assert torch.allclose(resume(small, after["blocks.1.out"], 2), got, atol=1e-6)


def test_nothing_is_left_behind_whatever_happens(small, ids):
    wanted, _ = small(ids)
    with pytest.raises(RuntimeError), trace(small), intervene(small, {"blocks.*.out": put(0.0)}):
        raise RuntimeError
    first = {"blocks.1.mid": lambda x: x[:, 0]}
    wrong = pytest.raises(ValueError, match=r"'blocks.1.mid' must return \(2, 7, 16\).* gave \(2, 16\)")
    with wrong, trace(small), intervene(small, first):
        small(ids)
    with pytest.raises(ValueError, match="gave None"), intervene(small, {"norm": lambda x: None}):
        small(ids)
    with pytest.raises(ValueError, match="no site"), intervene(small, {"norm": nothing, "nrom": nothing}):
        pass
    assert hooks(small) == 0
    assert torch.equal(small(ids)[0], wanted)


def test_an_unknown_site_names_near_ones(small, ids):
    name = "blocks.1.feedforward.activation"
    with pytest.raises(ValueError, match=f"no site '{name}s' .*'{name}'"), trace(small, f"{name}s"):
        pass
    with pytest.raises(ValueError, match="no site 'blocks.7.*' here; "), trace(small, "blocks.7.*"):
        pass
    with trace(small, "blocks.*.out") as seen:
        with pytest.raises(ValueError, match="run the model"):
            seen["blocks.1.out"]
        small(ids)
    with pytest.raises(ValueError, match=r"'blocks.1.in' was not traced, only 'blocks.0.out', .*'blocks.2.out': name"):
        seen["blocks.1.in"]
    with pytest.raises(ValueError, match=r"'blocks.\*.out' means 3 sites here: use .stack\('blocks.\*.out'\)"):
        seen["blocks.*.out"]
    assert seen.stack("blocks.*.out").shape == (3, 2, 7, 16)


def test_gradients_reach_what_was_traced(small, ids):
    with trace(small) as seen:
        logits, _ = small(ids)
    floats = [name for name in seen if not name.endswith(("state", "blocks.2.mixer.k"))]
    for name in floats:
        (gradient,) = torch.autograd.grad(logits[:, -1].logsumexp(-1).sum(), seen[name], retain_graph=True)
        assert gradient.shape == seen[name].shape
        assert gradient.isfinite().all()
        assert gradient.abs().max() > 0 or name.endswith((".q", ".k", ".pattern")), name


@torch.inference_mode()
def test_the_model_can_be_resumed_from_any_layer(small):
    ids = torch.randint(23, (3, 6), generator=torch.Generator().manual_seed(3))
    padding = torch.tensor([0, 2, 3])
    with trace(small, "blocks.*.in", "blocks.2.out") as seen:
        wanted, _ = small(ids, padding=padding)
    for n in range(3):
        assert torch.equal(resume(small, seen[f"blocks.{n}.in"], n, padding), wanted)
    assert torch.equal(resume(small, seen["blocks.2.out"], 3, padding), wanted)
    with pytest.raises(ValueError, match="first=4, stop=3 must be from 0 to 3"):
        resume(small, seen["blocks.0.in"], 4)


def test_changes():
    x = torch.arange(24.0).reshape(2, 3, 4)
    before = x.clone()
    assert put(5.0, at=1)(x)[:, 1].eq(5).all()
    assert torch.equal(put(5.0, at=1)(x)[:, [0, 2]], x[:, [0, 2]])
    added = add(torch.ones(4), at=slice(1, None))(x) - x
    assert added[:, 0].eq(0).all()
    assert added[:, 1:].eq(1).all()
    direction = torch.tensor([3.0, 0, 4, 0])
    assert (project_out(direction)(x) @ direction).abs().max() < 1e-5
    assert torch.allclose(project_out(direction)(x)[..., [1, 3]], x[..., [1, 3]])
    units = put_units(torch.tensor([7.0, 8.0]), [0, 3], at=[0, 2])(x)[..., [0, 3]]
    assert units[0].tolist() == [[7, 8], [4, 7], [7, 8]]
    heads = x.unflatten(-1, (2, 2))
    without = put_heads(0.0, [1])(heads)
    assert torch.equal(without[..., 0, :], heads[..., 0, :])
    assert without[..., 1, :].eq(0).all()
    rows = each([nothing, put(0.0)])(x)
    assert torch.equal(rows[0], x[0])
    assert rows[1].eq(0).all()
    with pytest.raises(ValueError, match="changes: 1 of them, for a batch of 2"):
        each([nothing])(x)
    assert torch.equal(x, before)
