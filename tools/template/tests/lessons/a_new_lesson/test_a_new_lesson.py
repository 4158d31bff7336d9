"""The figure of the lesson "A new lesson" shows what a closed form says."""

import pytest
import torch
from jielong.lessons.a_new_lesson.figures import sharpness


def test_half_the_temperature_squares_the_odds():
    p = torch.tensor([0.5, 0.25, 0.125, 0.125], dtype=torch.float64)
    figure = sharpness(p.log())
    assert figure.frame(temperature=1.0)["bars"]["values"] == pytest.approx(p.tolist(), rel=1e-4)
    assert figure.frame(temperature=0.5)["bars"]["values"] == pytest.approx((p**2 / (p**2).sum()).tolist(), rel=1e-4)
