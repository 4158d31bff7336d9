"""Cards: each is one number with two faces; the answers are on the table; a model's mark is what it deserves."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers import MIXERS
from jielong.toys.cards import ASKED, KEYS, VALUES, Faces, answer_loss, card_model, cards, practice, recalled


def faces(card):
    return divmod(card, VALUES + 1)


def test_every_question_has_its_answer_on_the_table():
    ids, answers = cards(50, 12, 5, torch.Generator().manual_seed(0))
    assert ids.shape == (50, 17)
    assert answers.shape == (50, 5)
    for row, right in zip(ids.tolist(), answers.tolist(), strict=True):
        table = dict(faces(card) for card in row[:12])
        assert len(table) == 12
        assert max(table.values()) < VALUES
        assert max(table) < KEYS
        asked = [faces(card) for card in row[12:]]
        assert [table[key] for key, _ in asked] == right
        assert {value for _, value in asked} == {VALUES}


def test_a_card_is_embedded_as_the_sum_of_its_faces():
    embed = Faces(6)
    card = torch.tensor([[7 * (VALUES + 1) + 3]])
    assert torch.equal(embed(card)[0, 0], embed.key.weight[7] + embed.value.weight[3])


def test_practice_takes_turns_and_asks_for_what_there_is():
    drawn = [next(it) for it in [practice([4, 20], seed=0)] * 3]
    assert [ids.shape[1] for ids, _ in drawn] == [4 + 4, 20 + ASKED, 4 + 4]


@pytest.mark.parametrize("mixer", ["attention", "linear", "delta"])
def test_a_card_sees_no_neighbour_before_the_memory_does(mixer):
    model = card_model(mixer, 8, seed=0)
    ids, _ = cards(1, 6, 2, torch.Generator().manual_seed(1))
    assert model(ids)[0].shape == (1, 8, VALUES)
    layer = model.blocks[0].mixer
    assert isinstance(layer, MIXERS[mixer])
    if mixer != "attention":
        x = torch.randn(1, 5, layer.convolution.weight.shape[0])
        assert torch.equal(layer.convolution(x)[0], x)


class Clairvoyant:
    """Knows the table, and says the right value, or the one after it."""

    def __init__(self, by=0):
        self.by = by

    def __call__(self, ids):
        logits = torch.zeros(*ids.shape, VALUES)
        for row, line in enumerate(ids.tolist()):
            table = dict(faces(card) for card in line if faces(card)[1] < VALUES)
            for place, card in enumerate(line):
                logits[row, place, (table[faces(card)[0]] + self.by) % VALUES] = 30
        return logits, None


def test_marks_and_losses_of_one_who_knows_and_one_who_is_off_by_one():
    assert torch.equal(recalled(Clairvoyant(), 9, count=20), torch.ones(9))
    assert not recalled(Clairvoyant(by=1), 9, count=20).any()
    batch = cards(10, 6, 4, torch.Generator().manual_seed(2))
    assert answer_loss(Clairvoyant(), *batch) < 1e-6
    assert answer_loss(Clairvoyant(by=1), *batch) == pytest.approx(30, abs=1e-3)


def test_faces_begin_at_a_half_in_each_direction():
    torch.manual_seed(0)
    for face in (Faces(2000).key, Faces(2000).value):
        assert face.weight.std().item() == pytest.approx(0.5, rel=0.02)
