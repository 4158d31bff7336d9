"""Linear relations: against differences, against a model that is linear, and against ways that must agree."""

from __future__ import annotations

import pytest
import torch
from jielong.interpretability.lenses import lens
from jielong.interpretability.relations import Asked, Line, ask_each, faithful, jacobians, linear, says_after
from jielong.lessons.a_model_of_the_model.relations import RELATIONS

from tests.letters import ALPHABET, letters
from tests.models import tiny

TOKENIZER = letters(drops=" ")


@pytest.fixture
def asked():
    model = tiny(vocabulary=len(ALPHABET))
    for p in model.parameters():
        p.data.mul_(3.0 if p.dim() > 1 else 1.0)
    return ask_each(model, TOKENIZER, "\nof {} is", [("x", "yz"), ("u", "v")], ["a", "b", "c", "d"])


def test_what_was_asked_is_what_the_whole_prompt_gives(asked):
    model, prompt = asked.model, "\nof x is yz.\nof u is v.\nof {} is"
    ids = torch.tensor([TOKENIZER.encode(prompt.replace("{}", subject)) for subject in "abcd"])
    logits = model(ids)[0][:, -1]
    assert torch.allclose(lens(model, asked.out), logits, atol=1e-5)
    assert torch.equal(asked.says(), logits.argmax(-1))
    for layer in range(3):
        assert torch.allclose(asked.rerun(asked.streams[layer], layer), asked.out, atol=1e-5)
    assert torch.equal(asked.streams[0, :, 0], model.embed(ids[:, ids.shape[1] - 3]))  # the subject, then "is"
    with pytest.raises(ValueError, match="'ab' is 2 tokens"):
        ask_each(model, TOKENIZER, "\nof {} is", [], ["ab"])


def test_jacobians_are_what_differences_say(asked):
    found = jacobians(asked, 2, [0, 1, 2], chunk=5)
    for layer in range(3):
        x, step = asked.streams[layer, 2:3].double(), 1e-4
        model = asked.model.double()
        double = type(asked)(model, doubled(asked.state), asked.streams.double(), asked.out.double())
        for unit in (0, 7):
            moved = x.repeat(2, 1, 1)
            moved[0, 0, unit] += step
            moved[1, 0, unit] -= step
            up, down = double.rerun(moved, layer)
            assert torch.allclose(found[layer][:, unit].double(), (up - down) / (2 * step), atol=2e-4)
        asked.model.float()


def doubled(state):
    layers = [type(layer)(*(part.double() for part in layer)) for layer in state.layers]
    return type(state)(layers, state.length, state.batch, state.padding)


def test_after_the_last_block_of_the_subject_s_own_position_nothing_is_left_to_do(asked):
    """With one subject, W s + b is that subject's answer exactly, whatever W is."""
    one = asked.some([1])
    for layer, line in linear(one, [0, 2]).items():
        assert torch.allclose(line(one.streams[layer, :, 0]), one.out, atol=1e-5)
        assert faithful(one, line, layer).tolist() == [1]


def test_the_mean_line_by_hand(asked):
    line = linear(asked, [1])[1]
    weight = torch.stack([jacobians(asked, row, [1])[0] for row in range(4)]).mean(0)
    assert torch.allclose(line.weight, weight, atol=1e-6)
    missing = [asked.out[i] - weight @ asked.streams[1, i, 0] for i in range(4)]
    assert torch.allclose(line.bias, torch.stack(missing).mean(0), atol=1e-5)
    s = asked.streams[1, :, 0]
    assert torch.allclose(line(s, 2.0), 2 * (s @ weight.T) + line.bias, atol=1e-5)


