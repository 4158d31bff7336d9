"""Shapes in the library's signatures are checked while testing."""

import pytest
import torch
from jaxtyping import TypeCheckError
from jielong.sampling import distribution


def test_a_wrong_type_is_caught_and_an_int_is_a_float():
    logits = torch.tensor([0.0, 1.0])
    assert distribution(logits, temperature=1).shape == (2,)
    with pytest.raises(TypeCheckError):
        distribution([0.0, 1.0])
