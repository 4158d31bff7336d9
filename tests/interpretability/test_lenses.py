"""The logit lens: against the model's own words, and against counting by hand."""

from __future__ import annotations

import pytest
import torch
from jielong.interpretability.lenses import ends, lens, ranks, said, settled, streams, unembedding
from jielong.sites import resume

from tests.models import tiny


@pytest.fixture(params=[True, False], ids=["tied", "untied"])
def small(request):
    return tiny(tied=request.param)


@torch.inference_mode()
def test_at_the_end_the_lens_is_the_model(small, ids):
    logits, _ = small(ids)
    stream = streams(small, ids)
    assert stream.shape == (4, 2, 7, 16)
    assert torch.allclose(lens(small, stream[-1]), logits, atol=1e-6)
    assert torch.equal(said(small, stream)[-1], logits.argmax(-1))


@torch.inference_mode()
def test_the_lens_is_the_model_with_the_later_layers_silent(small, ids):
    stream = streams(small, ids)
    for block in small.blocks[1:]:  # what a silent layer adds is zero
        block.mixer.o.weight.zero_()
        block.feedforward.down.weight.zero_()
    wanted, _ = small(ids)
    assert torch.allclose(lens(small, stream[1]), wanted, atol=1e-6)
    assert torch.allclose(lens(small, stream[1]), resume(small, stream[1], 1), atol=1e-6)


@torch.inference_mode()
def test_other_norms_and_other_words(small, ids):
    x = streams(small, ids)[2]
    assert torch.allclose(lens(small, x, norm=lambda v: v), x @ unembedding(small).T)
    few = torch.tensor([4, 0, 9])
    assert torch.allclose(lens(small, x, words=unembedding(small)[few]), lens(small, x)[..., few], atol=1e-6)


def test_settled_is_the_first_depth_after_which_nothing_changes():
    tokens = torch.tensor([[5, 1, 2], [5, 7, 2], [5, 7, 3], [5, 7, 2]])
    assert settled(tokens).tolist() == [0, 1, 3]


@torch.inference_mode()
def test_ranks_by_counting(small, ids):
    x = streams(small, ids)[:, 0, :4]
    words = torch.tensor([3, 8, 8, 20])
    found = ranks(small, x, words)
    logits = lens(small, x)
    for layer in range(4):
        for item in range(4):
            row = logits[layer, item]
            ahead = sum(row[w] > row[words[item]] + 1e-6 for w in words)
            assert found[layer, item] == 1 + ahead


@torch.inference_mode()
def test_reading_the_prefix_once_changes_nothing(smollm2):
    model, tokenizer = smollm2
    prefix, tails = "\nOne, two, three,", [" four, five, six,", " four,", " vier, fünf,"]
    together = ends(model, tokenizer, prefix, tails)
    for k, tail in enumerate(tails):
        alone = streams(model, torch.tensor([tokenizer.encode(prefix + tail)]))[:, 0, -1]
        assert torch.allclose(together[:, k], alone, atol=2e-3, rtol=1e-3)
    with pytest.raises(ValueError, match="tail='re'"):
        ends(model, tokenizer, "\nThe", ["re"])