def test_back_is_the_pseudo_inverse_and_its_truncation():
    torch.manual_seed(0)
    line = Line(torch.randn(6, 6), torch.zeros(6))
    change = torch.randn(3, 6)
    assert torch.allclose(line.back(change, 6) @ line.weight.T, change, atol=1e-4)
    assert torch.allclose(line.back(change, 6, 2.0), line.back(change, 6) / 2, atol=1e-5)
    u, s, vh = torch.linalg.svd(line.weight)
    low = u[:, :2] @ torch.diag(s[:2]) @ vh[:2]
    assert torch.allclose(line.back(change, 2), change @ torch.linalg.pinv(low, rtol=1e-4).T, atol=1e-4)


def test_a_swapped_subject_is_the_other_subject_from_the_first_layer(asked):
    """Before the first block nothing of the subject is anywhere else; so to swap it is to ask for the other."""
    other = [1, 2, 3, 0]
    swapped = says_after(asked, 0, asked.streams[0, other, 0] - asked.streams[0, :, 0])
    assert torch.equal(swapped, asked.says()[other])
    assert torch.equal(says_after(asked, 2, torch.zeros(4, 16)), asked.says())


def test_relations_have_subjects_of_one_token_and_no_example_among_those_asked(smollm2):
    _, tokenizer = smollm2
    for name, relation in RELATIONS.items():
        pairs = relation.mixed()
        assert sorted(pairs) == sorted(relation.pairs.items())
        assert pairs != list(relation.pairs.items())
        assert sum(len(tokenizer.encode(" " + subject)) == 1 for subject, _ in pairs) > 20, name
        assert relation.template.startswith("\n")
        assert " {}" in relation.template


def test_with_nothing_said_a_line_is_neither_stretched_nor_shrunk(asked):
    line = linear(asked, [1])[1]
    s = asked.streams[1, :, 0]
    assert torch.allclose(line(s), s @ line.weight.T + line.bias, atol=1e-5)
    torch.manual_seed(0)
    steep = Line(torch.randn(6, 6), torch.zeros(6))
    assert torch.allclose(steep.back(torch.eye(6), 6) @ steep.weight.T, torch.eye(6), atol=1e-4)


@torch.no_grad()
def test_a_line_that_is_right_for_one_subject_is_wrong_for_the_other(asked):
    """It says the same of both; and of the other the model says its opposite, with all logits turned round."""
    out = asked.out[0]
    two = Asked(asked.model, asked.state, asked.streams[:, :2], torch.stack((out, -out)))
    assert faithful(two, Line(torch.zeros(16, 16), out), 1).tolist() == [1, 0]


@torch.no_grad()
def test_with_nothing_said_a_line_is_judged_at_strength_one(asked):
    """A line that says nothing at strength one, and at any other what the subject is made of."""
    subject = asked.streams[1, :1, 0]
    line = Line(torch.eye(16), 1e-3 * asked.out[0] - subject[0])
    one = Asked(asked.model, asked.state, asked.streams[:, :1], 1e-3 * asked.out[:1])
    assert faithful(one, line, 1).tolist() == [1]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_way_back_in_half_precision_is_that_of_single_precision_rounded(dtype):
    draw = torch.Generator().manual_seed(0)
    weight, answer = torch.randn(6, 6, generator=draw).to(dtype), torch.randn(6, generator=draw).to(dtype)
    got, wanted = (Line(w, torch.zeros(6).to(w)).back(answer.to(w), rank=3) for w in (weight, weight.float()))
    assert got.dtype == dtype
    assert (got - wanted).abs().max() < 20 * torch.finfo(dtype).eps * wanted.abs().max()


def test_there_is_no_way_back_where_nothing_is_said():
    line = Line(torch.diag(torch.tensor([2.0, 1.0, 0.0])), torch.zeros(3))
    assert line.back(torch.ones(3), rank=2).tolist() == [0.5, 1.0, 0.0]
    with pytest.raises(ValueError, match="rank=3, strength=1.0: in some of these directions W says nothing"):
        line.back(torch.ones(3), rank=3)
    with pytest.raises(ValueError, match="strength=0"):
        line.back(torch.ones(3), rank=1, strength=0)
    with pytest.raises(ValueError, match="rank=4 must be from 1 to 3"):
        line.back(torch.ones(3), rank=4)
