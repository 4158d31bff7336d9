"""Workflows: recipes out of runs, blanks filled again, and tries counted by hand."""

from __future__ import annotations

import pytest
import torch
from jielong.agents.memory.workflows import Run, alike, fill, induce, tries
from jielong.pretrained import load_smollm2

ONE = Run("Send a lamp to Tom.", ("lock", "weigh", "Tom", "burn"))
TWO = Run("Send a boat to Anna.", ("lock", "weigh", "Anna", "burn"))
MENU = ["lock", "weigh", "burn", "wash", "Tom", "Anna", "Emma"]


def test_a_recipe_keeps_what_two_runs_have_in_common():
    recipe = induce(ONE, TWO)
    assert recipe == Run("Send a X to X.", ("lock", "weigh", "X", "burn"))
    with pytest.raises(ValueError):
        induce(ONE, Run("Send Anna.", TWO.steps))


def test_runs_of_one_kind_have_most_steps_in_common():
    assert alike(ONE, TWO)
    assert alike(ONE, ONE)
    assert not alike(ONE, Run("Send a boat to Anna.", ("wash", "Anna", "lock", "burn")))
    assert not alike(ONE, Run("Send Anna.", TWO.steps))


def test_a_blank_is_filled_with_the_goals_word_on_the_menu():
    assert fill(induce(ONE, TWO), "Send a drum to Emma.", MENU).steps == ("lock", "weigh", "Emma", "burn")
    assert fill(induce(ONE, TWO), "Send a drum.", MENU).steps == ("lock", "weigh", "X", "burn")


def test_a_step_that_one_token_cannot_tell_is_refused():
    model, tokenizer = load_smollm2()
    with pytest.raises(ValueError, match="words: '3' begins with the token ' ', which says nothing of it"):
        tries(model, tokenizer, ["lock", "3"], [Run("Lock it.", ("lock",))], [""])
    with pytest.raises(ValueError, match=r"menu: \['lock', 'lock up'\] do not all begin with a token of their own"):
        tries(model, tokenizer, ["lock", "wash", "lock up"], [Run("Lock it.", ("lock",))], [""])


def test_tries_are_the_rank_among_what_is_not_done_yet():
    model, tokenizer = load_smollm2()
    runs, notes = [ONE, TWO], ["", str(ONE)]
    got = tries(model, tokenizer, MENU, runs, notes)
    for row, run, note in zip(got.tolist(), runs, notes, strict=True):
        for j, step in enumerate(run.steps):
            text = f"\n{note}Goal: {run.goal}\nSteps:" + "".join(f" {word}," for word in run.steps[:j])
            with torch.inference_mode():
                logits, _ = model(torch.tensor([tokenizer.encode(text)]))
            left = [word for word in MENU if word not in run.steps[:j]]
            ranked = sorted(left, key=lambda word: -float(logits[0, -1, tokenizer.encode(f" {word}")[0]]))
            assert row[j] == ranked.index(step) + 1


def test_the_same_run_read_before_leaves_little_to_try():
    model, tokenizer = load_smollm2()
    blind, told = tries(model, tokenizer, MENU, [ONE, ONE], ["", str(ONE)]).sum(1).tolist()
    assert told <= 5 < blind
