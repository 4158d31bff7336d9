"""An argument that will not do is named, with what it got and what would do; one that will passes in silence."""

import math

import numpy as np
import pytest
import torch
from jielong.arguments import (
    above,
    at_least,
    decided,
    every_row,
    filled,
    finite,
    indices,
    real,
    whole,
    within,
    writable,
)


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (lambda: at_least(1, count=1, time=0), r"time=0 must be at least 1"),
        (lambda: at_least(0, lr=math.nan), "lr=nan must be at least 0"),
        (lambda: within(0, 1, share=1.5), "share=1.5 must be from 0 to 1"),
        (lambda: within(0, 1, share=math.nan), "share=nan must be from 0 to 1"),
        (lambda: above(0, rate=0), "rate=0 must be a finite number above 0"),
        (lambda: above(0, rate=math.inf), "rate=inf must be a finite number above 0"),
        (lambda: filled(rows=[]), "rows must not be empty"),
        (lambda: filled(rows=torch.zeros(3, 0)), "rows must not be empty"),
        (lambda: indices(4, ids=[[0, 3], [4, 1]]), "ids must be whole numbers from 0 to 3; they go from 0 to 4"),
        (lambda: indices(4, ids=torch.tensor([-1])), "ids must be whole numbers from 0 to 3; they go from -1 to -1"),
        (lambda: writable(text="a\ud83d"), "text has half of a character"),
        (lambda: finite(x=torch.tensor([1.0, math.inf, math.nan])), "x must be finite numbers; 2 of 3 are not, as inf"),
        (lambda: finite(x=np.array(math.nan)), "x must be finite numbers; 1 of 1 are not, as nan"),
        (lambda: real(rate="1"), "rate='1' must be a number"),
        (lambda: real(rate=True), "rate=True must be a number"),
        (lambda: whole(k=2.0), "k=2.0 must be a whole number"),
        (lambda: whole(k=False), "k=False must be a whole number"),
        (lambda: every_row("is wrong", x=torch.tensor([[True, True], [False, False]])), "x: row 2 is wrong"),
        (lambda: every_row("is wrong", x=torch.tensor(False)), "x: row 0 is wrong"),
        (lambda: decided(x=torch.tensor([[0.0, -math.inf], [math.nan, 1.0]])), "x: row 1 of the logits has nan"),
        (lambda: decided(x=torch.tensor([math.inf, 1.0])), "x: row 0 of the logits has nan, has inf"),
        (lambda: decided(x=torch.full((1, 2), -math.inf)), "x: row 0 .* is all -inf"),
        (
            lambda: decided(x=torch.ones(2, 3, dtype=torch.long)),
            r"x must be floating-point .* not torch.int64 \[2, 3\]",
        ),
        (lambda: decided(x=torch.ones(2, 0)), r"x must be .* of some tokens, not torch.float32 \[2, 0\]"),
    ],
)
def test_what_will_not_do_is_named(check, says):
    with pytest.raises(ValueError, match=says):
        check()


def test_what_will_do_passes():
    at_least(1, count=1, time=7)
    writable(text="🙂 \0\u2028")
    within(0, 1, share=0, other=1.0)
    above(0, rate=1e-40)
    filled(rows=[[]], more=np.zeros((1, 1)))
    indices(2, ids=[], more=np.array([0, 1]))
    finite(x=torch.zeros(0), y=[1, 2], z=-1e300)
