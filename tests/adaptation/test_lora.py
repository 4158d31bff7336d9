"""Our few lines of LoRA give the numbers of peft, the library that everybody uses."""

import pytest
import torch
from jielong.adaptation.lora import Lora, add_lora, merge_lora, unmerge_lora
from jielong.adaptation.weights import changed, copy_weights
from jielong.model import Config, LanguageModel

peft = pytest.importorskip("peft")


def model():
    torch.manual_seed(0)
    return LanguageModel(Config(vocabulary=20, width=16, layers=2, heads=2))


def numbers_for(lora, seed):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(lora.a.shape, generator=draw), torch.randn(lora.b.shape, generator=draw)


def test_same_output_and_same_merged_weights_as_peft():
    ours, theirs, ids = model(), model(), torch.arange(12).view(2, 6)
    add_lora(ours, rank=3, alpha=6.0, targets=("q", "v", "down"))
    config = peft.LoraConfig(r=3, lora_alpha=6, target_modules=["q", "v", "down"])
    theirs = peft.inject_adapter_in_model(config, theirs)
    for i, (name, lora) in enumerate((n, part) for n, part in ours.named_modules() if isinstance(part, Lora)):
        a, b = numbers_for(lora, i)
        lora.a.data.copy_(a), lora.b.data.copy_(b)
        theirs.get_submodule(name).lora_A["default"].weight.data.copy_(a)
        theirs.get_submodule(name).lora_B["default"].weight.data.copy_(b)
    apart = ours(ids)[0]
    torch.testing.assert_close(apart, theirs(ids)[0])
    assert (apart - model()(ids)[0]).abs().max() > 0.1
    merge_lora(ours)
    for name, part in theirs.named_modules():
        if isinstance(part, peft.tuners.lora.LoraLayer):
            part.merge()
            torch.testing.assert_close(ours.get_submodule(name).weight, part.get_base_layer().weight)
    torch.testing.assert_close(ours(ids)[0], apart, atol=1e-4, rtol=1e-4)
    assert not any(isinstance(part, Lora) for part in ours.modules())


def test_nothing_changes_before_training():
    plain, wrapped, ids = model(), model(), torch.arange(6)[None]
    add_lora(wrapped)
    assert torch.equal(plain(ids)[0], wrapped(ids)[0])


def test_it_trains_few_numbers():
    trained = add_lora(model(), rank=4, targets=("q",))
    assert sum(p.numel() for p in trained) == 2 * 4 * (16 + 16)


def test_unknown_targets_are_refused():
    with pytest.raises(ValueError, match="targets"):
        add_lora(model(), targets=("query",))


def test_with_nothing_said_four_directions_come_in_at_twice_their_product():
    linear = torch.nn.Linear(16, 12)
    around = torch.nn.ModuleDict({"q": linear})
    a, b = add_lora(around)
    assert a.shape == (4, 16)
    x, (a.data, b.data) = torch.randn(5, 16), numbers_for(around["q"], 0)
    torch.testing.assert_close(around["q"](x) - linear(x), 8 / 4 * x @ (b @ a).T, atol=1e-5, rtol=1e-5)


def detour(dtype=torch.float64, rank=2, **options):
    """A detour that has learned, around a matrix of 5 x 4."""
    lora = Lora(torch.nn.Linear(4, 5).to(dtype), rank, 3.0, **options)
    torch.nn.init.normal_(lora.b)
    return lora


def learned(model):
    """Numbers for every detour of a model, as if it had learned."""
    for part in model.modules():
        if isinstance(part, Lora):
            torch.nn.init.normal_(part.b)
    return model


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_merging_changes_nothing_and_merging_again_gives_the_same(dtype):
    lora, x = detour(dtype), torch.randn(3, 4, dtype=dtype)
    before = lora(x)
    once, twice = lora.merged(), lora.merged()
    assert torch.equal(lora(x), before)
    assert torch.equal(once.weight, twice.weight)
    assert once.weight.dtype == before.dtype == dtype
    torch.testing.assert_close(once(x), before, atol=16 * torch.finfo(dtype).eps, rtol=0.01)


def test_a_frozen_matrix_stays_frozen_and_one_read_in_inference_mode_can_be_merged():
    frozen = detour()
    frozen.linear.requires_grad_(False)
    assert not frozen.merged().weight.requires_grad
    with torch.inference_mode():
        linear = torch.nn.Linear(4, 5)
    assert Lora(linear, 2, 3.0).merged().weight.requires_grad


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_unmerged_to_the_last_bit(dtype):
    ids = torch.arange(12).view(2, 6)
    ours = model().to(dtype)
    before = copy_weights(ours)
    add_lora(ours, targets=("q", "v", "down"))
    apart = learned(ours)(ids)[0]
    taken = merge_lora(ours, keep=True)
    assert changed(ours, before) > 0
    unmerge_lora(ours, taken)
    assert torch.equal(ours(ids)[0], apart)
    for name, lora in taken.items():
        ours.set_submodule(name, lora.linear)
    assert changed(ours, before) == 0


