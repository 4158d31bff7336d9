"""Path patching on transformers' Llama with the same weights, by its own hooks; and its errors."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import torch
from jielong.interpretability.patching import activation_patching
from jielong.interpretability.path_patching import path_patching
from jielong.model import Config, LanguageModel

from tests.conftest import llama_pair

HEADS, HEAD_WIDTH, LAYERS = 4, 8, 3


@pytest.fixture(scope="module")
def pair():
    return llama_pair(layers=LAYERS, kv_heads=2, bias=True)


@pytest.fixture
def clean():
    return torch.randint(61, (2, 7), generator=torch.Generator().manual_seed(3))


@pytest.fixture
def corrupted():
    return torch.randint(61, (2, 7), generator=torch.Generator().manual_seed(4))


def metric(last):
    return last[:, 5] - last[:, 9]


def hooked(theirs, ids, before=(), after=()):
    """transformers' logits after the last token; before, after: pairs of a module and what to make of its input, or of
    its output."""
    with ExitStack() as stack:
        for module, change in before:
            hook = module.register_forward_pre_hook(lambda _, args, change=change: (change(args[0]), *args[1:]))
            stack.callback(hook.remove)
        for module, change in after:
            hook = module.register_forward_hook(lambda _, args, out, change=change: change(out))
            stack.callback(hook.remove)
        return theirs(ids).logits[:, -1]


def overheard(theirs, ids):
    """What goes into each layer's o_proj, and comes out of each MLP."""
    heads, mlps = {}, {}
    before = [(layer.self_attn.o_proj, lambda x, n=n: heads.setdefault(n, x)) for n, layer in each(theirs)]
    after = [(layer.mlp, lambda x, n=n: mlps.setdefault(n, x)) for n, layer in each(theirs)]
    hooked(theirs, ids, before, after)
    return heads, mlps


def each(theirs):
    return enumerate(theirs.model.layers)


def columns(head):
    return slice(head * HEAD_WIDTH, (head + 1) * HEAD_WIDTH)


def with_head(x, source, head):
    x = x.clone()
    x[..., columns(head)] = source[..., columns(head)]
    return x


def plain(theirs, clean, corrupted, sender, receivers, mlps_frozen):
    """Wang et al.'s algorithm for one sender (layer, head). receivers: pairs of a linear map and a head, or None."""
    (layer, head), (heads, mlps), (other, _) = sender, overheard(theirs, clean), overheard(theirs, corrupted)
    said = [heads[n] if n != layer else with_head(heads[n], other[n], head) for n in range(LAYERS)]
    freeze = [(part.self_attn.o_proj, lambda _, n=n: said[n]) for n, part in each(theirs)]
    still = [(part.mlp, lambda _, n=n: mlps[n]) for n, part in each(theirs)] if mlps_frozen else []
    if receivers is None:
        return hooked(theirs, clean, freeze, still)
    kept = {}
    ears = [(module, lambda x, module=module: kept.setdefault(module, x)) for module, _ in receivers]
    hooked(theirs, clean, freeze, still + ears)
    patched = [
        (module, lambda x, module=module, head=head: with_head(x, kept[module], head)) for module, head in receivers
    ]
    return hooked(theirs, clean, after=patched)


@torch.no_grad()
@pytest.mark.parametrize("mlps_frozen", [True, False])
@pytest.mark.parametrize("receivers", ["logits", "queries", "keys and values"])
def test_it_equals_transformers_with_hooks(pair, clean, corrupted, receivers, mlps_frozen):
    ours, theirs = pair
    top, mid = theirs.model.layers[2].self_attn, theirs.model.layers[1].self_attn
    named, modules = {
        "logits": ("logits", None),
        "queries": ([("blocks.2.mixer.q", 3), ("blocks.1.mixer.q", 0)], [(top.q_proj, 3), (mid.q_proj, 0)]),
        "keys and values": ([("blocks.2.mixer.[kv]", 1)], [(top.k_proj, 1), (top.v_proj, 1)]),
    }[receivers]
    found = path_patching(ours, clean, corrupted, named, metric, through_feedforward=not mlps_frozen, chunk=5)
    assert found.shape == (LAYERS, HEADS)
    wanted = torch.tensor(
        [
            [
                metric(plain(theirs, clean, corrupted, (layer, head), modules, mlps_frozen)).mean()
                for head in range(HEADS)
            ]
            for layer in range(LAYERS)
        ]
    )
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    assert (wanted - metric(theirs(clean).logits[:, -1]).mean()).abs().max() > 1e-2


