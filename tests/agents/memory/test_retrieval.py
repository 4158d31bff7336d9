"""Reading: what fits, and no prompt twice."""

from __future__ import annotations

import pytest
import torch
from jielong.agents.memory import retrieval
from jielong.agents.memory.store import Memory
from jielong.pretrained import load_smollm2


def flat(texts):
    """All texts at one point: these tests look nothing up."""
    return torch.eye(384)[:1].expand(len(texts), -1)


@pytest.fixture(scope="module")
def real():
    return load_smollm2()


def test_the_newest_that_fit_stop_at_the_first_that_does_not(real):
    _, tokenizer = real
    texts = ["one", "a much longer record than all of the others", "two", "three"]
    memory = Memory(":memory:", flat)
    memory.write(texts)
    cost = [len(tokenizer.encode(text + "\n")) for text in texts]
    fit = lambda tokens: [hit.text for hit in retrieval.newest_that_fit(memory, tokenizer, tokens)]  # noqa: E731
    assert fit(sum(cost)) == texts
    assert fit(sum(cost) - 1) == texts[1:]
    assert fit(cost[2] + cost[3]) == fit(cost[2] + cost[3] + cost[0]) == ["two", "three"]
    assert fit(0) == []


def test_a_reader_reads_the_record_and_no_prompt_twice(real):
    memory = Memory(":memory:", flat)
    memory.write(["The capital of Lumora is Copper.", "The capital of Osmara is Pepper."])
    one, two = memory.all()
    reader = retrieval.Reader(*real, ["Copper", "Pepper"])
    openings = ["The capital of Lumora is", "The capital of Osmara is"]
    assert reader([[one], [two]], openings) == ["Copper", "Pepper"]
    assert len(reader.said) == 2
    assert reader([[two], [one]], openings[::-1]) == ["Pepper", "Copper"]
    assert len(reader.said) == 2
    assert reader([[], [one, two]], openings)[1] == "Pepper"  # nothing before the one, both before the other