def test_a_detour_that_was_not_kept_ends_at_zero_around_its_merged_matrix():
    around = torch.nn.ModuleDict({"q": torch.nn.Linear(4, 5)})
    add_lora(around, rank=2)
    lora, x = learned(around)["q"], torch.randn(3, 4)
    before = lora(x)
    assert merge_lora(around) == {}
    assert around["q"] is lora.linear
    assert torch.equal(lora(x), around["q"](x))
    torch.testing.assert_close(lora(x), before)


def test_merging_twice_is_merging_once():
    ours, ids = model(), torch.arange(6)[None]
    add_lora(ours)
    merge_lora(learned(ours))
    once = ours(ids)[0]
    assert merge_lora(ours) == {}
    assert torch.equal(ours(ids)[0], once)


@pytest.mark.parametrize("other", ["weight", "bias", "precision"])
def test_what_a_matrix_learned_since_is_not_lost_by_unmerging(other):
    around = torch.nn.ModuleDict({"q": torch.nn.Linear(4, 5)})
    add_lora(around, rank=2)
    taken = merge_lora(learned(around), keep=True)
    if other == "precision":
        around.double()
    else:
        getattr(around["q"], other).data += 1
    with pytest.raises(ValueError, match="'q' is not what merge_lora left there"):
        unmerge_lora(around, taken)
    assert type(around["q"]) is torch.nn.Linear


def two_names():
    """A net that has one map under two names, and one matrix in two maps."""
    net = torch.nn.ModuleDict({name: torch.nn.ModuleDict() for name in ("one", "two")})
    net["one"]["q"] = net["two"]["q"] = torch.nn.Linear(4, 4)
    net["one"]["v"], net["two"]["v"] = torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)
    net["two"]["v"].weight = net["one"]["v"].weight
    return net


def test_what_is_shared_gets_one_detour_and_is_trained_once():
    net = two_names()
    trained = add_lora(net, rank=2)
    assert net["one"]["q"] is net["two"]["q"]
    assert net["one"]["v"].a is net["two"]["v"].a
    assert len({id(part) for part in trained}) == len(trained) == 4
    learned(net)
    x = torch.randn(3, 4)
    before = [net[name][part](x) for name in ("one", "two") for part in "qv"]
    merge_lora(net)
    assert net["one"]["q"] is net["two"]["q"]
    assert net["one"]["v"].weight is net["two"]["v"].weight
    for wanted, (name, part) in zip(before, [(name, part) for name in ("one", "two") for part in "qv"], strict=True):
        torch.testing.assert_close(net[name][part](x), wanted)


def test_a_matrix_that_stands_elsewhere_too_is_not_changed_there():
    """Here the head is the embedding; the detour is the head's alone."""
    net = torch.nn.ModuleDict({"embed": torch.nn.Embedding(6, 4), "head": torch.nn.Linear(4, 6, bias=False)})
    net["head"].weight = net["embed"].weight
    before = net["embed"].weight.detach().clone()
    add_lora(net, rank=2, targets=("head",))
    merge_lora(learned(net))
    assert torch.equal(net["embed"].weight, before)
    assert not torch.equal(net["head"].weight, before)


def test_a_second_detour_around_a_map_is_refused_and_nothing_is_changed():
    ours = model()
    add_lora(ours, targets=("q",))
    before = [name for name, _ in ours.named_modules()]
    with pytest.raises(ValueError, match=r"'blocks.0.mixer.q' has a detour already"):
        add_lora(ours, targets=("v", "q"))
    assert [name for name, _ in ours.named_modules()] == before
    add_lora(ours, targets=("v",))
    with pytest.raises(ValueError, match="rank=17"):
        add_lora(model(), rank=17)


@pytest.mark.parametrize("rank", [0, -1, 5])
def test_a_rank_that_no_detour_has_is_refused(rank):
    with pytest.raises(ValueError, match=f"rank={rank} must be from 1 to 4"):
        detour(rank=rank)


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan"), float("inf")])
def test_an_alpha_that_is_no_number_or_none_is_refused(alpha):
    with pytest.raises(ValueError, match=f"alpha={alpha} must be"):
        Lora(torch.nn.Linear(4, 4), 2, alpha)


def test_a_detour_starts_from_its_own_die_alike_in_every_precision():
    starts = [detour(dtype, generator=torch.Generator().manual_seed(3)).a for dtype in (torch.float64, torch.bfloat16)]
    assert torch.equal(starts[0].bfloat16(), starts[1])
    assert torch.equal(detour().a, detour(generator=torch.Generator().manual_seed(0)).a)
    assert not torch.equal(detour().a, starts[0])
