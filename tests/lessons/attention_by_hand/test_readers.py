"""Readers against plain arithmetic, and against what each of them cannot see."""

from __future__ import annotations

import math

import pytest
import torch
from jielong.lessons.attention_by_hand.readers import MOST, SYMBOLS, Reader, answer_loss, practice, task


def reader(**switches):
    torch.manual_seed(0)
    return Reader(**switches, width=8).double()


def rows():
    ids, _ = task(5).questions(6, torch.Generator().manual_seed(1))
    return ids[:, :-1]


@torch.no_grad()
def test_the_weights_and_the_answer_by_hand():
    model, ids = reader(order=True, attention=True), rows()
    logits, weights = model(ids)[0], model.weights(ids)
    for row, now, looks in zip(ids, logits, weights, strict=True):
        seen = [torch.zeros(8).double(), *model.embed(row)]
        x = [model.pair.weight @ torch.cat((seen[t + 1], seen[t])) + model.pair.bias for t in range(11)]
        raw = [math.exp((model.q.weight @ x[-1]) @ (model.k.weight @ past) / 8**0.5) for past in x[:-1]]
        torch.testing.assert_close(looks, torch.tensor(raw).double() / sum(raw))
        read = sum(w / sum(raw) * (model.v.weight @ past) for w, past in zip(raw, x[:-1], strict=True))
        torch.testing.assert_close(now[0], model.answer.weight @ read + model.answer.bias)


@torch.no_grad()
def test_without_order_the_past_is_a_bag_of_words():
    ids = rows()
    mixed = torch.cat((ids[:, :-1].flip(1), ids[:, -1:]), 1)
    bag = reader(attention=True)
    torch.testing.assert_close(bag(ids)[0], bag(mixed)[0])
    for switches in ({"order": True, "attention": True}, {"rnn": True, "attention": True}, {"rnn": True}):
        other = reader(**switches)
        assert not torch.allclose(other(ids)[0], other(mixed)[0])


@torch.no_grad()
def test_with_all_switches_off_only_the_last_word_is_seen():
    ids, blind = rows(), reader()
    torch.testing.assert_close(blind(ids)[0], blind(ids[:, -1:])[0])


@torch.no_grad()
def test_the_lstm_alone_is_torch_s_last_output():
    model, ids = Reader(rnn=True, width=8, hidden=12), rows()
    _, (last, _) = model.rnn(model.embed(ids))
    torch.testing.assert_close(model(ids)[0][:, 0], model.answer(last[0]))


def test_practice_has_all_lengths_and_can_be_answered():
    lengths = set()
    for _, (ids, learn) in zip(range(60), practice(seed=3, count=4), strict=False):
        lengths.add((ids.shape[1] - 2) // 2)
        assert learn.nonzero()[:, 1].unique().tolist() == [ids.shape[1] - 1]
        for row in ids.tolist():
            assert dict(zip(row[:-2:2], row[1:-2:2], strict=True))[row[-2]] == row[-1]
    assert lengths == set(range(1, MOST + 1))


@torch.no_grad()
def test_the_loss_of_a_reader_that_knows_nothing():
    model = reader()
    model.answer.weight.zero_()
    model.answer.bias.zero_()
    assert answer_loss(model, *next(practice(0))).item() == pytest.approx(math.log(2 * SYMBOLS))
