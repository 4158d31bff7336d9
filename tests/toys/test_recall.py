"""Recall tasks: what is asked was said, what is right is what was said last; watching agrees with the whole form."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers import delta, gated, linear_attention
from jielong.toys.recall import (
    Recall,
    corrections,
    last_values,
    moves,
    pairs,
    rewrites,
    some_of,
    told,
    unit_vectors,
    watch,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_pairs_have_different_keys_and_rewrites_have_not():
    k, v = pairs(200, 12, 12, 5, seeded())
    assert (k.sort(1).values == torch.arange(12)).all()
    assert v.min() == 0
    assert v.max() == 4
    k, _ = rewrites(200, 12, 12, 5, seeded())
    assert k.min() == 0
    assert k.max() == 11
    assert all(len(row.unique()) < 12 for row in k[:20])


def test_too_few_keys_are_refused():
    with pytest.raises(ValueError, match="number=9 .* keys=8"):
        pairs(1, 9, 8, 8, seeded())


@pytest.mark.parametrize("change", [0.0, 0.25, 1.0])
def test_moves_change_a_value_as_often_as_said(change):
    k, v = moves(100, 80, 6, 1000, change, seeded())
    changed, all_of = 0, 0
    for row_k, row_v in zip(k.tolist(), v.tolist(), strict=True):
        memory = {}
        for key, value in zip(row_k, row_v, strict=True):
            if key in memory:
                all_of, changed = all_of + 1, changed + (memory[key] != value)
            memory[key] = value
    assert changed / all_of == pytest.approx(change, abs=0.02)


def test_the_last_value_is_that_of_a_dictionary():
    k, v = rewrites(50, 30, 6, 9, seeded(1))
    asked = some_of(k, 4, seeded(2))
    for row in range(50):
        memory = dict(zip(k[row].tolist(), v[row].tolist(), strict=True))
        assert last_values(k, v, asked)[row].tolist() == [memory[key] for key in asked[row].tolist()]


def test_a_key_that_was_never_written_has_no_value():
    with pytest.raises(ValueError, match="never written"):
        last_values(torch.tensor([[0, 1]]), torch.tensor([[0, 0]]), torch.tensor([[2]]))


def test_unit_vectors_have_length_one_and_no_common_direction():
    x = unit_vectors(500, 6, seeded())
    assert torch.allclose(x.norm(dim=1), torch.ones(500).double())
    assert x.mean(0).norm() < 0.1


@pytest.mark.parametrize(
    "form,gates",
    [
        (linear_attention.recurrent, {}),
        (gated.recurrent, {"decay": torch.linspace(-1, 0, 7).double()}),
        (gated.recurrent, {"decay": -torch.rand(7, 4, generator=seeded(3)).double()}),
        (delta.recurrent, {"beta": torch.linspace(0, 1, 7).double()}),
    ],
)
def test_watching_ends_where_the_whole_form_ends(form, gates):
    k, v = unit_vectors(7, 4, seeded()).double(), unit_vectors(7, 3, seeded(1)).double()
    seen = watch(form, k, v, **gates)
    _, memory = form(k[None, None], k[None, None], v[None, None], **{n: g[None, None] for n, g in gates.items()})
    assert seen.shape == (8, 4, 3)
    assert not seen[0].any()
    assert torch.allclose(seen[-1], memory[0, 0], atol=1e-12)


def test_a_story_writes_where_it_tells_something_and_nothing_where_it_asks():
    keys, values = torch.eye(3).double(), unit_vectors(2, 4, seeded()).double()
    k, v = told([("write", 2, 1), ("read", 2), ("write", 0, 0)], keys, values)
    assert torch.equal(k, torch.stack((keys[2], torch.zeros(3).double(), keys[0])))
    assert torch.equal(v, torch.stack((values[1], torch.zeros(4).double(), values[0])))


def test_corrections_added_at_the_keys_are_the_delta_rule():
    k, v = unit_vectors(7, 4, seeded()).double(), unit_vectors(7, 3, seeded(1)).double()
    seen = watch(delta.recurrent, k, v, beta=torch.ones(7).double())
    added = k[:, :, None] * corrections(k, v, seen)[:, None, :]
    assert torch.allclose(seen[:-1] + added, seen[1:], atol=1e-12)


@pytest.mark.parametrize("draw", [pairs, rewrites])
def test_questions_can_be_answered_from_what_was_said(draw):
    task = Recall(draw, number=6, keys=8, values=5, asked=3)
    ids, learn = task.questions(40, seeded())
    assert ids.shape == learn.shape == (40, 18)
    assert ids.max() < task.vocabulary
    assert learn.sum(1).unique().tolist() == [3]
    for row, answer in zip(ids.tolist(), learn.tolist(), strict=True):
        memory = dict(zip(row[:12:2], row[1:12:2], strict=True))
        asked = row[12::2]
        assert [x for x, yes in zip(row, answer, strict=True) if yes] == [memory[key] for key in asked]


class Clairvoyant:
    """Says what a dictionary would; ``by`` adds to it."""

    def __init__(self, task, by=0):
        self.task, self.by = task, by

    def __call__(self, ids):
        logits = torch.zeros(*ids.shape, self.task.vocabulary)
        for row, tokens in enumerate(ids.tolist()):
            memory = dict(zip(tokens[:-1:2], tokens[1:-1:2], strict=True))
            logits[row, -1, memory[tokens[-1]] + self.by] = 1
        return logits, None


def test_accuracy_counts_the_right_answers():
    task = Recall(rewrites, number=20, keys=4, values=6)
    assert task.accuracy(Clairvoyant(task)) == 1
    assert task.accuracy(Clairvoyant(task, by=-1)) == 0


def test_an_examination_is_none_that_a_seed_for_training_draws():
    task, seen = Recall(number=4, keys=8, values=8), []
    task.accuracy(lambda ids: (seen.append(ids), Clairvoyant(task)(ids))[1])
    for seed in range(100):
        assert not torch.equal(seen[0], task.questions(500, seeded(seed), asked=1)[0][:, :-1])


def test_the_same_seed_gives_the_same_batches():
    task = Recall(number=4, asked=4)
    first, again, other = (next(task.batches(seed))[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
