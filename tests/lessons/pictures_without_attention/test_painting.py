"""The painter: what its parts compute, who sees whom, and that following the right way leads to the picture."""

from functools import partial

import numpy as np
import pytest
import torch
from jielong.lessons.pictures_without_attention import painting
from jielong.lessons.pictures_without_attention.painting import (
    Painter,
    distance,
    draw,
    flow_loss,
    on_white,
    papers,
)
from jielong.training import seeded
from scipy.linalg import sqrtm

from tests.constants.watching import cosine, watched


def test_looks_against_loops_over_their_formulas():
    q, k, v = torch.randn(3, 1, 2, 5, 4, dtype=torch.float64)
    for look, weigh in (
        (painting.linear, lambda a, b: a.relu() @ b.relu()),
        (painting.softmax, lambda a, b: (a @ b / 2).exp()),
    ):
        y = look(q, k, v)
        for h in range(2):
            for i in range(5):
                weights = torch.stack([weigh(q[0, h, i], k[0, h, j]) for j in range(5)])
                true = weights @ v[0, h] / (weights.sum() + (1e-4 if look is painting.linear else 0))
                torch.testing.assert_close(y[0, h, i], true)
    assert painting.nobody(q, k, v) is v


def far_corner(look):
    """How much the last patch of a large picture changes with the first."""
    painter, generator = seeded(lambda: Painter(look), 0), torch.Generator().manual_seed(0)
    for parameter in painter.parameters():
        torch.nn.init.normal_(parameter, std=0.2, generator=generator)
    x = torch.randn(1, 20, 20, dtype=torch.float64, generator=generator).requires_grad_()
    t, digit = torch.tensor([0.5], dtype=torch.float64), torch.tensor([2])
    painter(x, t, digit)[0, -1, -1].backward()
    return x.grad[0, :2, :2].abs().sum().item(), x.grad[0, -6:, -6:].abs().sum().item()


@pytest.mark.parametrize("look", ["linear", "softmax"])
def test_every_patch_sees_every_other(look):
    assert far_corner(look)[0] > 0


def test_without_a_look_a_patch_sees_its_neighbours_only():
    far, near = far_corner("nobody")
    assert far == 0
    assert near > 0


def test_painters_of_all_kinds_have_the_same_parameters():
    sizes = {look: [p.shape for p in Painter(look).parameters()] for look in ("linear", "softmax", "nobody")}
    assert sizes["linear"] == sizes["softmax"] == sizes["nobody"]


def test_a_painter_that_knows_the_way_arrives_and_shows_every_stage():
    goal = torch.randn(4, 8, 8, dtype=torch.float64)

    def knows(x, t, digit):
        return (goal - x) / (1 - t[:, None, None])  # on the straight line, picture - noise is what remains over 1 - t

    stages = draw(knows, torch.zeros(4, dtype=torch.long), steps=5)
    assert stages.shape == (6, 4, 8, 8)
    torch.testing.assert_close(stages[-1], goal)
    torch.testing.assert_close(stages[2], stages[0] + 0.4 * (goal - stages[0]))
    picture, noise = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    t = torch.rand(4, dtype=torch.float64)
    loss = flow_loss(lambda x, t, digit: torch.zeros_like(x), picture, torch.zeros(4, dtype=torch.long), noise, t)
    torch.testing.assert_close(loss, (picture - noise).square().mean())


def test_lessons_are_on_both_papers_and_never_of_the_held_out():
    images, names = painting.pictures()
    assert images.min() == -1
    assert images.max() == 1
    assert set(names.tolist()) == {0, 1, 2, 3}
    known = {image.numpy().tobytes() for image in images[: -painting.HELD_OUT]}
    picture, digit, noise, t = next(painting.lessons(seed=0, batch=200))
    white = picture[:, :, 0].mean(1) < 0
    assert 60 < white.sum() < 140
    assert all((one if w else -one).numpy().tobytes() in known for one, w in zip(picture, white, strict=True))
    assert t.min() > 0
    assert t.max() < 1
    assert noise.std() == pytest.approx(1, abs=0.05)
    assert (papers(picture) > 0.8).all()
    assert on_white(picture)[:, :, 0].mean() < -0.9


def test_papers_of_a_patchwork():
    half = torch.ones(1, 4, 4)
    half[:, :, :2] = -1
    assert papers(half).item() == 0.5
    assert papers(-torch.ones(1, 4, 4)).item() == papers(torch.ones(1, 4, 4)).item() == 1


def test_distance_against_scipy_and_of_shifted_clouds():
    generator = torch.Generator().manual_seed(0)
    one, other = torch.randn(300, 2, 3, generator=generator), 2 * torch.randn(400, 2, 3, generator=generator) + 1
    a, b = (np.cov(part.flatten(1).double().numpy().T) for part in (one, other))
    means = (one.mean(0) - other.mean(0)).square().sum().item()
    assert distance(one, other) == pytest.approx(means + np.trace(a + b - 2 * sqrtm(a @ b).real), rel=1e-5)
    assert distance(one, one + 0.5) == pytest.approx(6 * 0.25, rel=1e-4)
    assert distance(one, one) == pytest.approx(0, abs=1e-6)


def test_training_lowers_the_loss_on_digits_never_seen():
    images, names = (part[-painting.HELD_OUT :] for part in painting.pictures())
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(images.shape, dtype=torch.float64, generator=generator)
    t = torch.rand(len(images), dtype=torch.float64, generator=generator)
    painters = [seeded(lambda: Painter("linear"), 0), painting.train("linear", seed=0, steps=20)]
    with torch.no_grad():
        before, after = (flow_loss(painter, images, names, noise, t) for painter in painters)
    assert after < 0.8 * before


# ------------------------------------------------------------------------------------------- with nothing said


def test_a_painter_learns_in_130_steps_of_24_pictures(monkeypatch):
    monkeypatch.setattr(painting, "Painter", partial(Painter, width=8, layers=1, heads=1))  # all the same, and quick
    seen = watched(lambda: painting.train("nobody", 0), 24)
    assert seen.rates == pytest.approx(cosine(8e-3, 130, 24), rel=1e-6)
    assert set(seen.rows) == {24}


def test_a_picture_is_drawn_in_sixteen_steps_on_eight_by_eight_pixels():
    stages = draw(lambda x, t, digit: torch.zeros_like(x), torch.tensor([0, 1]))
    assert stages.shape == (17, 2, 8, 8)


def test_a_look_at_nothing_is_nothing_and_at_little_is_divided_by_a_ten_thousandth_more():
    q, k, v = (torch.full((1, 1, 1, 1), size, dtype=torch.float64) for size in (1e-2, 1e-2, 1.0))
    assert painting.linear(q, k, v).item() == pytest.approx(1e-4 / (1e-4 + 1e-4), rel=1e-9)
    small = torch.full((8,), 1e-5**0.5).double()
    torch.testing.assert_close(painting.norm(small), torch.full((8,), 0.5**0.5).double())


def test_a_moment_is_told_in_eight_waves_from_one_to_a_hundred():
    painter, heard = seeded(lambda: Painter("nobody"), 0), []
    painter.time[0].register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0]))
    t = torch.tensor([0.3], dtype=torch.float64)
    painter(torch.zeros(1, 8, 8).double(), t, torch.tensor([0]))
    angles = [0.3 * 100 ** (k / 7) for k in range(8)]
    wanted = [*np.sin(angles), *np.cos(angles)]
    assert heard[0][0].tolist() == pytest.approx(wanted, abs=1e-9)
