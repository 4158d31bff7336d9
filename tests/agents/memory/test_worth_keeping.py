"""Writing: the worth of a note, and the line."""

from __future__ import annotations

import pytest
import torch
from jielong.agents.memory import worth_keeping
from jielong.pretrained import load_smollm2


def test_the_line_separates_what_can_be_separated():
    worths, wanted = torch.tensor([0.1, 0.9, -0.5, 0.4]), torch.tensor([False, True, False, True])
    assert worth_keeping.line(worths, wanted) == pytest.approx(0.25)
    assert worth_keeping.separation(worths, wanted) == 1.0
    assert worth_keeping.separation(-worths, wanted) == 0.0


def test_separation_counts_pairs():
    worths, wanted = torch.tensor([1.0, 3.0, 2.0, 0.0]), torch.tensor([True, True, False, False])
    assert worth_keeping.separation(worths, wanted) == pytest.approx(3 / 4)


def test_examples_teach_what_is_worth_keeping():
    model, tokenizer = load_smollm2()
    texts = ["The capital of Lumora is Copper.", "Ines lost a red kite in Lumora."]
    fact, event = worth_keeping.worth(model, tokenizer, texts).tolist()
    assert fact > event + 0.5
