"""What comes next, against each text read alone and in one piece, on a small model and a tokenizer of characters."""

from __future__ import annotations

import re
from math import inf, nan

import pytest
import torch
from jielong.model import Config, LanguageModel
from jielong.sampling import generate
from jielong.scoring import (
    answer_log_probability,
    answered,
    ask,
    choose,
    correct,
    first_tokens,
    log_odds,
    next_token_logits,
    next_token_probabilities,
    opening,
    parted,
    text_loss,
    token_log_probabilities,
    word_log_probabilities,
)
from jielong.sites import intervene
from jielong.training import seeded

from tests.letters import ALPHABET, letters

PROMPTS = ["b", "hello", "xyz a", "hm"]
BEFORE = ["a note!", "another", "a note!", "another"]
IDS = torch.tensor([[0, 1, 2], [3, 4, 5]])


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


OPENINGS = {
    "Paris": " Paris",
    "New York": " New",
    "3": " 3",
    "42": " 4",
    "rome": " rome",
    "台北": " 台",
    "五": " 五",
    "猫": " 猫",
    "🙂": " 🙂",
    "Île": " Î",
    "<|im_end|>": " <|im_end|>",
    "\0": " \0",
    "\ud83d": " \ufffd",
}


@pytest.mark.parametrize("word", OPENINGS)
def test_a_word_s_opening_goes_to_its_first_whole_character(smollm2, word):
    _, tokenizer = smollm2
    begun = opening(tokenizer, word)
    assert tokenizer.decode(begun).startswith(OPENINGS[word])
    assert tokenizer.decode(begun[:-1]).replace("\ufffd", "").strip() == ""
    assert begun == tokenizer.encode(f" {word}")[: len(begun)]


@pytest.mark.parametrize("word", ["", " ", "\n", "\u3000", "\u2028x", " Rome", "\tRome"])
def test_a_word_that_is_blank_or_brings_a_blank_is_named(smollm2, word):
    model, tokenizer = smollm2
    for ask_for in (
        lambda: opening(tokenizer, word),
        lambda: first_tokens(tokenizer, ["Paris", word]),
        lambda: parted(tokenizer, "Paris", word),
        lambda: choose(model, tokenizer, ["\nHe is in"], ["Paris", word]),
        lambda: answered(model, tokenizer, ["\nHe is in"], [word]),
        lambda: correct(tokenizer, torch.zeros(1, 9), [word]),
    ):
        with pytest.raises(ValueError, match=re.escape(f"words: {word!r} must begin with a letter or a sign")):
            ask_for()


@pytest.mark.parametrize("word", ["3", "台北", "rome", "猫"])
def test_where_one_token_must_do_it_says_something(smollm2, word):
    _, tokenizer = smollm2
    with pytest.raises(ValueError, match=f"words: '{word}' begins with the token ' .*says nothing of it"):
        correct(tokenizer, torch.zeros(2, 9), ["Paris", word])


def test_words_are_weighed_by_all_of_their_openings(smollm2):
    model, tokenizer = smollm2
    prompts, words = ["\n1, 2,", "\nThe pope lives in"], ["3", "4", "rome", "Rome", "台北", "台中", "猫", "狗"]
    words.remove("台中")  # begins as 台北 does
    found = word_log_probabilities(model, tokenizer, prompts, words, "\nA list.")
    for prompt, row in zip(prompts, found, strict=True):
        start = tokenizer.encode("\nA list.") + tokenizer.encode(prompt)
        for word, value in zip(words, row.tolist(), strict=True):
            begun = opening(tokenizer, word)
            mark = torch.arange(len(start + begun))[None] >= len(start)
            whole = answer_log_probability(model, torch.tensor([start + begun]), mark)
            assert value == pytest.approx(whole.item(), abs=1e-3)
    assert choose(model, tokenizer, prompts, words) == ["3", "Rome"]
    with pytest.raises(ValueError, match="must be some that all begin differently"):
        choose(model, tokenizer, prompts, ["台北", "台中"])


