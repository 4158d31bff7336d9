"""What comes next, against each text read alone and in one piece, on a small model and a tokenizer of characters."""

from __future__ import annotations

import pytest
import torch
from jielong.model import Config, LanguageModel
from jielong.scoring import (
    answer_log_probability,
    ask,
    choose,
    first_tokens,
    log_odds,
    next_token_logits,
    next_token_probabilities,
    parted,
    text_loss,
    word_log_probabilities,
)
from jielong.training import seeded

from tests.adaptation.letters import ALPHABET, letters

PROMPTS = ["b", "hello", "xyz a", "hm"]
BEFORE = ["a note!", "another", "a note!", "another"]


@pytest.fixture(scope="module")
def model():
    model = seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, layers=2, heads=4, kv_heads=2)), seed=0)
    for parameter in model.parameters():  # far from uniform, so that a wrong place shows
        parameter.data.mul_(3)
    return model.eval().requires_grad_(False)


def alone(model, *texts):
    """Logits after the texts, one behind the other, read in one pass of one row."""
    return model(torch.tensor([[i for text in texts for i in letters().encode(text)]]))[0][0, -1]


def test_each_prompt_is_read_as_if_alone(model):
    wanted = torch.stack([alone(model, prompt) for prompt in PROMPTS])
    torch.testing.assert_close(next_token_logits(model, letters(), PROMPTS), wanted)
    torch.testing.assert_close(next_token_probabilities(model, letters(), PROMPTS), wanted.softmax(-1))
    assert ask(model, letters(), PROMPTS) == [ALPHABET[i] for i in wanted.argmax(-1)]


@pytest.mark.parametrize("before", ["so it was said!", "?", BEFORE, [*BEFORE[:3], "!"]])
def test_what_stands_before_is_as_if_it_stood_in_each_prompt(model, before):
    texts = [before] * len(PROMPTS) if isinstance(before, str) else before
    wanted = torch.stack([alone(model, *pair) for pair in zip(texts, PROMPTS, strict=True)])
    torch.testing.assert_close(next_token_logits(model, letters(), PROMPTS, before), wanted)


def test_a_memory_that_cannot_be_moved_reads_all_again():
    mixed = seeded(lambda: LanguageModel(Config(vocabulary=29, width=16, mixer=("mamba", "attention"))), seed=0).eval()
    with torch.no_grad():
        wanted = torch.stack([alone(mixed, "a note!", prompt) for prompt in PROMPTS])
    torch.testing.assert_close(next_token_logits(mixed, letters(), PROMPTS, "a note!"), wanted)


def test_words_are_weighed_by_their_first_tokens(model):
    wanted = torch.stack([alone(model, "so ", prompt).log_softmax(-1)[[3, 0, 24]] for prompt in PROMPTS])
    words = ["dog", "ant", "yak"]
    torch.testing.assert_close(word_log_probabilities(model, letters(), PROMPTS, words, "so "), wanted)
    assert choose(model, letters(), PROMPTS, words, "so ") == [words[k] for k in wanted.argmax(-1)]
    assert first_tokens(letters(), words) == [3, 0, 24]


def test_odds_are_between_the_letters_at_which_two_answers_part(model):
    found = log_odds(model, letters(), PROMPTS[:2], [("cat", "cow"), ("dog", "cat")], "!")
    first, second = alone(model, "!", "b", "c"), alone(model, "!", "hello")
    torch.testing.assert_close(found, torch.stack((first[0] - first[14], second[3] - second[2])))


def test_years_part_at_a_digit(smollm2):
    _, tokenizer = smollm2
    shared, one, other = parted(tokenizer, "1955", "1945")
    assert [tokenizer.decode(shared), tokenizer.decode([one]), tokenizer.decode([other])] == [" 19", "5", "4"]


def test_the_log_probability_of_an_answer_is_the_sum_over_its_tokens(model):
    ids, answer = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[False, False, True, True]])
    one, other = (model(ids[:, :n])[0][0, -1].log_softmax(-1)[n + 1] for n in (2, 3))
    torch.testing.assert_close(answer_log_probability(model, ids, answer), (one + other)[None])


def test_the_surprise_at_a_text_is_the_mean_over_its_tokens(smollm2):
    model, tokenizer = smollm2
    ids = tokenizer.encode("\nIt rains")
    with torch.no_grad():
        taken = [-model(torch.tensor([ids[:n]]))[0][0, -1].log_softmax(-1)[ids[n]].item() for n in range(1, len(ids))]
    assert text_loss(model, tokenizer, "It rains") == pytest.approx(sum(taken) / len(taken), rel=1e-4)


@pytest.mark.parametrize(
    ("ask_for", "message"),
    [
        (lambda m, t: next_token_logits(m, t, []), "prompts: at least one"),
        (lambda m, t: next_token_logits(m, t, ["a", ""], "so"), r"lengths are \[1, 0\]"),
        (lambda m, t: next_token_logits(m, t, ["a", "b"], ["so"]), "before: 1 texts for 2 prompts"),
        (lambda m, t: choose(m, t, ["a"], []), "words"),
        (lambda m, t: choose(m, t, ["a"], ["cat", "cow"]), "differ in their first token"),
        (lambda m, t: log_odds(m, t, ["a"], [("ne", "new")]), "one begins with the other"),
        (lambda m, t: log_odds(m, t, ["a", "b"], [("c", "d")]), "pairs: 1 for 2 prompts"),
    ],
)
def test_what_means_nothing_is_refused(model, ask_for, message):
    with pytest.raises(ValueError, match=message):
        ask_for(model, letters())
