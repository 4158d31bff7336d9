"""Task arithmetic is linear; TIES against a case worked by hand and a plain loop."""

import numpy as np
import pytest
import torch
from jielong.adaptation.merging import combine, length, random_like, task_vector, ties, trim


def weights(seed):
    draw = torch.Generator().manual_seed(seed)
    return {"a": torch.randn(3, 4, generator=draw), "b": torch.randn(5, generator=draw)}


def close(one, other):
    for name in other:
        torch.testing.assert_close(one[name], other[name])


def test_adding_all_of_a_task_vector_gives_the_tuned_model_and_none_gives_the_base():
    base, tuned = weights(0), weights(1)
    tau = task_vector(tuned, base)
    close(combine(base, [tau], [1.0]), tuned)
    close(combine(base, [tau], [0.0]), base)


def test_combining_is_linear_in_vectors_and_coefficients():
    base, one, two = weights(0), weights(1), weights(2)
    both = combine(base, [one, two], [0.3, -2.0])
    for name in base:
        np.testing.assert_allclose(
            both[name], base[name].numpy() + 0.3 * one[name].numpy() - 2 * two[name].numpy(), rtol=1e-5
        )


def test_an_analogy_is_a_sum_of_models():
    base, a, b, c = (weights(i) for i in range(4))
    vectors = [task_vector(w, base) for w in (a, b, c)]
    close(combine(base, vectors, [1.0, -1.0, 1.0]), {name: a[name] - b[name] + c[name] for name in base})


def test_length_is_that_of_all_numbers_in_one_row():
    w = weights(3)
    assert length(w) == pytest.approx(np.linalg.norm(np.concatenate([v.numpy().ravel() for v in w.values()])))


def test_a_random_direction_is_as_long_tensor_by_tensor_and_points_elsewhere():
    draw = torch.Generator().manual_seed(0)
    w = {"a": torch.randn(100, 100, generator=draw), "b": torch.randn(5000, generator=draw)}
    r = random_like(w, seed=0)
    for name in w:
        assert r[name].norm().item() == pytest.approx(w[name].norm().item(), rel=1e-4)
        assert abs(torch.cosine_similarity(r[name].flatten(), w[name].flatten(), dim=0).item()) < 0.06


def test_trim_keeps_the_largest():
    assert trim(torch.tensor([0.1, -3.0, 2.0, -0.5]), 0.5).tolist() == [0, -3, 2, 0]


def test_trim_keeps_all_that_are_as_large_as_the_last_one_kept():
    assert trim(torch.tensor([2.0, -3.0, 1.0, -2.0]), 0.5).tolist() == [2, -3, 0, -2]


def test_ties_by_hand():
    one = {"w": torch.tensor([4.0, -1.0, 0.1, 3.0])}
    two = {"w": torch.tensor([2.0, 3.0, 0.2, -5.0])}
    # keep three of four: the third is trimmed in both; signs elected: +, +, -, -; losers are left out of the mean
    assert ties([one, two], keep=0.75)["w"].tolist() == [3.0, 3.0, 0.0, -5.0]


def test_where_the_totals_are_equal_nothing_is_changed():
    one, two = {"w": torch.tensor([2.0, -1.0])}, {"w": torch.tensor([-2.0, -3.0])}
    assert ties([one, two], keep=1.0)["w"].tolist() == [0.0, -2.0]


def test_ties_against_a_loop():
    vectors = [weights(i) for i in range(3)]
    merged = ties(vectors, keep=0.4)
    for name in vectors[0]:
        stack = np.stack([v[name].numpy().ravel() for v in vectors])
        for row in stack:
            row[np.argsort(np.abs(row))[: row.size - round(0.4 * row.size)]] = 0
        for i, column in enumerate(stack.T):
            winners = [x for x in column if x * column.sum() > 0]
            expected = np.mean(winners) if winners else 0.0
            assert merged[name].flatten()[i].item() == pytest.approx(expected, abs=1e-6)


def test_mismatched_models_are_refused():
    with pytest.raises(ValueError, match="differ"):
        task_vector({"a": torch.ones(1)}, {"b": torch.ones(1)})
    with pytest.raises(ValueError, match="coefficients"):
        combine({"a": torch.ones(1)}, [{"a": torch.ones(1)}], [])


def test_with_nothing_said_a_fifth_of_the_entries_stays():
    """Top-20 %, with which Yadav et al. 2023 work wherever they cannot choose (section 6, and appendix)."""
    vector = {"w": torch.randperm(1000, generator=torch.Generator().manual_seed(0)) + 1.0}
    assert sorted(ties([vector])["w"].tolist()) == [0.0] * 800 + [float(n) for n in range(801, 1001)]
