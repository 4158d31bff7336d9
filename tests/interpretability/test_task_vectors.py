"""In-context vectors: prompts written out by hand, the vector against one prompt at a time, and what it adds up to."""

from __future__ import annotations

import pytest
import torch
from jielong.interpretability.directions import read
from jielong.interpretability.task_vectors import context_vector, probabilities_with, prompt_for, prompts_of
from jielong.lessons.examples_in_a_vector.tasks import CHOOSE, REPORT, SHOW, TASKS
from jielong.model import Config, LanguageModel
from jielong.scoring import correct, next_token_probabilities
from jielong.sites import intervene, trace

from tests.letters import letters

PAIRS = [("walk", "walked"), ("sing", "sang"), ("jump", "jumped"), ("go", "went")]


def test_a_prompt_ends_at_the_arrow():
    assert prompt_for("jump") == "\njump ->"
    assert prompt_for("jump", PAIRS[:2]) == "\nwalk -> walked\nsing -> sang\njump ->"


def test_the_word_asked_for_is_never_an_example_and_the_form_is_the_same():
    few, none = prompts_of(PAIRS, 3, 20, seed=0)
    for long, short in zip(few, none, strict=True):
        *shown, asked = long.strip().split("\n")
        assert "\n" + asked == short
        assert asked.removesuffix(" ->") not in [line.split(" -> ")[0] for line in shown]
        assert all(tuple(line.split(" -> ")) in PAIRS for line in shown)
        assert len(set(shown)) == 3


def test_shuffled_examples_keep_their_words_and_answers_but_no_pair():
    few, none = prompts_of(PAIRS, 3, 20, seed=0)
    other, same = prompts_of(PAIRS, 3, 20, seed=0, shuffled=True)
    assert same == none
    for true, false in zip(few, other, strict=True):
        shown, dealt = ([line.split(" -> ") for line in text.strip().split("\n")[:-1]] for text in (true, false))
        assert [word for word, _ in shown] == [word for word, _ in dealt]
        assert sorted(answer for _, answer in shown) == sorted(answer for _, answer in dealt)
        assert not any(tuple(pair) in PAIRS for pair in dealt)


@torch.inference_mode()
def test_the_vector_is_the_mean_of_differences_taken_one_by_one(smollm2):
    model, tokenizer = smollm2
    few, none = prompts_of(PAIRS, 2, 3, seed=5)
    states = []
    for prompt in (*few, *none):
        with trace(model, "blocks.*.out") as seen:
            model.hidden(torch.tensor([tokenizer.encode(prompt)]))
        states.append(seen.stack("blocks.*.out")[:, 0, -1])
    true = torch.stack(states[:3]).mean(0) - torch.stack(states[3:]).mean(0)
    ours = context_vector(model, tokenizer, PAIRS, shots=2, count=3, seed=5)
    assert (ours - true).norm() < 1e-4 * true.norm()


def test_going_on_from_a_block_equals_reaching_in_there(smollm2):
    model, tokenizer = smollm2
    prompts = [prompt_for("jump"), prompt_for("the mountains")]
    vectors = 5 * torch.randn(2, 576, generator=torch.Generator().manual_seed(0))
    ours = probabilities_with(model, read(model, tokenizer, prompts), vectors, 12)

    def change(x):
        return torch.cat((x[:, :-1], x[:, -1:] + vectors[:, None]), 1)

    with intervene(model, {"blocks.12.out": change}):
        theirs = next_token_probabilities(model, tokenizer, prompts)
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert not torch.allclose(ours, next_token_probabilities(model, tokenizer, prompts), atol=1e-2)
    nothing = probabilities_with(model, read(model, tokenizer, prompts), torch.zeros(2, 576), 29)
    assert torch.allclose(nothing, next_token_probabilities(model, tokenizer, prompts), atol=1e-5)


def test_a_prompt_with_the_difference_of_its_own_states_says_the_same(smollm2):
    """Behind the last block the whole difference between two prompts is in the last state."""
    model, tokenizer = smollm2
    few, none = prompt_for("jump", PAIRS[:2]), prompt_for("jump")
    states = [read(model, tokenizer, [prompt]).streams[29][:, -1] for prompt in (few, none)]
    moved = probabilities_with(model, read(model, tokenizer, [none]), states[0] - states[1], 29)
    assert torch.allclose(moved, next_token_probabilities(model, tokenizer, [few]), atol=1e-4)


def test_only_the_first_token_of_an_answer_counts(smollm2):
    _, tokenizer = smollm2
    opinion = torch.zeros(2, 49152)
    opinion[0, tokenizer.encode(" walked")[0]] = opinion[1, tokenizer.encode(" sang")[0]] = 1
    assert correct(tokenizer, opinion, ["walked", "walked"]) == [True, False]


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_thirty_words_in_three_parts(name):
    words = [word for word, _ in TASKS[name]]
    parts = [words[part] for part in (SHOW, CHOOSE, REPORT)]
    assert len(set(words)) == 30 == sum(map(len, parts))
    assert [*parts[0], *parts[1], *parts[2]] == words


def test_with_nothing_said_twelve_prompts_have_six_examples_each():
    model = LanguageModel(Config(vocabulary=29, width=16, layers=1, heads=2)).eval()
    shown, spell = [], letters()
    model.embed.register_forward_hook(lambda _, ids, __: shown.extend(map(spell.decode, ids[0])))
    context_vector(model, spell, [(letter, "z") for letter in "abcdefgh"])
    assert [text.count("z") for text in shown] == [6] * 12 + [0] * 12
