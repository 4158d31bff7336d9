"""Tracing and intervening: against transformers' own values, and against the forward pass without them."""

from __future__ import annotations

import copy
import pickle
from contextlib import ExitStack, contextmanager
from io import BytesIO

import pytest
import torch
from jielong.interpretability.changes import add, nothing, put
from jielong.interpretability.lenses import streams
from jielong.mixers import MIXERS, Tap
from jielong.model import Config, LanguageModel
from jielong.sampling import generate
from jielong.scoring import logits_after
from jielong.sites import TRANSFORMER_LENS, intervene, resume, sites, trace
from torch import nn
from torch.nn.modules import module as torch_module

from tests.conftest import llama_pair
from tests.letters import letters
from tests.models import tiny

PROMPT = "\nThe capital of France is"


def hooks(model):
    """How many hooks hang in the model, or in torch for all models."""
    own = sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())
    return own + len(torch_module._global_forward_hooks) + len(torch_module._global_forward_pre_hooks)


COMES_OUT = {
    "norm1": "input_layernorm",
    "norm2": "post_attention_layernorm",
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
    wrong = pytest.raises(ValueError, match=r"must return \(2, 7, 16\) torch.float32, .* gave .* torch.float64")
    with wrong, intervene(small, {"norm": lambda x: x.double()}):
        small(ids)
    assert hooks(small) == 0
    assert not Tap.watchers
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


# ------------------------------------------------------------------------------------------------ copies in a block


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m)), lambda m: saved(m)],
    ids=["deepcopy", "pickle", "save"],
)
@torch.no_grad()
def test_a_copy_made_inside_a_block_is_like_any_other(small, ids, copied):
    wanted, _ = small(ids)
    with trace(small) as outer, intervene(small, {"blocks.*.out": put(0.0), "blocks.0.mixer.pattern": put(0.0)}):
        other = copied(small)
        assert all(not m._forward_hooks and not m._forward_pre_hooks for m in other.modules())
        assert torch.equal(other(ids)[0], wanted)
        assert not outer
        assert not torch.equal(small(ids)[0], wanted)
    assert torch.equal(other(ids)[0], wanted)
    assert torch.equal(small(ids)[0], wanted)


def saved(model):
    """The model, written to a file and read again."""
    file = BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


@torch.no_grad()
def test_another_model_in_the_block_is_left_alone(small, ids):
    other = tiny(layers=2)
    wanted, _ = other(ids)
    with trace(small) as seen, intervene(small, {"blocks.*.out": put(0.0)}):
        assert torch.equal(other(ids)[0], wanted)
    assert not seen


# ---------------------------------------------------------------------------------------------------- all the passes


def test_a_trace_of_writing_keeps_every_step_or_the_last(small, ids):
    names = "blocks.1.out", "blocks.0.mixer.q_rotated", "blocks.2.feedforward.activation", "logits"
    with trace(small, *names, keep="all") as seen, trace(small, *names) as last:
        text = generate(small, ids, 4)
    with trace(small, *names) as whole:
        small(text[:, :-1])
    for name in names:
        assert len(seen[name]) == 4
        assert torch.equal(last[name], seen[name][-1])
        joined = whole[name][:, 6:] if name == "logits" else whole[name]  # written, one unembeds the last position only
        torch.testing.assert_close(seen.joined(name), joined)
    assert [len(step[0]) for step in seen["logits"]] == [1] * 4
    torch.testing.assert_close(seen.stack("blocks.*.out"), whole.stack("blocks.*.out"))


def test_what_cannot_be_joined(small, ids, unchecked):
    with trace(small, keep="all") as seen, trace(small) as last:
        _, state = small(ids)
        small(ids[:1], state.rows(torch.tensor([0])))
    for name, own in (("mixer.pattern", "keys"), ("mixer.scores", "keys"), ("mixer.state", "state")):
        with pytest.raises(ValueError, match=f"'blocks.1.{name}' cannot be joined: every pass has its own {own}"):
            seen.joined(f"blocks.1.{name}")
    with pytest.raises(ValueError, match=r"'norm' cannot be joined: the passes have \[2, 1\] rows"):
        seen.joined("norm")
    with pytest.raises(ValueError, match='keeps the last pass only; make it with .*keep="all"'):
        last.joined("norm")
    with pytest.raises(ValueError, match="keep='first' must be"), trace(small, keep="first"):
        pass


