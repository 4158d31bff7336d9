"""The odds are those of two whole passes, and two answers part where their tokens do."""

import pytest
import torch
from jielong.agents.memory.conflicts import odds, parted
from jielong.model import Config, LanguageModel


@pytest.fixture(scope="module")
def small(smollm2):
    _, tokenizer = smollm2
    torch.manual_seed(0)
    return LanguageModel(Config(vocabulary=len(tokenizer), width=16, layers=2, heads=2)), tokenizer


def alone(model, tokenizer, text, one, other):
    logits, _ = model(torch.tensor([tokenizer.encode(text)]))
    a, b = (tokenizer.encode(word)[0] for word in (one, other))
    return (logits[0, -1, a] - logits[0, -1, b]).item()


def test_odds_are_those_of_each_text_read_alone(small):
    prompts = ["\nThe capital of France is", "\nA rather longer text about the capital of Peru, which is"]
    found = odds(*small, prompts, [[("Lyon", "Paris")], [("Paris", "Lima")]])
    wanted = [alone(*small, prompts[0], " Lyon", " Paris"), alone(*small, prompts[1], " Paris", " Lima")]
    assert found[:, 0].tolist() == pytest.approx(wanted, abs=1e-4)


def test_several_leads_go_on_from_the_same_prompt_and_not_from_each_other(small):
    prompts = ["\nAnna Berg", "\nPeter Novak the baker"]
    leads = [" lives in", " owns a"]
    pairs = [[("Oslo", "Rome"), ("dog", "cat")], [("Rome", "Lima"), ("pig", "dog")]]
    found = odds(*small, prompts, pairs, leads)
    for i, prompt in enumerate(prompts):
        for k, lead in enumerate(leads):
            one, other = pairs[i][k]
            assert found[i, k].item() == pytest.approx(alone(*small, prompt + lead, f" {one}", f" {other}"), abs=1e-4)


def test_years_are_compared_at_the_digit_where_they_part(small):
    found = odds(*small, ["\nIt ended in", "\nIn"], [[("1955", "1945")], [("2019", "1945")]])
    wanted = [alone(*small, "\nIt ended in 19", "5", "4"), alone(*small, "\nIn ", "2", "1")]
    assert found[:, 0].tolist() == pytest.approx(wanted, abs=1e-4)


def test_answers_that_part_nowhere_are_refused(small):
    _, tokenizer = small
    shared, one, other = parted(tokenizer, "1955", "1945")
    assert tokenizer.decode(shared) == " 19" and (tokenizer.decode([one]), tokenizer.decode([other])) == ("5", "4")
    with pytest.raises(ValueError, match="one begins with the other"):
        parted(tokenizer, "New", "New Delhi")
