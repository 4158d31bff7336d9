"""Three kinds of layer against torch's own convolution and against windows cut out by hand."""

from functools import partial

import pytest
import torch
from jielong.lessons.a_reason_for_every_shape.vision import (
    KINDS,
    Eye,
    Layer,
    accuracy,
    as_matrix,
    lot,
    on_pages,
    school,
)
from jielong.training import seeded
from torch.nn import functional as F

from tests.constants.watching import cosine, watched


def made(kind, pooled=False, seed=0):
    return seeded(lambda: Eye(kind, pooled), seed)


def test_a_digit_stands_where_it_is_put():
    digits = torch.arange(1.0, 129.0, dtype=torch.float64).view(2, 8, 8)
    pages = on_pages(digits, torch.tensor([[0, 4], [3, 1]]))
    assert torch.equal(pages[0, 0, :8, 4:], digits[0])
    assert torch.equal(pages[1, 0, 3:11, 1:9], digits[1])
    assert pages.sum() == digits.sum()


def test_a_lot_divides_the_digits_and_shuffling_moves_pixels_only():
    plain, shuffled, centred = lot(1), lot(1, shuffled=True), lot(1, wander=False)
    assert len(plain.train) == 300
    assert len(plain.test) == 600
    pages = torch.cat((plain.train, plain.test)).flatten(1)
    assert len(pages.unique(dim=0)) == 900  # no picture is asked about that was learned from
    moved = torch.cat((shuffled.train, shuffled.test)).flatten(1)
    assert not torch.equal(moved, pages)
    assert torch.equal(moved.sort(1).values, pages.sort(1).values)
    columns = {tuple(column) for column in pages.T.tolist()}
    assert {tuple(column) for column in moved.T.tolist()} == columns  # the same permutation on every page
    assert centred.train[:, :, :2].sum() == centred.train[:, :, :, 10:].sum() == 0
    assert torch.equal(centred.train_labels, plain.train_labels)


@pytest.mark.parametrize("into,out,size", [(1, 3, 7), (2, 4, 9)])
def test_a_convolution_is_a_fully_connected_layer(into, out, size):
    draw = partial(torch.randn, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    kernel, x = draw(out, into, 5, 5), draw(6, into, size, size)
    assert torch.allclose(x.flatten(1) @ as_matrix(kernel, size).T, F.conv2d(x, kernel).flatten(1), atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_its_matrix(kind):
    layer = seeded(lambda: Layer(kind, 2, 3, 8), 0)
    x = torch.randn(4, 2, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        layer.bias.zero_()
    assert torch.allclose(layer(x).flatten(1), x.flatten(1) @ layer.matrix().T, atol=1e-12)
    gradient = torch.autograd.grad(layer(x).square().sum(), layer.weight)[0]
    assert int((gradient != 0).sum()) + layer.bias.numel() == layer.free()


def test_a_unit_sees_its_window_only():
    layer = seeded(lambda: Layer("local", 1, 1, 8), 0)
    x = torch.zeros(1, 1, 8, 8, dtype=torch.float64, requires_grad=True)
    layer(x)[0, 0, 1, 2].backward()
    seen = x.grad[0, 0] != 0
    assert seen[1:6, 2:7].all()
    assert seen.sum() == 25


def test_free_numbers_are_those_of_the_formula():
    full, local, shared = (made(kind).free() for kind in ("full", "local", "shared"))
    units, more = 8 * 64, 16 * 16
    assert full == (144 + 1) * units + (units + 1) * more + (more + 1) * 10
    assert local == (25 + 1) * units + (25 * 8 + 1) * more + (more + 1) * 10
    assert shared == (25 + 1) * 8 + (25 * 8 + 1) * 16 + (more + 1) * 10
    assert made("shared", pooled=True).free() == (25 + 1) * 8 + (25 * 8 + 1) * 16 + (16 + 1) * 10


def test_a_pooled_eye_reads_the_largest_value_of_each_channel():
    eye = made("shared", pooled=True, seed=1)
    pages = torch.rand(5, 1, 12, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    hidden = F.relu(F.conv2d(pages, eye.first.weight, eye.first.bias))
    hidden = F.relu(F.conv2d(hidden, eye.second.weight, eye.second.bias)).flatten(2)
    assert torch.allclose(eye(pages), hidden.max(2).values @ eye.readout.weight.T + eye.readout.bias, atol=1e-12)


def test_school_teaches_and_an_unknown_kind_is_refused():
    one = lot(0, wander=False)
    eye = made("shared")
    before = accuracy(eye, one.test, one.test_labels)
    school(eye, one, 0, steps=60)
    assert accuracy(eye, one.test, one.test_labels) > before + 0.5
    with pytest.raises(ValueError, match="kind must be one of full, local, shared"):
        Layer("round", 1, 1, 8)


def test_school_is_200_steps_of_32_pictures():
    pictures = lot(0, count=100, asked=10)
    seen = watched(lambda: school(made("shared"), pictures, 0), 40)
    assert seen.rates == pytest.approx(cosine(1e-2, 200, 40), rel=1e-6)
    assert set(seen.rows) == {32}
