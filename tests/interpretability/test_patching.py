"""Patching many rows at once: against one intervention at a time on the whole text, and against transformers' hooks."""

from __future__ import annotations

import copy
from itertools import product

import pytest
import torch
from jielong.interpretability.back_patching import back_patch, picked, ways
from jielong.interpretability.changes import put
from jielong.interpretability.directions import random_like
from jielong.interpretability.lenses import streams
from jielong.interpretability.patching import activation_patching, attribution_patching, patch_last
from jielong.interpretability.patchscopes import describe, states
from jielong.model import Config, LanguageModel
from jielong.sampling import generate
from jielong.sites import intervene

from tests.conftest import llama_pair
from tests.letters import letters
from tests.models import tiny

IDS = [3, 7, 1, 20, 4]


@pytest.fixture
def small():
    return tiny(layers=4)


@torch.inference_mode()
def test_every_row_is_its_own_intervention(small):
    names = ["blocks.2.out", "blocks.0.in", "blocks.2.out", "blocks.3.in"]
    values = torch.randn(4, 16, generator=torch.Generator().manual_seed(1))
    together, state = patch_last(small, IDS, names, values)
    for k, name in enumerate(names):
        with intervene(small, {name: put(values[k], at=4)}):
            alone, after = small(torch.tensor([IDS]))
        assert torch.allclose(together[k], alone[0, -1], atol=1e-5)
        after_it, _ = small(torch.tensor([[9]]), after)
        rows, _ = small(torch.tensor([[9]]), state.rows(torch.tensor([k])))
        assert torch.allclose(rows, after_it, atol=1e-5)
    with pytest.raises(ValueError, match="3 sites for 4 values"):
        patch_last(small, IDS, names[:3], values)


@torch.inference_mode()
def test_back_patching_is_running_the_upper_layers_again(small):
    stream = streams(small, torch.tensor([IDS]))[:, 0, -1]
    pairs = ways(4, 1)
    assert pairs == [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]
    logits = back_patch(small, IDS, stream, pairs)
    for k, (source, target) in enumerate(pairs):
        with intervene(small, {f"blocks.{target}.in": put(stream[source], at=4)}):
            wanted, _ = small(torch.tensor([IDS]))
        assert torch.allclose(logits[k], wanted[0, -1], atol=1e-5)
    both = back_patch(small, IDS, torch.stack([stream, 2 * stream]), pairs)
    assert both.shape == (2, 6, 23)
    assert torch.allclose(both[0], logits, atol=1e-5)
    assert torch.allclose(both[1], back_patch(small, IDS, 2 * stream, pairs), atol=1e-5)
    plain, _ = small(torch.tensor([IDS]))
    same = back_patch(small, IDS, stream, [(n, n) for n in range(4)])  # the state where it was: nothing changes
    assert torch.allclose(same, plain[0, -1].expand_as(same), atol=1e-5)


def test_noise_is_as_long_as_what_it_stands_for():
    stream = torch.randn(5, 16) * torch.arange(1.0, 6)[:, None]
    noise = random_like(stream, torch.Generator().manual_seed(0))
    assert torch.allclose(noise.norm(dim=-1), stream.norm(dim=-1), rtol=1e-5)
    assert (torch.cosine_similarity(noise, stream, dim=-1).abs() < 0.9).all()


def test_a_pair_is_picked_on_one_half_and_judged_on_the_other():
    fixed = torch.tensor([[1, 0, 0], [0, 1, 1], [1, 1, 0], [1, 1, 1], [0, 0, 1], [0, 1, 1]], dtype=torch.bool)
    assert picked(fixed) == (0, pytest.approx(1 / 3))


@torch.inference_mode()
def test_the_model_describes_its_own_placeholder_as_it_would_anyway(smollm2):
    model, tokenizer = smollm2
    examples = "\nParis: a city\nx"
    own = states(model, tokenizer, [examples[1:]])
    ids = torch.tensor([tokenizer.encode(examples)])
    wanted = tokenizer.decode(generate(model, ids, 5)[0, ids.shape[1] :]).split("\n")[0]
    said = describe(model, tokenizer, examples, own[[1, 11], 0], [0, 10], max_new=5)
    assert said == [wanted, wanted]