def test_a_trace_says_what_is_missing(small, ids):
    with trace(small, "blocks.*.out", "blocks.0.in") as seen:
        for name in ("blocks.1.in", "blocks.*.mid", "logits"):
            with pytest.raises(ValueError, match="was not traced, only 'blocks.0.out', 'blocks.1.out'"):
                seen[name]
        with pytest.raises(ValueError, match="'blocks.0.in' was not seen yet: run the model inside the block first"):
            seen["blocks.0.in"]
        resume(small, small.embed(ids), 1)
        with pytest.raises(ValueError, match="'blocks.0.out' was not seen: no pass in the block came through there"):
            seen["blocks.0.out"]
    assert seen.stack("blocks.*.out").shape == (2, 2, 7, 16)
    with pytest.raises(ValueError, match=r"'blocks.\*.out' means 2 sites here: use .stack\('blocks.\*.out'\), or one"):
        seen["blocks.*.out"]
    with trace(small, "blocks.1.out") as one:
        small(ids)
    assert torch.equal(one["blocks.*.out"], one["blocks.1.out"])
    assert "blocks.0.out" not in one


@pytest.mark.parametrize("theirs", TRANSFORMER_LENS)
@pytest.mark.parametrize("gated", [True, False])
def test_transformerlens_s_names_lead_to_ours(theirs, gated):
    model = tiny(gated=gated)
    own = [name for name in TRANSFORMER_LENS[theirs] if name in sites(model) or f"blocks.1.{name}" in sites(model)][0]
    name, wanted = (theirs, own) if own in sites(model) else (f"blocks.1.{theirs}", f"blocks.1.{own}")
    with pytest.raises(ValueError, match=f"no site '{name}' here; what TransformerLens calls so is '{wanted}'"):
        trace(model, name).__enter__()
    with trace(model, wanted):
        pass


# ------------------------------------------------------------------------------------------------------------ learning


