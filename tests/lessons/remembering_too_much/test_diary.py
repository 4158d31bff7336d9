"""A diary: facts that answer one question each, events that are all different, points put together from words."""

from __future__ import annotations

import pytest
import torch
from jielong.lessons.remembering_too_much import diary
from torch.nn import functional as F


def test_each_fact_answers_its_own_question_and_no_other():
    facts = diary.invent(seed=0)
    assert len(facts) == 30 == len({fact.text for fact in facts}) == len({fact.asked for fact in facts})
    for fact in facts:
        assert fact.text == f"{fact.opening} {fact.answer}."
        country = next(name for name in diary.COUNTRIES if name in fact.text)
        assert country in fact.question
        assert country in fact.asked
        assert fact.answer not in fact.asked


def test_one_aspect_has_no_two_countries_with_the_same_answer():
    facts = diary.invent(seed=3)
    for start in diary.ASPECTS:
        kind = [fact.answer for fact in facts if fact.opening.startswith(start.split("{}")[0])]
        assert len(kind) == len(set(kind)) == 10


def test_events_are_different_sentences_of_the_listed_words():
    some = diary.events(2000, seed=1)
    assert len(set(some)) == 2000
    assert some == diary.events(2000, seed=1) != diary.events(2000, seed=2)
    for text in some[:50]:
        assert text.split()[0] in diary.PEOPLE
        assert text.rstrip(".").split()[-1] in diary.COUNTRIES


def test_every_combination_comes_once():
    assert len({tuple(made) for made in diary.parts(256_000, seed=0)}) == 20 * 8 * 8 * 20 * 10
    with pytest.raises(ValueError):
        diary.parts(256_001, seed=0)


def test_lodgers_live_where_their_hosts_do():
    for lodger in diary.lodgers(seed=0):
        host = lodger.lives.removeprefix(f"{lodger.person} lives with ").rstrip(".")
        assert lodger.host == f"{host} lives in {lodger.country}."


def test_points_that_are_sums_of_their_words_are_composed_exactly():
    """Where a point is a sum over words, the fit finds the shares, nothing is left over, and new points are right."""
    made, more = diary.parts(1500, seed=0)[:1400], diary.parts(1500, seed=0)[1400:]
    shares = torch.randn(67, 8, generator=torch.Generator().manual_seed(1))
    lengths = [0, 20, 28, 36, 56]

    def truth(some):
        starts = zip(lengths, zip(*some, strict=True), strict=True)
        return shares[66] + sum(shares[[a + i for i in column]] for a, column in starts)

    got = diary.composed(truth(made), made, more, seed=0)
    assert torch.allclose(got, F.normalize(truth(more), dim=-1), atol=0.01)
    assert torch.allclose(got.norm(dim=-1), torch.ones(100))


def test_words_shares_are_a_ridge_regression_of_a_tenth():
    from sklearn.linear_model import Ridge

    made = diary.parts(120, seed=0)[:100]
    points = torch.randn(100, 8, generator=torch.Generator().manual_seed(1))
    design = diary.switches(made).double().numpy()
    fitted = torch.tensor(Ridge(alpha=0.1, fit_intercept=False, solver="cholesky").fit(design, points.double()).coef_.T)
    left = points - diary.switches(made) @ fitted.float()
    drawn = torch.randint(100, (100,), generator=torch.Generator().manual_seed(0))
    wanted = F.normalize(diary.switches(made) @ fitted.float() + left[drawn], dim=-1)
    assert torch.allclose(diary.composed(points, made, made, seed=0), wanted, atol=1e-4)
