"""Neurons as memories: against sums by hand, and against what integrated gradients must add up to."""

from __future__ import annotations

import pytest
import torch
from jielong.interpretability.ablation import largest
from jielong.interpretability.changes import put
from jielong.interpretability.key_value_neurons import activations, attributions, erased, promoted, rewritten, triggers
from jielong.sampling import generate
from jielong.sites import intervene, trace

IDS = [3, 7, 1, 20, 4]


def test_a_layer_adds_values_weighted_by_activations(small):
    with torch.no_grad(), trace(small) as seen:
        small(torch.tensor([IDS]))
    down = small.blocks[1].feedforward.down.weight
    activation = seen["blocks.1.feedforward.activation"][0, -1]
    by_hand = sum(activation[i] * down[:, i] for i in range(24))
    assert torch.allclose(by_hand, seen["blocks.1.feedforward.out"][0, -1], atol=1e-6)


def test_a_layer_s_attributions_sum_to_what_its_neurons_do(small):
    found = attributions(small, IDS, word=9, steps=40)
    with torch.no_grad():
        before = small(torch.tensor([IDS]))[0][0, -1].softmax(-1)[9]
        for layer in range(3):
            with intervene(small, {f"blocks.{layer}.feedforward.activation": put(0.0, at=-1)}):
                without = small(torch.tensor([IDS]))[0][0, -1].softmax(-1)[9]
            assert found[layer].sum().item() == pytest.approx((before - without).item(), rel=0.02, abs=1e-5)


def test_triggers_are_the_places_of_the_largest_activations(small):
    ids = torch.randint(23, (4, 6), generator=torch.Generator().manual_seed(2))
    with torch.no_grad(), trace(small, "blocks.2.feedforward.activation") as seen:
        small(ids)
    values = seen["blocks.2.feedforward.activation"][..., 5]
    found = triggers(small, ids, [(2, 5), (0, 1)], count=3)[2, 5]
    for value, row, place in found:
        assert place > 0
        assert values[row, place].item() == pytest.approx(value, abs=1e-6)
    everything = sorted(values[:, 1:].flatten().tolist(), reverse=True)
    assert [value for value, *_ in found] == pytest.approx(everything[:3], abs=1e-6)


def test_the_promoted_word_is_the_one_that_a_value_is_made_of(small):
    with torch.no_grad():
        small.norm.weight.fill_(1.0)
        small.blocks[0].feedforward.down.weight[:, 4] = small.embed.weight[11] * 3
    wanted = (small.embed.weight @ small.embed.weight[11]).argmax()
    assert promoted(small, (0, 4), count=1).item() == wanted


def test_the_final_norm_s_weights_decide_between_two_words(small):
    with torch.no_grad():
        small.embed.weight.zero_()
        small.embed.weight[5, 0] = small.embed.weight[6, 1] = 1.0
        small.blocks[1].feedforward.down.weight[:, 2] = torch.tensor([2.0, 1.0] + [0.0] * 14)
        small.norm.weight[:2] = torch.tensor([1.0, 3.0])  # word 5 gets 2 x 1, word 6 gets 1 x 3
    assert promoted(small, (1, 2), count=2).tolist() == [6, 5]


def test_erasing_is_setting_to_zero_but_at_the_first_position(small):
    ids = torch.tensor([IDS])
    with torch.no_grad(), intervene(small, erased([(1, 3), (1, 8), (2, 0)])), trace(small) as seen:
        small(ids)
    activation = seen["blocks.1.feedforward.activation"]
    assert activation[:, 1:, [3, 8]].eq(0).all()
    assert activation[:, 0, [3, 8]].ne(0).all()
    assert seen["blocks.2.feedforward.activation"][:, 1:, 0].eq(0).all()


def test_erased_neurons_stay_silent_while_writing_and_behind_padding(small):
    site, ids = "blocks.1.feedforward.activation", torch.tensor([IDS, IDS])
    with intervene(small, erased([(1, 3)])), trace(small, site, keep="all") as seen:
        generate(small, ids, 4, padding=torch.tensor([0, 2]))
    silent = seen.joined(site)[..., 3] == 0
    assert silent.tolist() == [[False] + [True] * 7, [False] * 3 + [True] * 5]


def test_frozen_weights_have_attributions_as_others(small):
    wanted = attributions(small, IDS, word=9)
    small.requires_grad_(False)
    with torch.no_grad():
        assert torch.equal(attributions(small, IDS, word=9), wanted)
    assert not activations(small, IDS).is_inference()


def test_the_strongest_come_first():
    table = torch.zeros(3, 24)
    table[2, 7], table[0, 1], table[1, 23] = 5.0, 3.0, 4.0
    assert largest(table, 3) == [(2, 7), (1, 23), (0, 1)]


def test_rewriting_touches_only_these_values_and_minds_their_sign(small):
    found = activations(small, IDS)
    with torch.no_grad(), trace(small) as seen:
        small(torch.tensor([IDS]))
    assert torch.allclose(found[1], seen["blocks.1.feedforward.activation"][0, -1], atol=1e-6)
    up, down = found[1].argmax().item(), found[1].argmin().item()
    assert found[1, up] > 0 > found[1, down]
    new = rewritten(small, [(1, up), (1, down)], found, old=2, new=9)
    before = small.blocks[1].feedforward.down.weight
    assert list(new) == [1]
    kept = [i for i in range(24) if i not in (up, down)]
    assert torch.equal(new[1][:, kept], before[:, kept])
    moved, wanted = new[1] - before, 2 * small.embed.weight[9] - small.embed.weight[2]
    assert torch.allclose(moved[:, up], wanted, atol=1e-6)
    assert torch.allclose(moved[:, down], -wanted, atol=1e-6)


def test_with_nothing_said_a_neuron_grows_in_five_midpoints(small):
    """In the last layer what a neuron adds goes into the final norm and nowhere else."""
    small.double().blocks[2].feedforward.down.weight.data.mul_(20)  # so that it matters where the slope is taken
    with torch.no_grad(), trace(small) as seen:
        small(torch.tensor([IDS]))
    own, stream = seen["blocks.2.feedforward.activation"][0, -1], seen["blocks.2.out"][0, -1]
    down, slopes = small.blocks[2].feedforward.down.weight.detach(), []
    for part in (0.1, 0.3, 0.5, 0.7, 0.9):
        neurons = (part * own).requires_grad_()
        p = small.unembed(small.norm(stream + down @ (neurons - own))).softmax(-1)[9]
        slopes.append(torch.autograd.grad(p, neurons)[0])
    wanted = own * torch.stack(slopes).mean(0)
    torch.testing.assert_close(attributions(small, IDS, word=9)[2], wanted, rtol=1e-6, atol=1e-12)


def test_with_nothing_said_five_come_first(small):
    ids = torch.randint(23, (4, 6), generator=torch.Generator().manual_seed(2))
    assert len(triggers(small, ids, [(1, 3)])[1, 3]) == 5
    value = small.blocks[0].feedforward.down.weight[:, 4]
    raised = small.embed.weight @ (small.norm.weight * value)
    assert promoted(small, (0, 4)).tolist() == raised.argsort(descending=True)[:5].tolist()
