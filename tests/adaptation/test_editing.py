"""The rank-one edit against a constrained least-squares problem that numpy solves, and against what it promises."""

import numpy as np
import pytest
import torch
from jielong.adaptation import editing
from jielong.adaptation.editing import Edit
from jielong.model import Config, LanguageModel
from jielong.scoring import opening_log_probabilities
from jielong.sites import intervene
from jielong.training import seeded
from tokenizers import models

from tests.letters import ALPHABET, letters


@pytest.fixture
def model():
    config = Config(vocabulary=30, width=16, layers=3, heads=2, hidden=24, tied=False)
    model = seeded(lambda: LanguageModel(config), seed=0)
    with torch.no_grad():  # strong reading and writing, so that a layer has something to say to the next
        model.head.weight.mul_(10)
        for block in model.blocks:
            for linear in (block.mixer.v, block.mixer.o, block.feedforward.down):
                linear.weight.mul_(8)
    return model.requires_grad_(False)


def constrained_least_squares(weight, key, value, k):
    """min ||W' K - W K||^2 subject to W' k* = v*, row by row, from the Lagrange conditions as one linear system."""
    n = len(key)
    system = np.block([[2 * k.T @ k, key[:, None]], [key[None], np.zeros((1, 1))]])
    rows = [
        np.linalg.solve(system, np.append(2 * k.T @ (k @ row), v))[:n] for row, v in zip(weight, value, strict=True)
    ]
    return np.array(rows)


def test_rank_one_is_the_constrained_least_squares_solution():
    draw = np.random.default_rng(0)
    weight, key, value, k = (draw.normal(size=shape) for shape in ((5, 8), (8,), (5,), (40, 8)))
    moment = torch.tensor(k.T @ k / len(k))
    new = editing.rank_one(torch.tensor(weight), torch.tensor(key), torch.tensor(value), moment)
    np.testing.assert_allclose(new.numpy(), constrained_least_squares(weight, key, value, k), atol=1e-10)
    np.testing.assert_allclose(new.numpy() @ key, value, atol=1e-12)
    assert np.linalg.matrix_rank(new.numpy() - weight) == 1


def test_keys_are_what_goes_into_the_memory(model):
    ids = torch.arange(12).view(2, 6)
    seen = []
    handle = editing.memory(model, 1).register_forward_hook(lambda _m, inputs, _y: seen.append(inputs[0]))
    model(ids)
    handle.remove()
    torch.testing.assert_close(editing.keys(model, ids, 1), seen[0])


def test_second_moment_is_the_mean_outer_product_without_first_positions(model):
    ids = torch.arange(20).view(2, 10)
    k = editing.keys(model, ids, 2)[:, 1:].reshape(-1, 24).numpy()
    by_hand = sum(np.outer(row, row) for row in k) / len(k)
    got = editing.second_moment(model, ids, 2, ridge=0.0)
    np.testing.assert_allclose(got, by_hand, atol=1e-12 * by_hand.max())
    ridged = editing.second_moment(model, ids, 2, ridge=0.5)
    np.testing.assert_allclose(np.diag(ridged - got), 0.5 * np.diag(by_hand).mean(), rtol=1e-9)


def test_locate_finds_the_last_token_of_each_subject():
    edits = [Edit("abc", "so {} is", "x"), Edit("z", "{} is", "y")]
    ids, padding, position = editing.locate(letters(), edits)
    assert padding.tolist() == [0, 5]
    assert letters().decode(ids[range(2), position].tolist()) == "cz"


