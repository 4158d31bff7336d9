"""Our few lines of LoRA give the numbers of peft, the library that everybody uses."""

import pytest
import torch
from jielong.adaptation.lora import Lora, add_lora, merge_lora
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
