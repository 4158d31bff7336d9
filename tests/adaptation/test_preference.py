"""DPO's pieces against sums written out by hand, and the whole against what a preference should do."""

import math
import random
from copy import deepcopy

import pytest
import torch
from jielong.adaptation import preference
from jielong.adaptation.preference import Preferences
from jielong.model import Config, LanguageModel
from jielong.toys.models import small_model

from tests.constants.watching import cosine, watched

END = 5


def pairs(count=4):
    """Prompt 1 2, chosen answer 3 END, rejected answer 4 END."""
    chosen, rejected = torch.tensor([[1, 2, 3, END]] * count), torch.tensor([[1, 2, 4, END]] * count)
    mask = torch.tensor([[False, False, True, True]] * count)
    return Preferences(chosen, mask, rejected, mask)


def by_hand(model, row, start):
    """Sum of log p of each token from ``start`` on, one forward pass for each."""
    with torch.no_grad():
        return sum(model(row[None, :t])[0][0, -1].log_softmax(0)[row[t]].item() for t in range(start, len(row)))


def test_an_answer_ends_with_the_first_end():
    ids = torch.tensor([[END, 1, 2, END, END], [1, 2, 3, 4, 0]])
    assert preference.answer_mask(ids, 2, END).tolist() == [
        [False, False, True, True, False],
        [False, False, True, True, True],
    ]


def test_the_loss_is_equation_7():
    model, reference = small_model(8, seed=1), small_model(8, seed=2)
    p = pairs(1)
    now, then = ([by_hand(m, side[0], 2) for side in (p.chosen, p.rejected)] for m in (model, reference))
    gap = (now[0] - now[1]) - (then[0] - then[1])
    wanted = -math.log(1 / (1 + math.exp(-0.3 * gap)))
    with torch.no_grad():
        loss = preference.preference_loss(model, p, torch.tensor([then[0] - then[1]]), beta=0.3)
        anchored = preference.preference_loss(model, p, torch.tensor([then[0] - then[1]]), beta=0.3, anchor=2.0)
    assert loss.item() == pytest.approx(wanted, rel=1e-4)
    assert anchored.item() == pytest.approx(wanted - 2.0 * now[0] / 2, rel=1e-4)


def test_before_training_the_loss_is_log_2():
    losses = preference.prefer(small_model(8, seed=1), pairs(), steps=1, anchor=0.0)
    assert losses == [pytest.approx(math.log(2), rel=1e-5)]


def test_training_turns_the_model_to_what_was_chosen():
    model = small_model(8, seed=1)
    before = [side.mean().item() for side in preference.log_probabilities(model, pairs())]
    preference.prefer(model, pairs(), steps=30, lr=1e-3)
    after = [side.mean().item() for side in preference.log_probabilities(model, pairs())]
    assert after[0] - after[1] > before[0] - before[1] + 1
    assert after[0] > before[0]


def test_balanced_choices_cancel_out():
    start = small_model(8, seed=1)
    gaps = {}
    for name, data in (("true", pairs(40)), ("turned", preference.half_swapped(pairs(40), random.Random(0)))):
        model = deepcopy(start)
        preference.prefer(model, data, steps=30, lr=1e-3, count=40, anchor=0.0)
        with torch.no_grad():
            chosen, rejected = preference.log_probabilities(model, pairs(1))
        gaps[name] = (chosen - rejected).item()
    with torch.no_grad():
        chosen, rejected = preference.log_probabilities(start, pairs(1))
    assert gaps["true"] - (chosen - rejected).item() > 5 * abs(gaps["turned"] - (chosen - rejected).item())


def test_exactly_half_is_swapped_and_masks_go_along():
    p = pairs(10)
    longer = p._replace(rejected_answer=torch.tensor([[False, False, True, False]] * 10))
    swapped = preference.half_swapped(longer, random.Random(3))
    turned = swapped.chosen[:, 2] == 4
    assert turned.sum() == 5
    assert swapped.chosen_answer[turned].equal(longer.rejected_answer[turned])
    assert swapped.rejected[turned].equal(longer.chosen[turned])
    assert swapped.chosen[~turned].equal(longer.chosen[~turned])


def test_the_judge_s_better_answer_is_the_chosen_one():
    model = small_model(8, seed=1)
    prompts = [torch.tensor([[1, 2]] * 30), torch.tensor([[1, 2, 3]] * 30)]
    generator = torch.Generator().manual_seed(0)
    made = preference.compare(model, prompts, lambda row: float(row[-1] % 4), max_new=2, end=END, generator=generator)
    assert 20 < len(made.chosen) < 60
    for row, mask, other, other_mask in zip(*made, strict=True):
        start = int(mask.int().argmax())
        assert row[:start].equal(other[:start])
        assert start == int(other_mask.int().argmax())
        last, other_last = (r[: start + 2][-1] for r in (row, other))
        assert last % 4 > other_last % 4


def test_a_judge_without_an_opinion_is_refused():
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(ValueError, match="same mark"):
        preference.compare(
            small_model(8), [torch.tensor([[1, 2]])], lambda row: 0.0, max_new=2, end=END, generator=generator
        )


def test_with_nothing_said_it_is_forty_steps_of_48_pairs():
    model = small_model(8, seed=1)
    seen = watched(lambda: preference.prefer(model, pairs(50)), 12)
    assert seen.rates == pytest.approx(cosine(3e-4, 40, 12))
    assert not any(seen.decays)
    assert seen.rows == [2 * 50, *[2 * 48] * 12]  # at first all of them, for the model as it was


def test_with_nothing_said_beta_is_three_tenths_and_the_anchor_one():
    start, then = small_model(8, seed=1), deepcopy(small_model(8, seed=1))
    losses = preference.prefer(deepcopy(start), pairs(1), steps=2, lr=0.02)
    preference.prefer(then, pairs(1), steps=1, lr=0.02)  # as far as the other was before its second step
    before, now = ([by_hand(m, side[0], 2) for side in (pairs(1).chosen, pairs(1).rejected)] for m in (start, then))
    gap = (now[0] - now[1]) - (before[0] - before[1])
    assert gap > 0.1
    assert losses[0] == pytest.approx(math.log(2) - before[0] / 2, rel=1e-5)
    assert losses[1] == pytest.approx(math.log(1 + math.exp(-0.3 * gap)) - now[0] / 2, rel=1e-5)


@torch.no_grad()
def test_two_answers_differ_as_often_as_two_rolls_of_the_model_s_own_die():
    """Of two tokens with chances of nine and one in ten, at temperature one: 2 x 0.9 x 0.1."""
    model = LanguageModel(Config(vocabulary=2, width=16, layers=1, heads=2, tied=False)).eval()
    stream, _ = model.hidden(torch.tensor([[0]]))
    model.head.weight.zero_()
    model.head.weight[1] = math.log(9) * stream[0, 0] / stream.square().sum()
    prompts, generator = [torch.zeros(6000, 1).long()], torch.Generator().manual_seed(0)
    made = preference.compare(model, prompts, lambda row: float(row[1]), max_new=1, end=5, generator=generator)
    assert len(made.chosen) / 6000 == pytest.approx(0.18, abs=0.012)