@torch.no_grad()
def test_who_comes_later_is_not_heard(pair, clean, corrupted):
    ours, _ = pair
    usual = metric(ours(clean)[0][:, -1]).mean()
    found = path_patching(ours, clean, corrupted, [("blocks.1.mixer.q", 2)], metric)
    torch.testing.assert_close(found[1:], usual.expand(2, HEADS))
    assert (found[0] - usual).abs().max() > 1e-4


@torch.no_grad()
def test_all_direct_paths_of_the_last_layer_are_all_its_paths(pair, clean, corrupted):
    """What the last feed-forward network adds can only be heard by the logits."""
    ours, _ = pair
    options = {"senders": "blocks.2.feedforward.out", "over": ["time"]}
    direct = path_patching(ours, clean, corrupted, "logits", metric, **options)
    all_paths = activation_patching(ours, clean, corrupted, "blocks.2.feedforward.out", metric)
    torch.testing.assert_close(direct, all_paths)


@torch.no_grad()
def test_patching_all_that_a_part_hears_is_patching_the_part(pair, clean, corrupted):
    """The receiver is the stream before the last block, and nothing stands between it and the sender."""
    ours, _ = pair
    options = {"senders": "blocks.1.out", "over": ["time"]}
    by_path = path_patching(ours, clean, corrupted, ["blocks.2.in"], metric, **options)
    torch.testing.assert_close(by_path, activation_patching(ours, clean, corrupted, "blocks.1.out", metric))


def test_what_is_frozen_neither_speaks_nor_hears(pair, clean, corrupted, unchecked):
    ours, _ = pair
    with pytest.raises(ValueError, match="senders: 'blocks.0.mixer.q' adds nothing to the stream"):
        path_patching(ours, clean, corrupted, "logits", metric, senders="blocks.*.mixer.q")
    for deaf in ("blocks.1.mixer.heads", "blocks.1.mixer.out", "blocks.1.feedforward.out", "blocks.1.mixer.state"):
        with pytest.raises(ValueError, match=f"receivers: '{deaf}' hears nothing"):
            path_patching(ours, clean, corrupted, [deaf], metric)
    path_patching(ours, clean, corrupted, ["blocks.1.feedforward.out"], metric, through_feedforward=True)
    with pytest.raises(ValueError, match="'logits' stands alone"):
        path_patching(ours, clean, corrupted, ["logits"], metric)
    with pytest.raises(ValueError, match="receivers must not be empty"):
        path_patching(ours, clean, corrupted, [], metric)
    with pytest.raises(ValueError, match="'blocks.1.in' has no heads"):
        path_patching(ours, clean, corrupted, [("blocks.1.in", 0)], metric)
    with pytest.raises(ValueError, match="receivers must be whole numbers from 0 to 1; they go from 2 to 2"):
        path_patching(ours, clean, corrupted, [("blocks.1.mixer.k", 2)], metric)
    with pytest.raises(ValueError, match=r"no site 'blocks.1.attn.hook_q' here; .*'blocks.1.mixer.q'"):
        path_patching(ours, clean, corrupted, [("blocks.1.attn.hook_q", 2)], metric)


@torch.no_grad()
def test_a_mixer_without_heads_is_frozen_whole(clean, corrupted):
    model = LanguageModel(Config(61, width=16, layers=3, heads=2, mixer=("attention", "mamba", "attention"))).eval()
    usual = metric(model(clean)[0][:, -1]).mean()
    direct = path_patching(model, clean, corrupted, "logits", metric, senders="blocks.1.mixer.out", over=[])
    every = activation_patching(model, clean, corrupted, "blocks.1.mixer.out", metric, over=[])
    assert direct.shape == (1,)
    assert (direct - usual).abs() > 1e-7
    assert (direct - every).abs() > 1e-7
