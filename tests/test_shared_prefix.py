"""Reading what is shared only once changes nothing in what comes after."""

from __future__ import annotations

import pytest
import torch
from jielong.model import Config, LanguageModel
from jielong.shared_prefix import alike, begin, go_on, whole
from jielong.sites import trace

from tests.letters import letters


@pytest.fixture(params=["rotary", "learned"])
def model(request):
    config = Config(vocabulary=29, width=32, layers=2, heads=4, kv_heads=2, positions=request.param)
    return LanguageModel(config).eval().requires_grad_(False)


def check(model, begun, rows):
    """The logits after each row, and after one more token, are those of the row alone."""
    now, after = model(*begun)
    then, _ = model(torch.full((len(rows), 1), 7), after)
    for k, row in enumerate(rows):
        alone, _ = model(torch.tensor([[*row, 7]]))
        torch.testing.assert_close(torch.stack([now[k, -1], then[k, -1]]), alone[0, -2:], atol=1e-5, rtol=1e-4)


HEADS = {"one head": "aaa", "two heads": "aba"}
TAILS = {"ragged": ("x", "yyy", "zz"), "as long": ("xy", "zz", "uv"), "longer than the heads": ("x", "y" * 20, "z")}
TEXTS = {"a": "a common text", "b": "hm, another"}


@pytest.mark.parametrize("tails", TAILS.values(), ids=TAILS)
@pytest.mark.parametrize("heads", HEADS.values(), ids=HEADS)
def test_each_row_goes_on_as_if_alone(model, heads, tails):
    before, prompts = [TEXTS[name] for name in heads], [letters().encode(tail) for tail in tails]
    rows = [letters().encode(text) + prompt for text, prompt in zip(before, prompts, strict=True)]
    check(model, begin(model, letters(), prompts, before), rows)


def test_equal_heads_are_read_once_and_only_what_is_left_afterwards(model):
    with trace(model, "embed") as seen:
        begun = begin(model, letters(), [[1], [2, 3], [4]], ["so it was", "so it is", "so it was"])
    assert seen["embed"].shape[:2] == (2, 9)
    assert begun.ids.shape == (3, 2)


def test_where_nothing_is_spared_rows_are_read_whole(model):
    with trace(model, "embed") as seen:
        begun = begin(model, letters(), [[1], [2, 3]], ["so it was", "so it is"])
    assert not seen
    assert begun.ids.shape == (2, 10)


def test_rows_may_go_on_from_one_state_each_as_far_as_it_needs(model):
    rows = [[5, 6, 7, 8, 9], [5, 6, 7, 8, 9, 1, 2, 3], [5, 6, 7, 8, 9, 4]]
    _, state = model.hidden(torch.tensor([rows[0]]))
    check(model, go_on(state, [0, 0, 0], rows, 3), rows)


def test_whole_rows_have_padding_only_where_they_are_ragged(model):
    check(model, whole(letters(), [[1, 2], [3]]), [[1, 2], [3]])
    assert whole(letters(), [[1, 2], [3, 4]]).padding is None


@pytest.mark.parametrize(("rows", "count"), [([[5, 6, 7], [5, 6, 7, 8], [5, 6, 9]], 2), ([[1], [2]], 0), ([[3, 4]], 2)])
def test_rows_are_alike_up_to_the_first_difference(rows, count):
    assert alike(rows) == count
