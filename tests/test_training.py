"""The fit loop against its formulas: the schedule, the optimizer, the loss, and what it refuses."""

from __future__ import annotations

import math
from functools import partial
from itertools import repeat

import pytest
import torch
from jielong.model import Config, LanguageModel
from jielong.training import GRID, cosine, fit, next_token_loss, seeded, settle
from torch import nn

from tests.conftest import llama_pair
from tests.constants.watching import cosine as by_the_formula
from tests.constants.watching import near, plain


class Slope(nn.Module):
    """One number whose gradient is always one: AdamW then moves it by exactly the learning rate."""

    def __init__(self) -> None:
        super().__init__()
        self.height = nn.Parameter(torch.tensor(0.0, dtype=torch.float64))


@pytest.mark.parametrize(("steps", "warmup"), [(40, 8), (40, 0), (10, 20), (1, 20)])
def test_the_learning_rate_rises_and_falls_as_a_cosine(steps, warmup):
    model = Slope()
    options = {"steps": steps, "lr": 0.5, "weight_decay": 0.0, "schedule": partial(cosine, warmup=warmup)}
    heights = fit(model, repeat(()), loss=lambda model: model.height, **options)
    heights.append(model.height.item())
    moved = [before - after for before, after in zip(heights, heights[1:], strict=False)]
    rise = min(max(warmup, 1), max(1, steps // 5))
    wanted = [0.5 * min((t + 1) / rise, (1 + math.cos(math.pi * t / steps)) / 2) for t in range(steps)]
    assert moved == pytest.approx(wanted, rel=1e-6, abs=GRID)


def test_loss_equals_transformers_and_learns_only_what_is_asked():
    ours, theirs = llama_pair()
    ids = torch.randint(61, (3, 9), generator=torch.Generator().manual_seed(1))
    learn = torch.zeros(3, 9, dtype=torch.bool)
    learn[0, 4:] = learn[1, 8] = learn[2, 0] = True
    with torch.no_grad():
        assert next_token_loss(ours, ids).item() == pytest.approx(theirs(ids, labels=ids).loss.item(), rel=1e-5)
        labels = ids.masked_fill(~learn, -100)
        assert next_token_loss(ours, ids, learn).item() == pytest.approx(
            theirs(ids, labels=labels).loss.item(), rel=1e-5
        )


def test_a_first_step_equals_adamw_on_a_clipped_gradient():
    model = seeded(lambda: nn.Linear(3, 1, bias=False), 0)
    x, before = torch.tensor([[100.0, 0.01, -3.0]], dtype=torch.float64), model.weight.detach().clone()
    options = {"schedule": partial(cosine, warmup=1), "weight_decay": 0.5, "clip": 1.0}
    fit(model, repeat((x,)), steps=1, lr=0.1, loss=lambda m, x: m(x).sum(), **options)
    gradient = x / x.norm()
    step = gradient / (gradient.abs() + 1e-8)  # the first step's mean and mean square are the gradient and its square
    torch.testing.assert_close(model.weight.detach(), before * (1 - 0.1 * 0.5) - 0.1 * step, rtol=0, atol=GRID)


def test_with_nothing_said_it_is_adamw_with_the_numbers_of_the_papers():
    """Betas of 0.9 and 0.98: Vaswani et al. 2017, section 5.3. A clip of 1: Brown et al. 2020, appendix B. A decay of
    0.01 is torch's own. The peak of 0.003 is reached after 20 steps."""
    model, generator = seeded(lambda: nn.Linear(4, 3), 0), torch.Generator().manual_seed(1)
    sizes = [0.01 * 10 ** (step % 5) for step in range(150)]  # so that some gradients are clipped and others are not
    batches = [(size * torch.randn(8, 4, dtype=torch.float64, generator=generator),) for size in sizes]

    def loss(model, x):
        return (model(x) - x[:, :3].sin()).square().mean()

    theirs = plain(model, batches, loss, by_the_formula(3e-3, 150, 150))
    fit(model, batches, steps=150, loss=loss)
    near(model, theirs)


def test_a_model_learns_to_count_and_only_what_it_may_train():
    model = seeded(lambda: LanguageModel(Config(vocabulary=11, width=32, layers=1, heads=2, tied=False)), 0)
    start = torch.randint(11, (400, 16, 1), generator=torch.Generator().manual_seed(0))
    fixed = model.embed.weight.detach().clone()
    batches = [((s + torch.arange(8)) % 11,) for s in start]
    trained = [*model.blocks.parameters(), *model.head.parameters()]
    losses = fit(model, batches, steps=150, lr=1e-2, parameters=trained)
    assert losses[0] > 2.2 > 0.3 > losses[-1]
    assert torch.equal(model.embed.weight, fixed)
    assert all(p.grad is None for p in model.parameters())
    assert not model.training
    assert model(torch.tensor([[9, 10, 0]]))[0].argmax(-1)[0].tolist() == [10, 0, 1]


def test_what_cannot_be_done_is_named():
    model = Slope()
    with pytest.raises(ValueError, match="batches ran out after 3 of 5 steps"):
        fit(model, [()] * 3, steps=5, loss=lambda model: model.height**2)
    with pytest.raises(ValueError, match="the loss became nan at step 0; a smaller lr than 0.003"):
        fit(model, [()], steps=1, loss=lambda model: model.height * math.nan)
    with pytest.raises(ValueError, match="steps=0 must be at least 1"):
        fit(model, [()], steps=0)
    with pytest.raises(ValueError, match="needs weights in torch.float64, not torch.float32"):
        fit(LanguageModel(Config(vocabulary=5)), [()], steps=1)
    with pytest.raises(ValueError, match="nothing to train"):
        fit(model.requires_grad_(False), [()], steps=1)
    with pytest.raises(ValueError, match="the first token of a row never is"):
        next_token_loss(LanguageModel(Config(vocabulary=5)), torch.tensor([[1], [2]]))


def test_seeded_lends_the_global_die_and_puts_it_back():
    before = torch.get_rng_state()
    first = seeded(lambda: nn.Linear(30, 30), 1)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(7)
    again, other = (seeded(lambda: nn.Linear(30, 30), seed) for seed in (1, 2))
    assert torch.equal(first.weight, again.weight)
    assert not torch.equal(first.weight, other.weight)
    assert first.weight.dtype == torch.float64
    assert torch.get_default_dtype() == torch.float32
    with pytest.raises(ZeroDivisionError):
        seeded(lambda: 1 / 0, 0)
    assert torch.get_default_dtype() == torch.float32


def test_settled_weights_are_multiples_of_the_grid_and_stay_so_in_float32():
    weight = torch.randn(1000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    settled = weight.clone()
    settle([settled])
    assert (settled - weight).abs().max() <= GRID / 2
    assert torch.equal(settled / GRID, (settled / GRID).round())
    assert torch.equal(settled.float().double(), settled)


def test_what_constrains_the_weights_comes_before_the_grid():
    model = seeded(lambda: nn.Linear(5, 4), 0)

    def unit_rows() -> None:
        with torch.no_grad():
            model.weight /= model.weight.norm(dim=1, keepdim=True)

    x = torch.randn(8, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    fit(model, repeat((x,)), steps=3, lr=0.1, loss=lambda m, x: m(x).square().mean(), constrain=unit_rows)
    assert torch.equal(model.weight / GRID, (model.weight / GRID).round())
    torch.testing.assert_close(model.weight.norm(dim=1), torch.ones(4).double(), rtol=0, atol=3 * GRID)


def test_exact_false_leaves_the_weights_where_the_optimizer_put_them():
    model = nn.Linear(3, 1)
    fit(model, repeat((torch.ones(1, 3),)), steps=2, loss=lambda m, x: m(x).sum(), exact=False)
    assert model.weight.dtype == torch.float32
    assert not torch.equal(model.weight / GRID, (model.weight / GRID).round())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_settled_in_half_precision_a_weight_moves_by_half_a_step_at_most(dtype):
    weight = torch.tensor([60000.0, 1.0, -0.3, 1e-6, 0.0]).to(dtype)
    settled = weight.clone()
    settle([settled])
    assert (settled.double() - weight.double()).abs().max() <= GRID / 2


def test_where_float16_is_too_narrow_to_learn_in_it_is_said():
    model = LanguageModel(Config(vocabulary=5, width=8, layers=1, heads=2)).half()
    with pytest.raises(ValueError, match="weights wider than float16"):
        fit(model, iter(lambda: (torch.arange(5)[None],), None), steps=9, exact=False)
