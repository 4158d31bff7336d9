"""Teaching, asking and putting back, on a tiny model with a tokenizer of single characters."""

import math

import pytest
import torch
from jielong.adaptation import finetuning
from jielong.adaptation.finetuning import Fact
from jielong.model import Config, LanguageModel
from jielong.scoring import ask
from jielong.toys.facts import INVENTED, capitals, invent
from jielong.training import seeded

from tests.adaptation.letters import ALPHABET, letters
from tests.constants.watching import cosine, watched

NEW, OLD = [Fact("abc", "x"), Fact("bcde", "y")], [Fact("p", "k"), Fact("rs", "l"), Fact("tuv", "m")]


@pytest.fixture
def model():
    return seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, layers=1, heads=2)), seed=0)


def test_ask_answers_each_prompt_as_if_alone(model):
    prompts = ["a", "hello", "xyz a"]
    alone = [model(torch.tensor([letters().encode(p)]))[0][0, -1].argmax().item() for p in prompts]
    assert ask(model, letters(), prompts) == [ALPHABET[i] for i in alone]


def test_recall_counts_right_answers(model):
    said = ask(model, letters(), ["a", "hello"])
    facts = [Fact("a", said[0]), Fact("hello", "!" if said[1] != "!" else "z")]
    assert finetuning.right(model, letters(), facts) == [True, False]
    assert finetuning.recall(model, letters(), facts) == 0.5


def test_answer_loss_of_a_model_that_knows_nothing_is_the_log_of_the_vocabulary(model):
    with torch.no_grad():
        model.embed.weight.zero_()
    ids, padding = letters().pad([[1, 2], [3]])
    assert finetuning.answer_loss(model, ids, padding, torch.tensor([4, 5])).item() == pytest.approx(math.log(29))


def test_teaching_works_and_putting_back_undoes_it_to_the_bit(model):
    before = finetuning.copy_weights(model)
    assert finetuning.changed(model, before) == 0
    finetuning.teach(model, letters(), NEW, steps=60, lr=1e-2)
    assert finetuning.recall(model, letters(), NEW) == 1.0
    assert finetuning.changed(model, before) > 1000
    finetuning.put_back(model, before)
    assert finetuning.changed(model, before) == 0


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_one_flipped_bit_is_counted_even_the_sign_of_zero(model, precision):
    model.to(precision)
    with torch.no_grad():
        model.embed.weight[5, 5] = 0.0
        before = finetuning.copy_weights(model)
        model.embed.weight[3, 4] = torch.nextafter(model.embed.weight[3, 4], torch.tensor(9.0, dtype=precision))
        model.embed.weight[5, 5] = -0.0
    assert finetuning.changed(model, before) == 2


def test_only_the_given_parameters_learn(model):
    before = finetuning.copy_weights(model)
    finetuning.teach(model, letters(), NEW, steps=3, parameters=list(model.blocks.parameters()))
    assert finetuning.changed(model.embed, {"weight": before["embed.weight"]}) == 0
    assert finetuning.changed(model, before) > 0


def test_rehearsal_keeps_what_plain_teaching_loses(model):
    kept = []
    finetuning.teach(model, letters(), OLD, steps=150, lr=1e-2)
    start = finetuning.copy_weights(model)
    for old in ((), OLD):
        finetuning.put_back(model, start)
        finetuning.teach(model, letters(), NEW, old, steps=150, lr=2e-2)
        assert finetuning.recall(model, letters(), NEW) == 1.0
        kept.append(finetuning.recall(model, letters(), OLD))
    assert kept[0] < 1.0 == kept[1]


@pytest.mark.parametrize("seen", [False, True])
def test_upper_says_what_the_whole_model_says_and_learns_as_it_does(seen):
    model = seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, layers=4, heads=2)), seed=0)
    upper = finetuning.Upper(model, 2)
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


def test_upper_refuses_what_it_cannot_do(model):
    with pytest.raises(ValueError, match="first=1"):
        finetuning.Upper(model, 1)
    deep = finetuning.Upper(LanguageModel(Config(vocabulary=29, width=16, layers=2, heads=2)), 1)
    _, state = deep(torch.tensor([[1]]))
    with pytest.raises(ValueError, match="state"):
        deep(torch.tensor([[1]]), state=state)


def test_invented_capitals_are_new_distinct_and_repeatable():
    pairs = invent(8, seed=3)
    assert pairs == invent(8, seed=3) != invent(8, seed=4)
    assert set(pairs) <= set(INVENTED) and len(set(pairs.values())) == 8
    assert capitals({"Lumora": "Honey"}, "{} x {}") == [Fact("Lumora x Lumora", "Honey")]
    with pytest.raises(ValueError, match="n=99"):
        invent(99, seed=0)


def test_teaching_is_five_steps_with_four_old_facts_in_each(model):
    old = [Fact(letter, "k") for letter in "pqrstuv"]
    seen = watched(lambda: finetuning.teach(model, letters(), NEW, old), 100)
    assert seen.rates == pytest.approx(cosine(2e-4, 5, 5)) and not any(seen.decays)
    assert seen.rows == [2 + 4] * 5
