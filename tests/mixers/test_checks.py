"""Bad arguments are named, with what they are and what would do."""

from __future__ import annotations

import pytest
import torch
from jielong.mixers import gated, linear_attention, retention
from jielong.mixers.checks import check_inputs, known
from torch._subclasses import FakeTensorMode

from tests.mixers.grid import inputs

FORMS = ["recurrent", "parallel", "chunkwise"]
pytestmark = pytest.mark.usefixtures("unchecked")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"q": torch.zeros(3, 5, 16)}, r"q must be \(batch, heads, time, d_k\).* it is \(3, 5, 16\)"),
        ({"q": torch.zeros(2, 3, 5, 0)}, r"with heads and channels; it is \(2, 3, 5, 0\)"),
        ({"q": torch.zeros(2, 0, 5, 16)}, r"with heads and channels; it is \(2, 0, 5, 16\)"),
        ({"k": torch.zeros(2, 3, 4, 16)}, r"k must be \(2, 3, 5, 16\), to fit q; it is \(2, 3, 4, 16\)"),
        ({"v": torch.zeros(2, 3, 4, 17)}, r"v must be \(2, 3, 5, 17\), to fit q; it is \(2, 3, 4, 17\)"),
        ({"v": torch.zeros(2, 3, 5)}, r"v must be \(2, 3, 5, d_v\), to fit q; it is \(2, 3, 5\)"),
        ({"state": torch.zeros(2, 3, 17, 16)}, r"state must be \(2, 3, 16, 17\), to fit q; it is \(2, 3, 17, 16\)"),
        ({"decay": torch.zeros(2, 3, 5, 15)}, r"decay must be \(2, 3, 5, 16\)"),
        ({"decay": torch.zeros(2, 5)}, r"decay must be \(2, 3, 5\)"),
        ({"decay": torch.full((2, 3, 5), 0.5)}, r"decay is a logarithm, never positive .* its largest is 0.5"),
        ({"decay": torch.full((2, 3, 5), torch.nan)}, r"its largest is nan"),
        ({"k": torch.zeros(2, 3, 5, 16).half()}, "k is torch.float16, but q is torch.float32: convert one of them"),
        ({"state": torch.zeros(2, 3, 16, 17).double()}, "state is torch.float64, but q is torch.float32"),
        ({"v": torch.zeros(2, 3, 5, 17, device="meta")}, "v is on meta, but q is on cpu: move one of them"),
        ({"q": torch.zeros(2, 3, 5, 16, dtype=torch.long)}, "q must be floating point; it is torch.int64"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_bad_arguments_are_named(form, change, message):
    with pytest.raises(ValueError, match=message):
        getattr(gated, form)(**{**inputs(5, gate="head"), **change})


@pytest.mark.parametrize("form", FORMS)
def test_every_form_checks(form):
    case = inputs(5)
    with pytest.raises(ValueError, match="k must be"):
        getattr(linear_attention, form)(**{**case, "k": case["v"]})
    with pytest.raises(ValueError, match=r"decay must be \(3,\), to fit q; it is \(2,\)"):
        getattr(retention, form)(**case, decay=retention.decays(2))
    with pytest.raises(ValueError, match=r"decay must be \(2, 3, 5\), to fit q; it is \(2, 3, 4\)"):
        getattr(retention, form)(**case, decay=-torch.ones(2, 3, 4))
    with pytest.raises(ValueError, match="decay is torch.float64, but q is torch.float32"):
        getattr(retention, form)(**case, decay=retention.decays(3).double())
    with pytest.raises(ValueError, match="never positive"):
        getattr(retention, form)(**case, decay=-retention.decays(3))


@pytest.mark.parametrize(("beta", "words"), [(1.5, "from 1.5 to 1.5"), (-0.5, "from -0.5"), (torch.nan, "nan")])
def test_a_write_strength_is_a_share(beta, words):
    with pytest.raises(ValueError, match=r"beta must lie in \[0, 1\].*" + words):
        check_inputs(**inputs(5, beta=beta))


def test_what_is_remembered_may_be_finer_than_what_is_read():
    case = {name: x.bfloat16() for name, x in inputs(5, gate="head", beta="random").items()}
    finer = {name: case[name].float() for name in ("decay", "beta", "state")}
    check_inputs(**case | finer)
    with pytest.raises(ValueError, match="state is torch.float64, but q is torch.bfloat16"):
        check_inputs(**case | {"state": case["state"].double()})
    with pytest.raises(ValueError, match="v is torch.float32, but q is torch.bfloat16"):
        check_inputs(**case | {"v": case["v"].float()})


@pytest.mark.parametrize("form", FORMS)
def test_trust_is_in_numbers_not_in_shapes(form):
    form, case = getattr(gated, form), inputs(5, gate="head")
    rising = {**case, "decay": -case["decay"]}
    with pytest.raises(ValueError, match="never positive"):
        form(**rising)
    y, _ = form.trusted(**rising)
    assert y.isfinite().all()
    with pytest.raises(ValueError, match="decay must be"):
        form.trusted(**{**case, "decay": case["decay"][:1]})


def test_numbers_are_looked_at_where_there_are_any():
    """Neither a tensor without numbers nor one that is transformed is asked for them."""
    rising = torch.ones(2, 3, 5)
    assert known(rising) and known(torch.nn.Parameter(rising))
    assert not known(rising.to("meta")) and not known(rising[:0])
    with FakeTensorMode() as fake:
        assert not known(fake.from_tensor(rising))
    seen = []
    torch.vmap(lambda x: seen.append(known(x)) or x)(rising)
    torch.func.grad(lambda x: seen.append(known(x)) or x.sum())(rising)
    assert seen == [False, False]


def test_good_arguments_pass():
    check_inputs(**inputs(5, gate="head", beta="random"))
    check_inputs(**inputs(5, gate="channel"), channels=True)
    check_inputs(**inputs(5, beta=1.0, state=False))
    with pytest.raises(ValueError, match=r"decay must be \(2, 3, 5\)"):
        check_inputs(**inputs(5, gate="channel"))
