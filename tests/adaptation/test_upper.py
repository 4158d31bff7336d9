"""The upper layers alone against the whole model: what they say, what they learn, and what runs."""

import pytest
import torch
from jielong.adaptation.finetuning import Fact, recall, teach
from jielong.adaptation.upper import Upper
from jielong.adaptation.weights import changed, copy_weights
from jielong.model import Config, LanguageModel
from jielong.sites import trace
from jielong.training import seeded

from tests.letters import letters


@pytest.fixture
def model():
    return seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, layers=4, heads=2)), seed=0)


@pytest.mark.parametrize("seen", [False, True])
def test_upper_says_what_the_whole_model_says_and_learns_as_it_does(model, seen):
    upper = Upper(model, 2)
    ids, padding = letters().pad([[1, 2, 3, 4, 5], [6, 7, 8], [9]])
    if seen:  # each row alone first, so that it is remembered without padding
        for row, pad in zip(ids, padding, strict=True):
            upper(row[None, pad:])
    whole, top = model(ids, padding=padding)[0], upper(ids, padding=padding)[0]
    torch.testing.assert_close(top[:, -1], whole[:, -1])
    trained = list(upper.blocks.parameters())
    grads = [torch.autograd.grad(logits[:, -1].square().sum(), trained) for logits in (whole, top)]
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other)


def test_what_lies_below_runs_once(model):
    upper, ids = Upper(model, 3), torch.tensor([[1, 2, 3]])
    for runs in (True, False):
        with trace(model, "blocks.2.out", "blocks.3.out") as seen:
            upper(ids)
        assert ("blocks.2.out" in seen) == runs
        assert "blocks.3.out" in seen


def test_only_the_upper_layers_learn(model):
    model.requires_grad_(False)
    upper, below = Upper(model, 2), copy_weights(model.blocks[:2])
    upper.blocks.requires_grad_(True)
    facts = [Fact("abc", "x"), Fact("bcde", "y")]
    teach(upper, letters(), facts, steps=60, lr=1e-2)
    assert recall(model, letters(), facts) == 1.0
    assert changed(model.blocks[:2], below) == 0


def test_a_hybrid_of_mixers_keeps_its_upper_ones():
    mixers = ("attention", "linear", "attention")
    model = seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, layers=3, mixer=mixers)), seed=0)
    assert Upper(model, 1).config.mixers == mixers[1:]


def test_it_draws_nothing_and_has_no_weights_of_its_own(model):
    before = torch.random.get_rng_state()
    upper = Upper(model, 1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert {id(p) for p in upper.parameters()} == {id(p) for p in model.parameters()}


@pytest.mark.parametrize("first", [0, 4])
def test_some_layers_must_be_below_and_some_above(model, first):
    with pytest.raises(ValueError, match=f"first={first}"):
        Upper(model, first)


def test_it_reads_whole_rows_only(model):
    upper = Upper(model, 1)
    _, state = upper(torch.tensor([[1]]))
    with pytest.raises(ValueError, match="state"):
        upper(torch.tensor([[1]]), state=state)
