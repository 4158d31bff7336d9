"""Patching many rows at once: against one intervention at a time on the whole text."""

from __future__ import annotations

import pytest
import torch
from jielong.interpretability.back_patching import back_patch, picked, ways
from jielong.interpretability.changes import put
from jielong.interpretability.directions import random_like
from jielong.interpretability.lenses import streams
from jielong.interpretability.patching import patch_last
from jielong.interpretability.patchscopes import describe, states
from jielong.model import Config, LanguageModel
from jielong.sampling import generate
from jielong.sites import intervene

from tests.adaptation.letters import letters
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