def test_answered_is_what_the_model_would_write(smollm2):
    model, tokenizer = smollm2
    prompts = [
        "\n1, 2,",
        "\n1, 2,",
        "\nThe capital of France is",
        "\n一二三四",
        "\nQ: What is 台北 in Chinese? A: It is",
    ]
    answers = ["3", "4", "Paris", "五", "台北"]
    wanted = []
    for prompt, answer in zip(prompts, answers, strict=True):
        ids, begun = torch.tensor([tokenizer.encode(prompt)]), opening(tokenizer, answer)
        wanted.append(generate(model, ids, len(begun))[0, ids.shape[1] :].tolist() == begun)
    assert answered(model, tokenizer, prompts, answers) == wanted
    assert wanted[:3] == [True, False, True]


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
        (lambda m, t: choose(m, t, ["a"], ["cat", "cow"]), "must be some that all begin differently"),
        (lambda m, t: log_odds(m, t, ["a"], [("ne", "new")]), "one begins with the other"),
        (lambda m, t: log_odds(m, t, ["a", "b"], [("c", "d")]), "pairs: 1 for 2 prompts"),
        (lambda m, t: log_odds(m, t, [], []), "prompts: at least one"),
        (lambda m, t: choose(m, t, [], ["cat"]), "prompts: at least one"),
        (lambda m, t: ask(m, t, []), "prompts: at least one"),
        (lambda m, t: answered(m, t, [], []), "prompts: at least one"),
        (lambda m, t: correct(t, torch.zeros(2, 29), ["a"]), "answers: 1 for 2 rows of scores"),
        (lambda m, t: correct(t, torch.tensor([[1.0, nan]]), ["a"]), "scores: row 0 of the logits has nan"),
        (lambda m, t: text_loss(m, t, ""), "text must not be empty"),
        (lambda m, t: token_log_probabilities(m, torch.tensor([[1]])), "ids: rows of 1"),
        (lambda m, t: answer_log_probability(m, IDS, IDS > 9), "answer: row 0 must mark a token or more"),
        (lambda m, t: answer_log_probability(m, IDS, IDS > 3), "answer: row 0 must mark"),
        (lambda m, t: answer_log_probability(m, IDS, IDS > 0), "answer: row 1 must mark a token or more, but not its"),
    ],
)
def test_what_means_nothing_is_refused(model, ask_for, message):
    with pytest.raises(ValueError, match=message):
        ask_for(model, letters())


@pytest.mark.parametrize("bad", [nan, inf])
def test_a_model_that_computes_no_numbers_scores_nothing(bad):
    broken = LanguageModel(Config(vocabulary=29, width=16)).eval().requires_grad_(False)
    broken.blocks[1].feedforward.down.weight[0] = bad
    for score in (
        lambda: next_token_probabilities(broken, letters(), ["a"]),
        lambda: ask(broken, letters(), ["a"]),
        lambda: choose(broken, letters(), ["a"], ["cat", "dog"]),
        lambda: answered(broken, letters(), ["a"], ["cat"]),
        lambda: log_odds(broken, letters(), ["a"], [("cat", "dog")]),
        lambda: text_loss(broken, letters(), "hello"),
        lambda: token_log_probabilities(broken, IDS),
    ):
        with pytest.raises(ValueError, match="model: row 0 of the logits has nan, has inf"):
            score()


def test_odds_of_what_is_ruled_out_are_none(model):
    def never_c(logits):
        return logits.index_fill(-1, torch.tensor([2]), -inf)

    with intervene(model, {"logits": never_c}):
        assert choose(model, letters(), ["a"], ["cat", "dog"]) == ["dog"]
        with pytest.raises(ValueError, match="pairs: row 1 has an answer that the model rules out"):
            log_odds(model, letters(), ["a", "a"], [("dog", "ant"), ("cat", "dog")])


def test_a_token_ruled_out_elsewhere_spoils_no_answer(model):
    """-inf x 0 would be no number."""
    mark = torch.tensor([[False, False, True]])
    wanted = answer_log_probability(model, IDS[:1], mark)
    with intervene(
        model,
        {"logits": lambda x: x.index_put((torch.tensor(0), torch.tensor(0), IDS[0, 1]), torch.tensor(-inf).double())},
    ):
        torch.testing.assert_close(answer_log_probability(model, IDS[:1], mark), wanted)