def test_with_nothing_said_a_description_has_seven_tokens(small):
    model = LanguageModel(Config(vocabulary=29, width=16, layers=2, heads=2)).eval()
    assert [len(text) for text in describe(model, letters(), "abc x", torch.randn(2, 16), [0, 1])] == [7, 7]


# --------------------------------------------------------------------------------------------- maps of all places


@pytest.fixture(scope="module")
def pair():
    return llama_pair(layers=3, kv_heads=2, bias=True)


@pytest.fixture
def prompts():
    generator = torch.Generator().manual_seed(3)
    return torch.randint(61, (2, 7), generator=generator), torch.randint(61, (2, 7), generator=generator)


def gap(last):
    return last[:, 5] - last[:, 9]


def parts(theirs, kind):
    """The parts of transformers' layers that are our sites of a kind, and whether it is their input."""
    where = {"in": ("", True), "mixer.heads": ("self_attn.o_proj", True), "mixer.v": ("self_attn.v_proj", False)}
    where |= {"mixer.out": ("self_attn.o_proj", False), "feedforward.activation": ("mlp.down_proj", True)}
    name, enters = where[kind]
    return [layer.get_submodule(name) for layer in theirs.model.layers], enters


def hook(module, enters, change):
    if enters:
        return module.register_forward_pre_hook(lambda _, args: (change(args[0]), *args[1:]))
    return module.register_forward_hook(lambda _, args, out: change(out))


def overheard(theirs, kind, ids):
    """What stands at the sites of a kind in every layer, and the logits after the last token."""
    modules, enters = parts(theirs, kind)
    kept = {}
    hooks = [hook(module, enters, lambda x, n=n: kept.setdefault(n, x)) for n, module in enumerate(modules)]
    last = theirs(ids).logits[:, -1]
    for one in hooks:
        one.remove()
    return [kept[n] for n in range(len(modules))], last


WIDTHS = {"mixer.heads": 8, "mixer.v": 8}
CASES = [
    ("in", ("time",)),
    ("mixer.out", ("time",)),
    ("mixer.heads", ("heads",)),
    ("mixer.heads", ("heads", "time")),
    ("mixer.heads", ("time", "heads")),
    ("mixer.v", ("heads",)),
    ("feedforward.activation", ("hidden",)),
    ("feedforward.activation", ()),
]


def spots(kind, over, shape):
    """Slices of (batch, time, channels) for each place, in the order of ``over``."""
    width = WIDTHS.get(kind, 1)
    along = {"time": [(1, slice(t, t + 1)) for t in range(shape[1])]}
    along |= {axis: [(2, slice(c, c + width)) for c in range(0, shape[2], width)] for axis in ("heads", "hidden")}
    for chosen in product(*(along[axis] for axis in over)):
        spot = [slice(None)] * 3
        for axis, part in chosen:
            spot[axis] = part
        yield tuple(spot)


@torch.no_grad()
@pytest.mark.parametrize(("kind", "over"), CASES)
def test_activation_patching_equals_transformers_with_hooks(pair, prompts, kind, over):
    (ours, theirs), (clean, corrupted) = pair, prompts
    found = activation_patching(ours, clean, corrupted, f"blocks.*.{kind}", gap, over=over, chunk=7)
    source, _ = overheard(theirs, kind, corrupted)
    modules, enters = parts(theirs, kind)
    wanted = []
    for value, module in zip(source, modules, strict=True):
        for spot in spots(kind, over, value.shape):

            def change(x, spot=spot, value=value):
                x = x.clone()
                x[spot] = value[spot]
                return x

            one = hook(module, enters, change)
            wanted.append(gap(theirs(clean).logits[:, -1]).mean())
            one.remove()
    torch.testing.assert_close(found.flatten(), torch.stack(wanted), rtol=1e-4, atol=1e-4)
    assert found.std() > 1e-3