def test_wished_values_make_the_wished_answers_probable(model):
    edits = [Edit("cat", "a {} is", "q"), Edit("dog", "the {} is", "w")]
    ids, padding, position = editing.locate(letters(), edits)
    wanted = torch.tensor([ALPHABET.index("q"), ALPHABET.index("w")])
    before = model(ids, padding=padding)[0][:, -1].log_softmax(-1)[range(2), wanted]
    key, value = editing.wished_values(model, letters(), edits, 0, steps=150, decay=0.0)
    torch.testing.assert_close(key, editing.keys(model, ids, 0, padding)[range(2), position])
    extra = value - editing.memory(model, 0)(key)
    with intervene(model, {"blocks.0.feedforward.out": editing.add_at(position, extra)}):
        after = model(ids, padding=padding)[0][:, -1].log_softmax(-1)[range(2), wanted]
    assert ((after - before) > 1.0).all(), (before, after)
    assert torch.equal(model(ids, padding=padding)[0][:, -1].log_softmax(-1)[range(2), wanted], before)


def test_a_wish_is_for_the_space_and_the_letter_after_it(model):
    """A wish for the space alone would be the same for both."""
    spaced, words = letters(drops=""), ["q", "w"]
    edits = [Edit("cat", "a {} is", word) for word in words]
    key, value = editing.wished_values(model, spaced, edits, 0, steps=150, decay=0.0)
    _, _, position = editing.locate(spaced, edits)
    extra = value - editing.memory(model, 0)(key)
    before = opening_log_probabilities(model, spaced, [edits[0].prompt], words)
    ids = torch.tensor([spaced.encode("a cat is ")] * 2)
    with intervene(model, {"blocks.0.feedforward.out": editing.add_at(position, extra)}):
        logits = model(ids)[0].log_softmax(-1)
    space, both = ALPHABET.index(" "), [ALPHABET.index(word) for word in words]
    after = logits[:, -2, space, None] + logits[:, -1, both]  # by what was wished, and of which word
    assert (after.diagonal() > before[0] + 1).all()
    assert (after.diagonal() > after.flip(0).diagonal() + 1).all()


@pytest.mark.parametrize("answer", ["", " ", " q"])
def test_a_wish_for_a_blank_is_refused(model, answer):
    with pytest.raises(ValueError, match="must begin with a letter or a sign"):
        editing.wished_values(model, letters(), [Edit("cat", "a {} is", answer)], 0)


def test_an_edit_is_gone_afterwards_even_after_an_error(model):
    linear = editing.memory(model, 1)
    before, new = linear.weight.clone(), torch.ones_like(linear.weight)
    with pytest.raises(KeyError), editing.edited(linear, new):
        assert torch.equal(linear.weight, new)
        raise KeyError
    assert torch.equal(linear.weight, before)


def test_a_subject_that_ends_inside_a_token_is_refused():
    tokenizer = letters()
    tokenizer.library.model = models.BPE({**tokenizer.library.get_vocab(), "cd": 29}, [("c", "d")])
    with pytest.raises(ValueError, match="subject='abc'"):
        editing.locate(tokenizer, [Edit("abc", "{}de", "x")])


def test_a_tenth_of_the_mean_diagonal_is_added(model):
    ids = torch.arange(20).view(2, 10)
    k = editing.keys(model, ids, 2)[:, 1:].reshape(-1, 24).numpy()
    eigenvalues = np.linalg.eigvalsh(k.T @ k / len(k))  # 18 keys in 24 dimensions: six of them are zero
    ours = np.linalg.eigvalsh(editing.second_moment(model, ids, 2))
    np.testing.assert_allclose(ours, eigenvalues + 0.1 * eigenvalues.mean(), rtol=1e-9, atol=1e-9 * ours.max())


def test_a_wish_is_eight_steps_of_adam_at_a_half_and_pays_a_thousandth_of_its_square(model):
    ids, _, _ = editing.locate(letters(), [Edit("cat", "a {}", "q")])
    streams = []
    handle = model.norm.register_forward_pre_hook(lambda _, inputs: streams.append(inputs[0][:, -1]))
    model(ids)
    handle.remove()
    d = torch.zeros(1, 16, dtype=torch.float64, requires_grad=True)  # after the last layer there is only the norm
    adam = torch.optim.Adam([d], lr=0.5)
    for _ in range(8):
        adam.zero_grad()
        surprise = -model.head(model.norm(streams[0] + d)).log_softmax(-1)[0, ALPHABET.index("q")]
        (surprise + d.square().sum() / 1000).backward()
        adam.step()
    key, value = editing.wished_values(model, letters(), [Edit("cat", "a {}", "q")], 2)
    torch.testing.assert_close(value, editing.memory(model, 2)(key) + d.detach(), rtol=1e-9, atol=1e-9)