@pytest.mark.parametrize("around", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_values_of_frozen_weights_have_the_gradients_of_weights_that_learn(small, ids, around):
    small = small.double()
    names = [name for name in sites(small) if not name.endswith("state")]
    with trace(small) as wanted:
        small(ids)[0][:, -1].logsumexp(-1).sum()
        values = [wanted[name] for name in names]
        gradients = torch.autograd.grad(wanted["logits"][:, -1].logsumexp(-1).sum(), values, allow_unused=True)
    small.requires_grad_(False)
    with around(), trace(small, grad=True) as seen:
        logits, _ = small(ids)
        logits[:, -1].logsumexp(-1).sum().backward()
    for name, gradient in zip(names, gradients, strict=True):
        assert not seen[name].is_inference()
        torch.testing.assert_close(seen[name].grad, gradient, msg=name)
    for name in names[:: len(names) // 5]:  # each alone, where gradients begin
        with around(), trace(small, name, grad=True) as seen:
            small(ids)[0][:, -1].logsumexp(-1).sum().backward()
        torch.testing.assert_close(seen[name].grad, gradients[names.index(name)], msg=name)
    assert all(weight.grad is None for weight in small.parameters())


def test_a_memory_of_frozen_weights_has_a_gradient(ids):
    model = tiny(mixer="delta", kv_heads=None).requires_grad_(False)
    with trace(model, "blocks.0.mixer.state", keep="all", grad=True) as seen:
        _, state = model(ids)
        model(ids[:, :1], state)[0].logsumexp(-1).sum().backward()
    memory = seen["blocks.0.mixer.state"][0].memory
    assert memory.grad.shape == memory.shape
    assert memory.grad.abs().max() > 0


@pytest.mark.parametrize("frozen", [True, False])
def test_nothing_that_comes_out_is_closed_to_learning(small, ids, frozen):
    small.requires_grad_(not frozen)
    with trace(small, keep="all") as seen:
        generate(small, ids, 2)
        logits_after(small, letters(), [[1, 2], [3, 4]])
    values = [value for values in seen.values() for value in values if isinstance(value, torch.Tensor)]
    assert values
    assert not any(value.is_inference() or value.requires_grad for value in values)


def test_a_linear_probe_learns_from_streams(small, ids):
    """Which token is read is written in the stream before the first block."""
    x, wanted = streams(small.requires_grad_(False), ids)[0].flatten(0, 1), ids.flatten()
    probe = nn.Linear(16, 23)
    nn.init.zeros_(probe.weight)
    optimizer = torch.optim.Adam(probe.parameters(), lr=0.5)
    for _ in range(100):
        loss = nn.functional.cross_entropy(probe(x), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert probe(x).argmax(-1).eq(wanted).all()


def test_integrated_gradients_add_up_to_what_was_integrated(small, ids):
    """Sundararajan et al. 2017, completeness: along the straight way from one text's values to another's."""
    small, site = small.double().requires_grad_(False), "blocks.1.out"

    def answer(ids):
        return small(ids)[0][:, -1].softmax(-1)[:, 5].sum()

    with trace(small, site) as here:
        there = answer(ids)
    with trace(small, site) as other:
        wanted = there - answer(ids.flip(0, 1))
    way, total, steps = here[site] - other[site], 0.0, 200
    for step in range(steps):
        point = put(other[site] + way * (step + 0.5) / steps)
        with intervene(small, {site: point}), trace(small, site, grad=True) as seen:
            answer(ids).backward()
        total += (way * seen[site].grad).sum() / steps
    torch.testing.assert_close(total, wanted, rtol=1e-3, atol=1e-9)


# ------------------------------------------------------------------------------------------------------ the new sites


@torch.no_grad()
@pytest.mark.parametrize("positions", ["rotary", "none"])
def test_scores_are_of_rotated_queries_and_keys_and_make_the_pattern(ids, positions):
    model, at = tiny(positions=positions), "blocks.1.mixer"
    with trace(model) as seen:
        model(ids)
    q, k = (seen[f"{at}.{name}_rotated"].transpose(1, 2) for name in "qk")
    assert k.shape == (2, 2, 7, 4)
    scores = q @ k.repeat_interleave(2, 1).mT / 2
    torch.testing.assert_close(seen[f"{at}.scores"], scores)
    masked = scores.masked_fill(~torch.ones(7, 7, dtype=torch.bool).tril(), -torch.inf)
    torch.testing.assert_close(seen[f"{at}.pattern"], masked.softmax(-1))
    assert torch.equal(q.transpose(1, 2), seen[f"{at}.q"]) == (positions == "none")


@torch.no_grad()
def test_norms_give_what_mixer_and_feedforward_read(ids):
    for first in (True, False):
        model = tiny(norm_first=first, norm="layer")
        with trace(model) as seen:
            model(ids)
        block = model.blocks[1]
        norm1, norm2 = seen["blocks.1.norm1"], seen["blocks.1.norm2"]
        if first:
            torch.testing.assert_close(block.mixer.v(norm1), seen["blocks.1.mixer.v"].flatten(-2))
            torch.testing.assert_close(block.feedforward.up(norm2), seen["blocks.1.feedforward.up"])
        else:
            assert torch.equal(norm1, seen["blocks.1.mid"])
            assert torch.equal(norm2, seen["blocks.1.out"])


@torch.no_grad()
def test_only_who_looks_at_weights_makes_attention_write_them_down(small, ids):
    for name, written in (("blocks.1.mixer.q_rotated", 0), ("blocks.1.mixer.scores", 1), ("blocks.1.mixer.pattern", 1)):
        with trace(small, name):
            assert sum(block.mixer.look.watched or block.mixer.scores.watched for block in small.blocks) == written
    with intervene(small, {"blocks.1.mixer.scores": lambda x: x - 99 * torch.eye(7)}), trace(small) as seen:
        small(ids)
    assert seen["blocks.1.mixer.pattern"].diagonal(dim1=-2, dim2=-1)[..., 1:].max() < 1e-6


@torch.no_grad()
def test_logits_are_seen_wherever_the_model_unembeds(small, ids):
    with trace(small, "logits") as seen:
        hidden, _ = small.hidden(ids)
        assert not seen
        assert torch.equal(small.next_logits(hidden), seen["logits"][:, 0])
        rest = resume(small, small.embed(ids), 0, at=slice(2, 5))
        assert torch.equal(seen["logits"], rest)
    with intervene(small, {"logits": add(1.0, 3)}):
        moved = resume(small, small.embed(ids), 0, at=slice(2, 5)) - rest
    torch.testing.assert_close(moved.mean(-1), torch.tensor([[0.0, 1, 0]] * 2), atol=1e-5, rtol=0)
