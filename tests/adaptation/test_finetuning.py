"""Teaching and rehearsing, on a tiny model with a tokenizer of single characters."""

import pytest
from jielong.adaptation import finetuning
from jielong.adaptation.finetuning import Fact
from jielong.adaptation.weights import changed, copy_weights, put_back
from jielong.model import Config, LanguageModel
from jielong.sampling import continuations
from jielong.scoring import ask
from jielong.toys.facts import INVENTED, capitals, invent
from jielong.training import seeded

from tests.constants.watching import cosine, watched
from tests.letters import letters

NEW, OLD = [Fact("abc", "x"), Fact("bcde", "y")], [Fact("p", "k"), Fact("rs", "l"), Fact("tuv", "m")]


@pytest.fixture
def model():
    return seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, layers=1, heads=2)), seed=0)


def test_recall_counts_right_answers(model):
    said = ask(model, letters(), ["a", "hello"])
    facts = [Fact("a", said[0]), Fact("hello", "!" if said[1] != "!" else "z")]
    assert finetuning.right(model, letters(), facts) == [True, False]
    assert finetuning.recall(model, letters(), facts) == 0.5


def test_an_answer_counts_with_its_space_and_its_first_letter(model):
    """Here every answer begins with a token that is only a space: what would count is not that alone."""
    spaced = letters(drops="")
    facts = [Fact("abc", "x"), Fact("bcde", "y")]
    finetuning.teach(model, spaced, facts, steps=60, lr=1e-2)
    assert finetuning.right(model, spaced, facts) == [True, True]
    assert finetuning.right(model, spaced, [Fact("abc", "y"), Fact("bcde", "x")]) == [False, False]
    assert continuations(model, spaced, ["abc", "bcde"], 2) == [" x", " y"]


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (lambda m, t: finetuning.recall(m, t, []), "facts must not be empty"),
        (lambda m, t: finetuning.right(m, t, []), "facts must not be empty"),
        (lambda m, t: finetuning.right(m, t, [Fact("a", "")]), "'' must begin with a letter"),
        (lambda m, t: finetuning.teach(m, t, [], OLD), "new must not be empty"),
        (lambda m, t: finetuning.teach(m, t, [Fact("a", " ")]), "' ' must begin with a letter"),
        (lambda m, t: finetuning.teach(m, t, NEW, OLD, rehearse=-1), "rehearse=-1 must be at least 0"),
    ],
)
def test_what_cannot_be_taught_or_counted_is_refused(model, do, message):
    with pytest.raises(ValueError, match=message):
        do(model, letters())


def test_teaching_works_and_putting_back_undoes_it_to_the_bit(model):
    before = copy_weights(model)
    assert changed(model, before) == 0
    finetuning.teach(model, letters(), NEW, steps=60, lr=1e-2)
    assert finetuning.recall(model, letters(), NEW) == 1.0
    assert changed(model, before) > 1000
    put_back(model, before)
    assert changed(model, before) == 0


def test_only_the_given_parameters_learn(model):
    before = copy_weights(model)
    finetuning.teach(model, letters(), NEW, steps=3, parameters=list(model.blocks.parameters()))
    assert changed(model.embed, {"weight": before["embed.weight"]}) == 0
    assert changed(model, before) > 0


def test_rehearsal_keeps_what_plain_teaching_loses(model):
    kept = []
    finetuning.teach(model, letters(), OLD, steps=150, lr=1e-2)
    start = copy_weights(model)
    for old in ((), OLD):
        put_back(model, start)
        finetuning.teach(model, letters(), NEW, old, steps=150, lr=2e-2)
        assert finetuning.recall(model, letters(), NEW) == 1.0
        kept.append(finetuning.recall(model, letters(), OLD))
    assert kept[0] < 1.0 == kept[1]


def test_invented_capitals_are_new_distinct_and_repeatable():
    pairs = invent(8, seed=3)
    assert pairs == invent(8, seed=3) != invent(8, seed=4)
    assert set(pairs) <= set(INVENTED)
    assert len(set(pairs.values())) == 8
    assert capitals({"Lumora": "Honey"}, "{} x {}") == [Fact("Lumora x Lumora", "Honey")]
    with pytest.raises(ValueError, match="n=99"):
        invent(99, seed=0)


def test_teaching_is_five_steps_with_four_old_facts_in_each(model):
    old = [Fact(letter, "k") for letter in "pqrstuv"]
    seen = watched(lambda: finetuning.teach(model, letters(), NEW, old), 100)
    assert seen.rates == pytest.approx(cosine(2e-4, 5, 5))
    assert not any(seen.decays)
    assert seen.rows == [2 + 4] * 5
