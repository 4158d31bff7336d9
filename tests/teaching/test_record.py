"""What `record` leaves in a cell's output."""

import numpy as np
import pytest
import torch
from IPython.testing.globalipapp import get_ipython as start_ipython
from IPython.utils.capture import capture_output
from jielong.teaching.record import VALUE_MIME, plain_number, record

start_ipython()  # displays need a running IPython, as in a notebook


def recorded(*arguments, **options):
    with capture_output() as captured:
        record(*arguments, **options)
    (output,) = captured.outputs
    return output


def test_prose_gets_the_text_and_tests_get_the_value():
    output = recorded("depth-error", torch.tensor(0.123456789), "{:.0%}")
    assert output.data[VALUE_MIME] == {"name": "depth-error", "value": 0.123457, "text": "12%", "volatile": False}
    assert output.data["text/html"] == ""


def test_a_volatile_value_says_so_where_the_comparison_looks():
    assert recorded("seconds", 1.5, "{:.1f}", volatile=True).metadata == {"jielong": {"volatile": True}}
    assert recorded("seconds", 1.5, "{:.1f}").metadata == {}


@pytest.mark.parametrize("number", [3, np.int64(3), np.float32(3.0), torch.tensor(3), 3.0])
def test_any_librarys_number_is_a_number(number):
    assert plain_number(number) == 3
    assert type(plain_number(number)) in (int, float)


@pytest.mark.parametrize(("bad", "error"), [(True, TypeError), ("3", TypeError), (float("nan"), ValueError)])
def test_what_is_no_finite_number_is_refused(bad, error):
    with pytest.raises(error):
        plain_number(bad)


def test_a_name_that_prose_could_not_use_is_refused():
    with pytest.raises(ValueError, match="joined by hyphens"):
        record("Depth error", 1)
