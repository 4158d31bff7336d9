"""Readers of patches: how far each sees, and that taking the memory out takes out nothing else."""

import pytest
import torch
from jielong.lessons.pictures_without_attention import patches
from jielong.lessons.pictures_without_attention.patches import Out, Reader, Wide, reach
from jielong.mixers.attention import MixerConfig, PassContext
from jielong.mixers.layers import Gated
from jielong.training import seeded

from tests.constants.watching import cosine, watched


def seen_by_the_last(kind, layers=2):
    """Which of 64 positions the last one depends on, before the mean is taken."""
    reader = seeded(lambda: Reader(kind, patch=1, layers=layers), 0)
    x = torch.randn(1, 64, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    z = x
    for mixer in reader.mixers:
        z = z + mixer(z, PassContext(causal=True))[0]
    z[0, -1].square().sum().backward()
    return x.grad[0].abs().sum(-1) > 0


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_without_its_memory_a_layer_reaches_as_far_as_its_convolution(layers):
    seen = seen_by_the_last("out", layers)
    assert seen.sum() == reach(layers, window=4)
    assert seen[-reach(layers, window=4) :].all()


def test_with_its_memory_it_sees_all_of_the_past():
    assert seen_by_the_last("mamba").all()


def test_a_wide_one_sees_around_itself_in_the_picture():
    picture = seen_by_the_last("wide", layers=1).view(8, 8)
    assert picture[5:, 5:].all()
    assert picture.sum() == 9  # the lower right corner of a 5 x 5 window


def test_what_remains_without_the_memory_is_mamba_2_with_an_empty_one():
    full, bare = seeded(lambda: Gated(MixerConfig(32, 2)), 0), seeded(lambda: Out(MixerConfig(32, 2)), 1)
    bare.load_state_dict(full.state_dict())
    with torch.no_grad():
        full.clock.dt.bias.fill_(-60.0)  # time stands still: nothing is written
        x = torch.randn(2, 20, 32, dtype=torch.float64)
        torch.testing.assert_close(full(x, PassContext(causal=True))[0], bare(x, PassContext(causal=True))[0])
    assert len(list(Wide(MixerConfig(32, 2)).parameters())) == len(list(full.parameters()))


def test_patches_come_in_reading_order():
    reader = seeded(lambda: Reader("out", patch=2), 0)
    picture = torch.zeros(1, 8, 8, dtype=torch.float64)
    picture[0, 2:4, 6:] = 1  # second row of patches, last column
    heard = []
    reader.mixers[0].register_forward_hook(lambda _, x, y: heard.append(x[0]))
    with torch.no_grad():
        reader(picture), reader(torch.zeros_like(picture))
    changed = (heard[0] - heard[1]).abs().sum(-1)[0] > 1e-6
    assert changed.nonzero().flatten().tolist() == [7]


def test_training_and_examination_use_different_digits_and_it_learns():
    images, names = patches.data()
    assert len(images) == len(names) == 1797
    assert images.min() == -1
    assert images.max() == 1

    class Parrot(torch.nn.Module):
        def forward(self, x):
            assert torch.equal(x, images[patches.PRACTICE :])
            return torch.nn.functional.one_hot(names[patches.PRACTICE :], 10)

    assert patches.accuracy(Parrot()) == 1
    assert patches.accuracy(patches.train("out", 2, seed=0, steps=60)) > 0.5


def test_a_reader_hears_of_sixteen_digits_a_step_at_a_hundredth():
    seen = watched(lambda: patches.train("out", 4, 0, 30), 10)
    assert seen.rates == pytest.approx(cosine(1e-2, 30, 10))
    assert set(seen.rows) == {16}
