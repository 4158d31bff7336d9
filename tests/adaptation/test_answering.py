"""Learning to answer: the marked loss against one row at a time, and what the model keeps of its own."""

from __future__ import annotations

import random

import pytest
import torch
from jielong.adaptation.answering import marked_loss, practise, rounds
from jielong.model import Config, LanguageModel
from jielong.sampling import continuations
from jielong.training import GRID, seeded
from torch.nn import functional as F

from tests.constants.watching import cosine, watched
from tests.letters import letters


@pytest.fixture
def model():
    return seeded(lambda: LanguageModel(Config(vocabulary=29, width=32, layers=2, heads=2)), seed=0).eval()


PROMPTS, ANSWERS = ["abc", "zyxwv", "q"], ["de", "utsr", "no"]


def test_every_row_comes_once_a_round_with_its_answer_marked():
    spell = letters()
    rows = [(spell.encode(p), spell.encode(a)) for p, a in zip(PROMPTS, ANSWERS, strict=True)]
    batches, seen = rounds(spell, rows, 2, random.Random(0)), []
    for _ in range(2):  # one round: two rows and one
        ids, padding, learn = next(batches)
        for row, pad, marks in zip(ids, padding.tolist(), learn, strict=True):
            seen.append((spell.decode(row[pad:][~marks[pad:]].tolist()), spell.decode(row[marks].tolist())))
    assert sorted(seen) == sorted(zip(PROMPTS, ANSWERS, strict=True))


@torch.no_grad()
def test_the_marked_loss_is_that_of_the_answers_alone(model):
    spell = letters()
    rows = [(spell.encode(p), spell.encode(a)) for p, a in zip(PROMPTS, ANSWERS, strict=True)]
    batch = next(rounds(spell, rows, 3, random.Random(0)))
    total = 0.0
    for prompt, answer in rows:
        logits, _ = model(torch.tensor([prompt + answer[:-1]]))
        total += F.cross_entropy(logits[0, len(prompt) - 1 :], torch.tensor(answer), reduction="sum").item()
    assert marked_loss(model, *batch).item() == pytest.approx(total / sum(map(len, ANSWERS)), rel=1e-9)


def test_practice_makes_the_answers_its_own(model):
    practise(model, letters(), PROMPTS, ANSWERS, steps=60, count=3, lr=1e-2)
    assert continuations(model, letters(), PROMPTS[1:2], 4) == ["utsr"]
    assert continuations(model, letters(), PROMPTS[::2], 2) == ["de", "no"]


def test_practice_is_twelve_steps_of_sixteen_and_first_moves_by_the_learning_rate(model):
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    many = [letter * 3 for letter in "abcdefghijklmnopqrstuvwxyz"]
    seen = watched(lambda: practise(model, letters(), many, many), 100)
    assert len(seen.rates) == 12
    assert set(seen.rows) == {16, 10}  # of 26, the rest of each round
    assert seen.rates == pytest.approx(cosine(5e-3, 12, 12))
    assert not any(seen.decays)
    model.load_state_dict(before)
    practise(model, letters(), PROMPTS, ANSWERS, steps=1)
    assert max((p - before[n]).abs().max().item() for n, p in model.named_parameters()) == pytest.approx(5e-3, abs=GRID)
