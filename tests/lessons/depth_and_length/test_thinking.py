"""Budgets against a loop written out, votes against a counter."""

from collections import Counter

import pytest
import torch
from jielong.lessons.depth_and_length.thinking import majority, say, think
from jielong.model import Config, LanguageModel
from jielong.training import seeded


@pytest.fixture(scope="module")
def model():
    model = seeded(lambda: LanguageModel(Config(vocabulary=19, width=32, layers=2)), 0)
    for parameter in model.parameters():  # far from uniform, so that greedy choices are clear
        parameter.data.mul_(3)
    return model.eval()


def greedy(model, row, count):
    for _ in range(count):
        row = [*row, int(model(torch.tensor([row]))[0][0, -1].argmax())]
    return row


@pytest.mark.parametrize("budget", [0, 1, 4])
def test_a_budget_is_kept_to_the_token(model, budget):
    ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
    expected = [greedy(model, [*greedy(model, row, budget), 17], 1) for row in ids.tolist()]
    assert think(model, ids, budget, 17).tolist() == expected


def test_dots_take_the_thoughts_place_and_length(model):
    ids = torch.tensor([[1, 2, 3]])
    assert think(model, ids, 4, 17, dots=18).tolist() == [greedy(model, [1, 2, 3, 18, 18, 18, 18, 17], 1)]


def test_a_negative_budget_is_refused(model):
    with pytest.raises(ValueError, match="budget=-1"):
        think(model, torch.tensor([[1]]), -1, 17)


def test_a_word_is_written_into_every_row():
    assert say(torch.tensor([[1, 2], [3, 4]]), 9).tolist() == [[1, 2, 9], [3, 4, 9]]


def test_the_majority_is_the_counters_most_common():
    votes = torch.randint(0, 5, (200, 9), generator=torch.Generator().manual_seed(0))
    assert majority(votes).tolist() == [Counter(row).most_common(1)[0][0] for row in votes.tolist()]
    assert majority(torch.tensor([4, 2, 2, 4])) == 4
