"""Covered words, the loss at them alone, and a head against logistic regression from a public library."""

import pytest
import torch
from jielong.adaptation import classifiers
from jielong.toys.models import small_model
from jielong.training import IGNORE, seeded
from torch import nn
from torch.nn import functional as F

from tests.constants.watching import cosine, near, plain

IDS = torch.arange(1, 2001).view(20, 100)


def test_covering_keeps_what_it_covers_as_the_target():
    covered, target = classifiers.cover(IDS, mask=0, share=0.3, generator=torch.Generator().manual_seed(0))
    hidden = covered == 0
    assert target[hidden].equal(IDS[hidden])
    assert covered[~hidden].equal(IDS[~hidden])
    assert (target[~hidden] == IGNORE).all()
    assert hidden.float().mean().item() == pytest.approx(0.3, abs=0.03)


def test_the_loss_counts_covered_words_only():
    model = small_model(10, causal=False)
    ids, target = torch.tensor([[1, 0, 3]]), torch.tensor([[IGNORE, 2, IGNORE]])
    with torch.no_grad():
        loss, logits = classifiers.masked_loss(model, ids, target), model(ids)[0]
    assert loss.item() == pytest.approx(-logits[0, 1].log_softmax(0)[2].item(), rel=1e-5)


def test_reading_looks_both_ways_and_trains_nothing():
    vectors = classifiers.read(small_model(10, causal=False), torch.tensor([[1, 2, 3], [1, 2, 4]]))
    assert vectors.shape == (2, 3, 64)
    assert not vectors.requires_grad
    assert not vectors[0, 0].allclose(vectors[1, 0])


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_a_head_labels_as_logistic_regression_does(scale):
    from sklearn.datasets import make_blobs
    from sklearn.linear_model import LogisticRegression

    x, y = make_blobs(400, n_features=8, centers=3, cluster_std=4.0, random_state=0)
    theirs = LogisticRegression().fit(x[:100], y[:100]).score(x[100:], y[100:])
    vectors, labels = torch.tensor(x) * scale, torch.tensor(y)
    head = classifiers.fit_head(vectors[:100], labels[:100], classes=3)
    assert classifiers.accuracy(head, vectors[100:], labels[100:]) == pytest.approx(theirs, abs=0.03)
    assert theirs > 0.8


def test_batches_are_of_64_with_three_words_of_ten_covered():
    batches = classifiers.covered_batches(IDS, mask=0, seed=0)
    covered = [next(batches)[0] == 0 for _ in range(40)]
    assert {len(rows) for rows in covered} == {64}
    assert torch.stack(covered).double().mean().item() == pytest.approx(0.3, abs=0.004)  # the standard error is 0.001


def test_a_head_is_sixty_steps_of_adamw_with_a_decay_of_a_tenth():
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(60, 8, dtype=torch.float64, generator=generator), torch.randint(3, (60,), generator=generator)
    start = seeded(lambda: nn.Linear(8, 3), 0)
    scaled = [(x / x.std(), y)] * 60
    by_hand = plain(start, scaled, lambda head, x, y: F.cross_entropy(head(x), y), cosine(2e-2, 60, 60), decay=0.1)
    ours = classifiers.fit_head(x, y, 3)
    with torch.no_grad():
        by_hand.weight /= x.std()
    near(ours, by_hand)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_a_head_is_fit_to_vectors_of_any_precision(dtype):
    vectors = torch.randn(30, 4, generator=torch.Generator().manual_seed(0)).to(dtype)
    labels = (vectors[:, 0] > 0).long()
    head = classifiers.fit_head(vectors, labels, 2)
    assert torch.equal(head.weight, classifiers.fit_head(vectors.double(), labels, 2).weight)
    assert classifiers.accuracy(head, vectors, labels) == classifiers.accuracy(head, vectors.double(), labels) > 0.8


@pytest.mark.parametrize("value, said", [(0.1, "are equal"), (0.0, "are equal"), (float("nan"), "must be finite")])
def test_vectors_that_tell_no_classes_apart_are_refused(value, said):
    with pytest.raises(ValueError, match=said):
        classifiers.fit_head(torch.full((6, 4), value).double(), torch.arange(6) % 2, 2)
