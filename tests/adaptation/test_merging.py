"""Task arithmetic is linear; TIES against a case worked by hand and a plain loop."""

import numpy as np
import pytest
import torch
from jielong.adaptation.merging import combine, length, random_task_vector, task_vector, ties, trim


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
    r = random_task_vector(w, seed=0)
    for name in w:
        assert r[name].norm().item() == pytest.approx(w[name].norm().item(), rel=1e-4)
        assert abs(torch.cosine_similarity(r[name].flatten(), w[name].flatten(), dim=0).item()) < 0.06


def test_trim_keeps_the_largest():
    assert trim(torch.tensor([0.1, -3.0, 2.0, -0.5]), 0.5).tolist() == [0, -3, 2, 0]


def test_of_entries_that_are_equally_large_trim_keeps_the_first():
    assert trim(torch.tensor([2.0, -3.0, 1.0, -2.0]), 0.5).tolist() == [2, -3, 0, 0]


@pytest.mark.parametrize("keep", [0.01, 0.2, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("levels", [1, 2, 5, 10_000])
def test_trim_keeps_exactly_the_share_however_many_are_equal(keep, levels):
    values = torch.randint(1, levels + 1, (30, 20), generator=torch.Generator().manual_seed(0)) / levels
    trimmed = trim(values, keep)
    kept = trimmed != 0
    assert kept.sum() == max(1, round(keep * 600))
    assert torch.equal(trimmed[kept], values[kept])
    assert kept.all() or values[~kept].max() <= values[kept].min()


@pytest.mark.parametrize("keep", [0.0, -0.1, 1.1, float("nan"), float("inf")])
def test_a_share_of_none_or_above_all_is_refused(keep):
    with pytest.raises(ValueError, match=f"keep={keep} must be above 0 and at most 1"):
        trim(torch.ones(3), keep)


def test_of_nothing_nothing_is_kept():
    assert trim(torch.zeros(0, 3), 0.5).shape == (0, 3)
    assert ties([{"w": torch.zeros(0)}])["w"].shape == (0,)
    assert length({}) == 0.0


def test_no_vectors_are_refused():
    with pytest.raises(ValueError, match="vectors: there must be at least one"):
        ties([])


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


DOING = {
    "task_vector": lambda one, other: task_vector(one, other),
    "combine": lambda one, other: combine(other, [one], [1.0]),
    "ties": lambda one, other: ties([other, one]),
    "length": lambda one, other: length(one),
    "random_task_vector": lambda one, other: random_task_vector(one, seed=0),
    "trim": lambda one, other: trim(one["b"], 0.5),
}


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", DOING)
def test_weights_that_are_no_numbers_are_refused(name, bad):
    spoilt = weights(0)
    spoilt["b"][2] = bad
    with pytest.raises(ValueError, match="holds NaN or an infinity"):
        DOING[name](spoilt, weights(1))


@pytest.mark.parametrize("name", ["task_vector", "combine", "ties"])
def test_models_that_do_not_fit_each_other_are_refused(name):
    """One row would spread over all, and what only one has would be left out."""
    wide = {**weights(0), "a": torch.ones(4)}
    with pytest.raises(ValueError, match=r"'a' differs: in .* it is of shape \(4,\), but in .* \(3, 4\)"):
        DOING[name](wide, weights(1))
    for other in ({**weights(0), "c": torch.ones(1)}, {"a": torch.ones(3, 4)}):
        with pytest.raises(ValueError, match="differ in their parameters"):
            DOING[name](other, weights(1))


def test_a_coefficient_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="coefficients="):
        combine(weights(0), [weights(1)], [float("nan")])


def test_where_a_part_is_zero_so_is_its_random_direction():
    drawn = random_task_vector({"zero": torch.zeros(3, 4), "one": torch.ones(1), "empty": torch.zeros(0)}, seed=0)
    assert torch.equal(drawn["zero"], torch.zeros(3, 4))
    assert drawn["one"].abs().item() == 1
    assert drawn["empty"].shape == (0,)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_in_half_precision_the_sums_are_those_of_single_precision(dtype):
    one, two = ({"w": 4e4 * torch.rand(50, generator=torch.Generator().manual_seed(n)).to(dtype)} for n in range(2))
    wanted = ties([{"w": v["w"].float()} for v in (one, two)], keep=0.5)["w"]
    assert torch.equal(ties([one, two], keep=0.5)["w"], wanted.to(dtype))
    small = {"w": one["w"] / 100}
    drawn = random_task_vector(small, seed=0)["w"]
    assert drawn.dtype == dtype
    assert drawn.double().norm().item() == pytest.approx(length(small), rel=0.01)


def test_a_sum_that_its_precision_cannot_hold_is_refused():
    half = {"w": torch.tensor([6e4], dtype=torch.float16)}
    with pytest.raises(ValueError, match="'w' of result holds NaN or an infinity"):
        combine(half, [half], [1.0])