HALF = [torch.float16, torch.bfloat16]


def rank_one_case(dtype=torch.float64):
    """A matrix, a key, a value and a moment."""
    draw = torch.Generator().manual_seed(0)
    weight, key, value, k = (torch.randn(shape, generator=draw).double() for shape in ((5, 8), (8,), (5,), (40, 8)))
    return weight.to(dtype), key.to(dtype), value.to(dtype), k.T @ k / len(k)


@pytest.mark.parametrize("dtype", HALF)
def test_an_edit_in_half_precision_is_that_of_double_precision_rounded(dtype):
    weight, key, value, moment = rank_one_case(dtype)
    new = editing.rank_one(weight, key, value, moment.float())
    wanted = editing.rank_one(weight.double(), key.double(), value.double(), moment.float().double())
    assert new.dtype == dtype
    torch.testing.assert_close(new, wanted.to(dtype), atol=1e-5, rtol=torch.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", HALF)
def test_keys_values_and_moments_are_found_in_half_precision_too(model, dtype):
    edits = [Edit("cat", "a {} is", "q"), Edit("dog", "the {} is", "w")]
    ids = torch.arange(20).view(2, 10)
    moment, (key, value) = editing.second_moment(model, ids, 1), editing.wished_values(model, letters(), edits, 1)
    model.to(dtype)
    half, (k, v) = editing.second_moment(model, ids, 1), editing.wished_values(model, letters(), edits, 1)
    assert half.dtype == v.dtype == torch.float32
    assert (half - moment).abs().max() < 0.02 * moment.abs().max()
    assert (k - key).abs().max() < 0.05 * key.abs().max()
    assert (v - value).abs().max() < 0.1 * value.abs().max()
    with editing.edited(editing.memory(model, 1), editing.rank_one(editing.memory(model, 1).weight, k[0], v[0], half)):
        assert (editing.memory(model, 1)(k[0]) - v[0]).abs().max() < 0.05 * v.abs().max()


@pytest.mark.parametrize("name", ["weight", "key", "value", "moment"])
def test_an_edit_with_what_is_no_number_says_which_it_was(name):
    given = dict(zip(("weight", "key", "value", "moment"), rank_one_case(), strict=True))
    given[name].flatten()[3] = float("nan")
    with pytest.raises(ValueError, match=f"{name} must be finite"):
        editing.rank_one(**given)


def test_a_key_of_zero_and_a_moment_that_is_singular_are_refused():
    weight, key, value, moment = rank_one_case()
    for k, c in ((0 * key, moment), (key, 0 * moment), (key, torch.outer(key, key))):
        with pytest.raises(ValueError, match="key is zero, or moment is singular"):
            editing.rank_one(weight, k, value, c)


def test_a_matrix_of_another_shape_is_not_put_in(model):
    """A row would be spread over all of them."""
    linear = editing.memory(model, 1)
    before = linear.weight.clone()
    with (
        pytest.raises(ValueError, match=r"weight is of shape \(1, 24\), not \(16, 24\)"),
        editing.edited(linear, before[:1]),
    ):
        pass
    with pytest.raises(ValueError, match="weight must be finite"), editing.edited(linear, before / 0):
        pass
    assert torch.equal(linear.weight, before)


def test_a_moment_needs_a_second_position_and_a_ridge_that_is_a_number(model):
    with pytest.raises(ValueError, match="time=1 must be at least 2"):
        editing.second_moment(model, torch.zeros(3, 1, dtype=torch.long), 1)
    with pytest.raises(ValueError, match="ridge=nan"):
        editing.second_moment(model, torch.zeros(3, 5, dtype=torch.long), 1, ridge=float("nan"))