@pytest.mark.parametrize(("kind", "over"), CASES)
def test_attribution_patching_equals_transformers_gradients(pair, prompts, kind, over):
    (ours, theirs), (clean, corrupted) = pair, prompts
    frozen = copy.deepcopy(ours).requires_grad_(False)
    found = attribution_patching(frozen, clean, corrupted, f"blocks.*.{kind}", gap, over=over)
    source, _ = overheard(theirs, kind, corrupted)
    values, last = overheard(theirs, kind, clean)
    slopes = torch.autograd.grad(gap(last).mean(), values)
    effects = [(there - here) * slope for there, here, slope in zip(source, values, slopes, strict=True)]
    wanted = torch.stack([effect[spot].sum() for effect in effects for spot in spots(kind, over, effect.shape)])
    torch.testing.assert_close(found.flatten(), wanted.detach(), rtol=1e-4, atol=1e-4)
    assert not found.requires_grad


@torch.no_grad()
def test_where_the_model_is_linear_the_guess_is_the_patch(prompts):
    """Close to each other, two prompts' values differ in proportion."""
    torch.manual_seed(0)
    model, (clean, corrupted) = LanguageModel(Config(61, width=16, layers=2, heads=2)).double().eval(), prompts
    model.embed.weight.copy_(torch.randn(16) + 1e-5 * torch.randn(61, 16))
    usual = gap(model(clean)[0][:, -1]).mean()
    patched = activation_patching(model, clean, corrupted, "blocks.*.mid", gap) - usual
    guessed = attribution_patching(model, clean, corrupted, "blocks.*.mid", gap)
    torch.testing.assert_close(patched, guessed, rtol=1e-3, atol=1e-3 * guessed.abs().max().item())


@torch.no_grad()
def test_the_number_of_rows_at_a_time_changes_nothing(pair, prompts):
    (ours, _), (clean, corrupted) = pair, prompts
    maps = [activation_patching(ours, clean, corrupted, "blocks.*.in", gap, chunk=chunk) for chunk in (1, 6, 1000)]
    torch.testing.assert_close(maps[0], maps[1])
    torch.testing.assert_close(maps[0], maps[2])


@pytest.mark.parametrize("patching", [activation_patching, attribution_patching])
def test_what_cannot_be_patched_is_named(pair, prompts, patching, unchecked):
    (ours, _), (clean, corrupted) = pair, prompts
    with pytest.raises(ValueError, match=r"clean \(2, 7\) and corrupted \(2, 6\) must be"):
        patching(ours, clean, corrupted[:, 1:], "blocks.*.in", gap)
    with pytest.raises(ValueError, match=r"no site 'blocks.9.in' here; did you mean"):
        patching(ours, clean, corrupted, ["blocks.0.in", "blocks.9.in"], gap)
    with pytest.raises(ValueError, match=r"no site 'blocks.0.hook_resid_pre' here; .* 'blocks.0.in'"):
        patching(ours, clean, corrupted, "blocks.0.hook_resid_pre", gap)
    for nothing in ("blocks.0.mixer.state", "embed", "norm", "logits"):
        with pytest.raises(ValueError, match=f"sites: '{nothing}' is no activation of a block"):
            patching(ours, clean, corrupted, nothing, gap)
    for over in (["heads"], ["batch"], ["time", "time"], "time"):
        with pytest.raises(
            ValueError, match=r"over=.* must be some of the axes of 'blocks.0.in', a list of \['time', 'w"
        ):
            patching(ours, clean, corrupted, "blocks.*.in", gap, over=over)
    with pytest.raises(ValueError, match=r"over=\['heads'\] some have \(\d,\) others \(\d,\) places"):
        patching(ours, clean, corrupted, "blocks.*.mixer.[qk]", gap, over=["heads"])
    with pytest.raises(ValueError, match=r"metric must return a tensor.* not \(2, 61\)"):
        patching(ours, clean, corrupted, "blocks.*.in", lambda last: last)
    with pytest.raises(ValueError, match="metric must be finite numbers"):
        patching(ours, clean, corrupted, "blocks.*.in", lambda last: last.sum() / 0)
