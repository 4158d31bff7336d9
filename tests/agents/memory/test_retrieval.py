"""Reading: what fits, the likeliest word, and no prompt twice."""

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


def test_weights_are_those_of_the_whole_text_read_at_once(real):
    model, tokenizer = real
    before, ends = "\nThe capital of Spain is Madrid.\n", ["The capital of France is", "Rome lies in"]
    words = [" Paris", " Italy"]
    got = retrieval.weigh(model, tokenizer, words, ends, before)
    for row, end in zip(got, ends, strict=True):
        with torch.inference_mode():
            logits, _ = model(torch.tensor([tokenizer.encode(before) + tokenizer.encode(end)]))
        first = [tokenizer.encode(word)[0] for word in words]
        assert torch.allclose(row, logits[0, -1].log_softmax(-1)[first], atol=1e-3)
    assert torch.allclose(got, retrieval.weigh(model, tokenizer, words, [before + end for end in ends]), atol=1e-3)


def test_answers_are_the_likeliest_of_the_words(real):
    model, tokenizer = real
    prompts = ["\nThe capital of France is", "\nThe capital of Japan is"]
    assert retrieval.answers(model, tokenizer, ["Tokyo", "Paris"], prompts) == ["Paris", "Tokyo"]
    with pytest.raises(ValueError, match="first token"):
        retrieval.answers(model, tokenizer, ["Paris", "Paris"], prompts)


def test_a_reader_reads_the_record_and_no_prompt_twice(real):
    memory = Memory(":memory:", flat)
    memory.write(["The capital of Lumora is Copper.", "The capital of Osmara is Pepper."])
    one, two = memory.all()
    reader = retrieval.Reader(*real, ["Copper", "Pepper"])
    openings = ["The capital of Lumora is", "The capital of Osmara is"]
    assert reader([[one], [two]], openings) == ["Copper", "Pepper"]
    assert len(reader.said) == 2
    assert reader([[two], [one]], openings[::-1]) == ["Pepper", "Copper"] and len(reader.said) == 2
