"""Circuits: on models small enough to try everything, and on a head that was built to be an induction head."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch
from jielong.interpretability.circuits import (
    Bench,
    Contrast,
    Task,
    effects,
    margin,
    only,
    prefix_matching,
    prune,
    reads,
    repeated,
    route,
    strongest,
    subsets,
    task,
)
from jielong.lessons.the_smallest_group.names import NAMES, TEMPLATES, halves, handing
from jielong.model import Config, LanguageModel
from jielong.sites import advance, intervene, resume, trace

from tests.models import tiny


@pytest.fixture
def small():
    model = tiny(heads=2, kv_heads=None)
    for p in model.parameters():  # so that heads matter
        p.data.mul_(3.0 if p.dim() > 1 else 1.0)
    return model


@pytest.fixture
def these():
    generator = torch.Generator().manual_seed(1)
    ids, other = torch.randint(23, (2, 4, 7), generator=generator)
    return Task(ids, other, torch.tensor([1, 2, 3, 4]), torch.tensor([[5, 6], [7, 8], [9, 10], [11, 12]]))


def test_margin_by_hand():
    last = torch.tensor([[1.0, 3.0, 2.0, 0.0]])
    one = Task(torch.zeros(1, 2).long(), torch.zeros(1, 2).long(), torch.tensor([1]), torch.tensor([[2, 3]]))
    assert margin(last, one).item() == pytest.approx(1.0)
    odds = torch.tensor(3.0).exp() / (torch.tensor(2.0).exp() + 1)
    assert margin(last, one, rivals=2).item() == pytest.approx(odds.log().item())


def test_a_head_that_looks_one_after_its_first_appearance_scores_one():
    period, time = 5, 10
    pattern = torch.zeros(2, 1, 1, time, time)
    for query in range(time):
        pattern[0, 0, 0, query, max(0, query - period + 1)] = 1  # of token t: where t stood, plus one
        pattern[1, 0, 0, query, max(0, query - period)] = 1  # where t itself stood
    assert prefix_matching(pattern, period).flatten().tolist() == [1, 0]


def test_random_tokens_come_twice():
    ids = repeated(3, 8, 1000, seed=2)
    assert ids.shape == (3, 16)
    assert torch.equal(ids[:, :8], ids[:, 8:])
    assert len(ids[:, :8].unique()) > 20


@torch.inference_mode()
def test_all_heads_are_the_model_and_none_is_the_other_prompt_s_readings(small, these):
    bench = Bench(small, these)
    wanted = margin(small(these.ids)[0][:, -1], these).mean().item()
    assert bench.full == pytest.approx(wanted, abs=1e-5)
    assert bench.share(bench.logits(bench.heads)) == pytest.approx(1)
    assert bench.share(bench.logits(())) == 0
    same = Bench(small, these._replace(other=these.ids))
    assert same.none == pytest.approx(same.full, abs=1e-5)  # nothing is changed by what was there anyway
    with intervene(small, only([(1, 0)], bench.other)), trace(small, "blocks.1.mixer.heads") as seen:
        small(these.ids)
    now, other = seen["blocks.1.mixer.heads"], reads(small, these.other)[1]
    assert torch.equal(now[:, :, 1], other[:, :, 1])
    assert not torch.equal(now[:, :, 0], other[:, :, 0])


def test_effects_add_up_where_the_heads_act_alone(these):
    """In the last layer of a model without feed-forward networks a small change acts in proportion."""
    these = these._replace(other=torch.cat((these.other[:, :-1], these.ids[:, -1:]), 1))  # the words at the end agree
    torch.manual_seed(1)
    model = LanguageModel(Config(vocabulary=23, width=16, layers=1, heads=4, hidden=24)).eval()
    for block in model.blocks:
        block.feedforward.down.weight.data.zero_()
        block.mixer.o.weight.data.mul_(0.01)
    bench = Bench(model, these)
    found = effects(model, these, steps=1).sum(-1)
    for head in bench.heads:
        rest = [other for other in bench.heads if other != head]
        exact = bench.full - bench.margin(rest)
        assert found[head].item() == pytest.approx(exact, abs=0.02 * found.abs().max().item())


def test_the_strongest_count_whatever_their_sign():
    assert strongest(torch.tensor([[0.1, -3.0], [2.0, 0.0]]), 2) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("price", [0.01, 0.1])
def test_no_single_head_more_can_be_spared_and_the_shares_are_true(small, these, price):
    bench = Bench(small, these)
    kept, steps = prune(bench, bench.heads, price)
    now = list(bench.heads)
    for step in steps:
        without = [head for head in now if head != step.head]
        share = bench.share(bench.logits(without))
        assert step.share == pytest.approx(share, abs=1e-4)
        assert step.gone == (abs(1 - share) - abs(1 - bench.share(bench.logits(now))) < price)
        now = without if step.gone else now
    assert kept == now
    assert [step.head for step in steps] == list(reversed(bench.heads))


def test_the_search_finds_what_trying_everything_finds_when_heads_are_free(small, these):
    bench = Bench(small, these)

    def cost(heads):
        return abs(1 - bench.share(bench.logits(heads))) + 0.02 * len(heads)

    everything = [some for n in range(7) for some in combinations(bench.heads, n)]
    best, found = min(map(cost, everything)), cost(prune(bench, bench.heads, 0.02)[0])
    assert best <= found <= cost(bench.heads) + 1e-5  # greedy: no worse than it began, and never below the best


def test_every_subset_is_the_run_with_these_heads(small, these):
    one = Task(*(part[:1] for part in these))
    heads = [(0, 1), (1, 0), (1, 1), (2, 0)]
    bench, found = Bench(small, one), subsets(small, one, heads)
    assert found.shape == (16, 23)
    for k in range(16):
        kept = [head for i, head in enumerate(heads) if k >> i & 1]
        assert torch.allclose(found[k], bench.logits(kept)[0], atol=1e-5), kept
    with pytest.raises(ValueError, match="one prompt, not 4"):
        subsets(small, these, heads)
    with pytest.raises(ValueError, match="in the order of layers"):
        subsets(small, one, heads[::-1])


def test_a_route_goes_from_what_is_looked_at_to_where_it_matters():
    effect = torch.tensor([[0.0, 0.1, 0.2, -0.9], [0.0, 0.0, 0.5, 0.0]])
    pattern = torch.tensor([[[1.0, 0, 0, 0], [1, 0, 0, 0], [0.9, 0.1, 0, 0], [0.7, 0.05, 0.2, 0.05]]] * 2)
    assert route(effect, pattern, 0) == (2, 3)
    assert route(effect, pattern, 1) == (1, 2)


@torch.inference_mode()
def test_advance_stops_where_resume_goes_on(small, these):
    x = advance(small, small.embed(these.ids), 0, 2)
    assert torch.equal(resume(small, x, 2), small(these.ids)[0])
    assert torch.equal(resume(small, x, 2, at=slice(-1, None)), small(these.ids)[0][:, -1:])
    with pytest.raises(ValueError, match="in this order"):
        advance(small, x, 2, 1)


def test_prompts_are_of_one_length_and_share_no_name_between_the_halves(smollm2):
    _, tokenizer = smollm2
    assert all(len(tokenizer.encode(" " + name)) == 1 for name in NAMES)
    assert len(set(NAMES)) == len(NAMES)
    items = handing(24, seed=3)
    these = task(tokenizer, items)
    assert these.ids.shape == these.other.shape
    assert these.wrong.shape == (24, 4)
    for item, row in zip(items, these.ids, strict=True):
        assert item.prompt.count(item.right) == 1
        assert item.prompt.count(item.wrong[0]) == 2
        assert item.right not in item.other
        assert all(item.other.count(name) == 1 for name in item.wrong[1:])
        assert tokenizer.decode(row) == item.prompt
    assert sum(i.prompt.index(i.right) < i.prompt.index(i.wrong[0]) for i in items) == 12
    a, b = halves()
    assert sorted(a + b) == sorted(NAMES)
    assert not set(a) & set(b)
    assert abs(len(a) - len(b)) <= 1
    with pytest.raises(ValueError, match="as many tokens"):
        task(tokenizer, [items[0], Contrast("\nWhen", "\nWhen", "Mary", ["John"])])
    with pytest.raises(ValueError, match="five"):
        handing(1, ["Mary", "John"], TEMPLATES)


class Priced(Bench):
    """A bench on which each head has a worth of its own, and the share is what the worths add up to."""

    def __init__(self, worths):
        self.model = LanguageModel(Config(vocabulary=5, width=16, layers=1, heads=len(worths)))
        self.start, self.worths = torch.zeros(1, 2, 16), worths

    def logits(self, kept, x=None, first=0):
        return torch.tensor(sum(self.worths[head] for _, head in kept))

    def share(self, logits):
        return logits.item()


def test_with_nothing_said_a_head_stays_for_a_twentieth_of_the_margin():
    bench = Priced([0.8, 0.051, 0.049, 0.1])
    kept, _ = prune(bench, [(0, n) for n in range(4)])
    assert kept == [(0, 0), (0, 1), (0, 3)]


def test_with_nothing_said_the_gradient_is_the_mean_of_four_midpoints(small, these):
    here, there = small.embed(these.ids).detach(), small.embed(these.other).detach()
    slopes = []
    for part in (1 / 8, 3 / 8, 5 / 8, 7 / 8):
        x = ((1 - part) * here + part * there).requires_grad_()
        with trace(small, "blocks.*.mixer.heads") as seen:
            last = resume(small, x, 0)[:, -1]
        worth = (last[range(4), these.right] - last[range(4), these.wrong[:, 0]]).mean()
        slopes.append(torch.stack(torch.autograd.grad(worth, list(seen.values()))))
    gap = reads(small, these.ids) - reads(small, these.other)
    wanted = torch.einsum("lbthd,lbthd->lht", gap, torch.stack(slopes).mean(0))
    torch.testing.assert_close(effects(small, these), wanted, rtol=1e-4, atol=1e-5)


def test_a_name_that_one_token_cannot_tell_is_refused(smollm2):
    _, tokenizer = smollm2
    item = Contrast("\nOne, two,", "\nTwo, one,", "3", ["4"])
    with pytest.raises(ValueError, match="words: '3' begins with the token ' ', which says nothing of it"):
        task(tokenizer, [item])
