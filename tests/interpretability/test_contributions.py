"""Shares add up to the logit, and each is what taking the part away from the stream, with the scale fixed, takes."""

from __future__ import annotations

import pytest
import torch
from jielong.interpretability.contributions import contributions, sources
from jielong.sites import trace

from tests.models import tiny


@pytest.fixture(params=[{}, {"tied": False, "gated": False}, {"positions": "learned"}])  # for others: test_inner_passes
def small(request):
    model = tiny(**request.param)
    for name, parameter in model.named_parameters():  # norms start at one and embeddings small: nothing would show
        if "norm" in name or "embed" in name or "position" in name:
            torch.nn.init.normal_(parameter, mean=0.5, std=0.5)
    return model


@torch.inference_mode()
def test_shares_add_up_to_the_logits(small, ids):
    words = [3, 0, 22]
    logits, _ = small(ids)
    found = contributions(small, ids, words)
    assert found.heads.shape == (2, 3, 4, 3)
    assert (found.total - logits[:, -1, words]).abs().max() < 1e-5
    rest = found.embedding + found.layers.sum(1)
    assert torch.allclose(rest, found.total, atol=1e-6)
    gap = found.minus(0, 2)
    assert torch.allclose(gap.total[:, 0], logits[:, -1, 3] - logits[:, -1, 22], atol=1e-5)


@torch.inference_mode()
def test_a_share_is_what_is_missing_without_the_part(small, ids):
    """By hand: the stream without one head's vector, divided by the scale of the whole stream."""
    with trace(small, "blocks.2.out", "blocks.1.mixer.heads") as seen:
        small(ids)
    whole, heads = seen["blocks.2.out"][:, -1], seen["blocks.1.mixer.heads"][:, -1].clone()
    heads[:, [0, 1, 3]] = 0
    without = whole - small.blocks[1].mixer.o(heads.flatten(1))
    scale = (whole.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    full, less = (small.unembed(x / scale * small.norm.weight)[:, 5] for x in (whole, without))
    assert torch.allclose(contributions(small, ids, [5]).heads[:, 1, 2, 0], full - less, atol=1e-5)


@torch.inference_mode()
def test_padding_changes_nothing(small, ids):
    if small.position is not None:
        pytest.skip("positions are counted from the padding on; test_model has it")
    padded = torch.cat((torch.zeros(2, 3, dtype=ids.dtype), ids), dim=1)
    wanted, got = contributions(small, ids, [4]), contributions(small, padded, [4], padding=torch.tensor([3, 3]))
    assert torch.allclose(wanted.heads, got.heads, atol=1e-5)


def test_a_heads_share_comes_from_its_positions(small, ids):
    for layer, head in ((0, 0), (1, 1), (2, 3)):
        found = sources(small, ids[:1], [3, 9], layer, head)
        assert found.shape == (7, 2)
        assert torch.allclose(found.sum(0), contributions(small, ids, [3, 9]).heads[0, layer, head], atol=1e-5)


def test_on_the_real_model(smollm2):
    model, tokenizer = smollm2
    ids = torch.tensor([tokenizer.encode("\nThe capital of France is")])
    words = [tokenizer.encode(word)[0] for word in (" Paris", " London")]
    with torch.inference_mode():
        logits, _ = model(ids)
    assert (contributions(model, ids, words).total - logits[:, -1, words]).abs().max() < 1e-4


def test_a_layer_without_attention_has_no_sources(ids):
    with pytest.raises(ValueError, match="layer=1 has no attention"):
        sources(tiny(mixer=("attention", "linear", "attention")), ids[:1], [0], 1, 0)
