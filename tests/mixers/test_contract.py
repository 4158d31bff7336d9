"""One contract for all forms of all rules, and for all layers: contract.toml, read cell by cell.

python tests/mixers/test_contract.py prints it as a table.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import torch
from jielong.mixers import MIXERS, MixerConfig, PassContext, delta, gated, linear_attention, mamba, retention
from jielong.mixers.layers import Mamba, MatrixMemory
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional as F

from tests.mixers.grid import inputs

CONTRACT = tomllib.loads(Path(__file__).with_name("contract.toml").read_text(encoding="utf-8"))
Outcome = tuple[Tensor, ...]
Function = Callable[..., Outcome]


@dataclass(frozen=True)
class Subject:
    """What is under contract: ``run(**tensors)``, and the recurrence that is its ``truth``."""

    name: str
    run: Function
    truth: Function
    tensors: dict[str, Tensor]
    texts: tuple[str, ...]  # the tensors that are one row each of a batch, step by step
    time: int  # their axis of steps
    layer: Any = None

    @property
    def tolerance(self) -> dict[str, float]:
        return CONTRACT["tolerance"]["layers" if self.layer else "forms"]

    def first_steps(self, count: int) -> dict[str, Tensor]:
        return {name: x.narrow(self.time, 0, count) if name in self.texts else x for name, x in self.tensors.items()}


# -------------------------------------------------------------------------------------------------------- the forms

RULES = {
    "linear": (linear_attention, {}),
    "retention": (retention, {"gate": "head"}),
    "retention, short": (retention, {}),
    "gated, head": (gated, {"gate": "head"}),
    "gated, channel": (gated, {"gate": "channel"}),
    "delta": (delta, {"beta": "random", "keys": "correlated"}),
    "gated delta": (delta, {"beta": "random", "keys": "correlated", "gate": "head"}),
    "mamba": (mamba, {}),
}
FORMS = [
    f"{rule} {form}" for rule, (module, _) in RULES.items() for form in ("recurrent", "parallel", "chunkwise")
    if hasattr(module, form)
]  # fmt: skip


def arguments(rule: str, time: int) -> dict[str, Tensor]:
    """A form's, in float64."""
    if rule == "mamba":
        return scan_arguments(time)
    case = inputs(time, width=4, **RULES[rule][1])
    if rule == "retention, short":
        case["decay"] = retention.decays(3)
    return {name: x.double() for name, x in case.items()}


def scan_arguments(time: int) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(0)
    normal = partial(torch.randn, generator=draw, dtype=torch.float64)
    x, B, C, state = normal(2, time, 6), normal(2, time, 5), normal(2, time, 5), normal(2, 6, 5)
    dt, A = F.softplus(normal(2, time, 6) - 2), -normal(6, 5).exp()
    return {"x": x, "dt": dt, "A": A, "B": B, "C": C, "D": normal(6), "state": state}


def form_subject(name: str) -> Subject:
    rule, form = name.rsplit(" ", 1)
    module = RULES[rule][0]
    time = 5 if form != "chunkwise" else 18 if rule == "mamba" else 66  # of two chunks, the second is a short one
    tensors = arguments(rule, time)
    texts = tuple(name for name, x in tensors.items() if name != "state" and x.dim() > 2)
    return Subject(name, getattr(module, form), module.recurrent, tensors, texts, 1 if rule == "mamba" else 2)


# ------------------------------------------------------------------------------------------------------- the layers


def layer_subject(name: str) -> Subject:
    """A layer with its parameters and buffers as arguments; the truth goes step by step."""
    torch.manual_seed(0)
    layer = MIXERS[name](MixerConfig(12, 2)).double()
    time, context, alone = 18 if name == "mamba" else 66, PassContext(causal=True), PassContext()
    x = torch.randn(2, time, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    parts = {name: part.detach() for name, part in (*layer.named_parameters(), *layer.named_buffers())}

    def whole(x: Tensor, **parts: Tensor) -> Outcome:
        y, state = functional_call(layer, parts, (x, context))
        return y, *state

    def steps(x: Tensor, **parts: Tensor) -> Outcome:
        state, y = None, []
        for x_t in x.split(1, dim=1):
            y_t, state = functional_call(layer, parts, (x_t, alone, state))
            y.append(y_t)
        return torch.cat(y, dim=1), *state

    return Subject(name, whole, steps, {"x": x, **parts}, ("x",), 1, layer)


@cache
def subject(name: str) -> Subject:
    return layer_subject(name) if name in MIXERS else form_subject(name)


# --------------------------------------------------------------------------------------------------- what is compared


def weighed(outcome: Outcome) -> Tensor:
    """One number that depends on all that came out, and not in a straight line."""
    total = torch.zeros((), dtype=torch.float64)
    for x in outcome:
        weight = torch.arange(x.numel(), dtype=torch.float64).cos().view(x.shape)
        total = total + (x.double() * weight).sum() + x.double().square().sum() / 2
    return total / 64  # float16 holds its gradients: none overflows, and few are lost


def directions(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(3)
    return {name: torch.randn(x.shape, generator=draw, dtype=torch.float64) for name, x in tensors.items()}


def along(gradients: dict[str, Tensor]) -> Tensor:
    """The sum of the gradients' products with the `directions`."""
    return sum(((gradients[name] * way).sum() for name, way in directions(gradients).items()), torch.zeros(()).double())


def leaves(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: x.detach().clone().requires_grad_() for name, x in tensors.items()}


def gradients(value: Tensor, given: dict[str, Tensor], again: bool = False) -> dict[str, Tensor]:
    found = torch.autograd.grad(value, list(given.values()), create_graph=again, materialize_grads=True)
    return dict(zip(given, found, strict=True))


def results(function: Function, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """What comes out and, as "d name", the gradients of all arguments."""
    given = leaves(tensors)
    outcome = function(**given)
    slopes = gradients(weighed(outcome), given)
    named = {f"out {i}": x.detach() for i, x in enumerate(outcome)}
    return named | {f"d {name}": slope for name, slope in slopes.items()}


@cache
def truth(name: str, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """The recurrence's results in float64, on numbers that ``dtype`` can hold."""
    case = subject(name)
    return results(case.truth, {key: x.to(dtype).double() for key, x in case.tensors.items()})


@cache
def curvature(name: str) -> dict[str, Tensor]:
    """The recurrence's second derivatives along the `directions`."""
    return second(subject(name).truth, subject(name).tensors)


def second(function: Function, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    given = leaves(tensors)
    return gradients(along(gradients(weighed(function(**given)), given, again=True)), given)


def assert_near(got: dict[str, Tensor], wanted: dict[str, Tensor], tolerance: float) -> None:
    assert set(got) <= set(wanted)
    floor = 1e-6 * max(x.norm().item() for x in wanted.values())  # what is this small only has to be small
    errors = {
        name: (x.double() - wanted[name]).norm().item() / max(wanted[name].norm().item(), floor)
        for name, x in got.items()
    }
    bad = {name: error for name, error in errors.items() if not error <= tolerance}  # nan is bad
    assert not bad, f"more than {tolerance} off: {bad}"


# ---------------------------------------------------------------------------------------------------- the conditions


def in_dtype(case: Subject, dtype: torch.dtype, tolerance: float) -> None:
    got = results(case.run, {name: x.to(dtype) for name, x in case.tensors.items()})
    assert got["out 0"].dtype == dtype
    if case.layer is None or isinstance(case.layer, MatrixMemory | Mamba):
        assert got["out 1"].dtype == torch.promote_types(dtype, torch.float32)
    assert_near(got, truth(case.name, dtype), tolerance)


def autocast(case: Subject, tolerance: float) -> None:
    """The backward pass after the context, as torch asks for, and within it."""

    def run(**tensors: Tensor) -> Outcome:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return case.run(**tensors)

    tensors = {name: x.float() for name, x in case.tensors.items()}
    assert_near(results(run, tensors), truth(case.name, torch.float32), tolerance)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        within = results(case.run, tensors)
    assert_near(within, truth(case.name, torch.float32), tolerance)


def grad(case: Subject, tolerance: float) -> None:
    got = torch.func.grad(lambda tensors: weighed(case.run(**tensors)))(case.tensors)
    assert_near(got, slopes(truth(case.name)), tolerance)


def vmap(case: Subject, tolerance: float) -> None:
    def run(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        return {f"out {i}": x for i, x in enumerate(case.run(**tensors))}

    def slope(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        return torch.func.grad(lambda tensors: weighed(case.run(**tensors)))(tensors)

    def last(found: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: x[-1] for name, x in found.items()}

    twins = {name: torch.stack((0.5 * x, x)) for name, x in case.tensors.items()}
    assert_near(last(torch.vmap(run)(twins)), truth(case.name), tolerance)
    assert_near(last(torch.vmap(slope)(twins)), slopes(truth(case.name)), tolerance)
    for name in case.tensors:
        axes: dict[str, int | None] = {other: 0 if other == name else None for other in case.tensors}
        got = torch.vmap(run, (axes,))(case.tensors | {name: twins[name]})
        assert_near(last(got), truth(case.name), tolerance)


def jvp(case: Subject, tolerance: float) -> None:
    """In single precision, in which torch's fused kernels would run that know no jvp."""
    tensors = {name: x.float() for name, x in case.tensors.items()}
    ways = {name: way.float() for name, way in directions(tensors).items()}
    _, got = torch.func.jvp(lambda tensors: weighed(case.run(**tensors)), (tensors,), (ways,))
    assert_near({"slope": got}, {"slope": along(slopes(truth(case.name, torch.float32)))}, tolerance)


def twice(case: Subject, tolerance: float) -> None:
    assert_near(second(case.run, case.tensors), curvature(case.name), tolerance)


def meta(case: Subject) -> None:
    got = case.run(**{name: x.to("meta") for name, x in case.tensors.items()})
    wanted = case.run(**case.tensors)
    assert [(x.shape, x.dtype) for x in got] == [(x.shape, x.dtype) for x in wanted]
    assert all(x.is_meta for x in got)


def compiled(case: Subject, tolerance: float) -> None:
    """A layer or a scan in a few steps: the graph grows with them."""
    torch.compiler.reset()
    run = torch.compile(lambda tensors: case.run(**tensors), backend="aot_eager", fullgraph=True)
    tensors = case.first_steps(5) if case.layer or case.time == 1 else case.tensors
    with torch._C.DisableTorchFunction():  # the tests' own mode (tests/devices.py), which no reader has
        got = results(lambda **tensors: run(tensors), tensors)
    assert_near(got, results(case.truth, tensors), tolerance)


def deepcopy(case: Subject) -> None:
    if case.layer is None:
        assert copy.deepcopy(case.run) is case.run  # a function
        return
    twin, x = copy.deepcopy(case.layer), case.tensors["x"]
    wanted, _ = case.layer(x, PassContext(causal=True))
    assert torch.equal(twin(x, PassContext(causal=True))[0], wanted)
    with torch.no_grad():
        for part in twin.parameters():
            part.add_(1)
    assert torch.equal(case.layer(x, PassContext(causal=True))[0], wanted)


def no_rows(case: Subject) -> None:
    rows = (*case.texts, "state")
    got = results(case.run, {name: x[:0] if name in rows else x for name, x in case.tensors.items()})
    for name, x in results(case.run, case.tensors).items():
        shape = (0, *x.shape[1:]) if name.startswith("out") or name[2:] in rows else x.shape
        assert got[name].shape == shape, name
        assert not got[name].any(), name


def no_steps(case: Subject) -> None:
    got = results(case.run, case.first_steps(0))
    assert got["out 0"].shape == results(case.run, case.tensors)["out 0"].narrow(case.time, 0, 0).shape
    if case.layer is None:
        assert torch.equal(got["out 1"], case.tensors["state"])
        return
    _, state = case.layer(case.tensors["x"], PassContext())
    _, after = case.layer(case.tensors["x"][:, :0], PassContext(), state)
    assert all(map(torch.equal, after, state))


def slopes(results: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name[2:]: x for name, x in results.items() if name.startswith("d ")}


def check(case: Subject, condition: str) -> None:
    """Raise an AssertionError where the subject doesn't do what this condition of the contract says."""
    exact = {"meta": meta, "deepcopy": deepcopy, "no_rows": no_rows, "no_steps": no_steps}
    near = {"autocast": autocast, "grad": grad, "vmap": vmap, "jvp": jvp, "twice": twice, "compile": compiled}
    if condition in exact:
        exact[condition](case)
    elif condition in near:
        near[condition](case, case.tolerance[condition])
    else:
        in_dtype(case, getattr(torch, condition), case.tolerance[condition])


@pytest.mark.filterwarnings("ignore:There is a performance drop", "ignore:.*torch.jit")
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("condition", CONTRACT["conditions"])
@pytest.mark.parametrize("name", [*FORMS, *MIXERS])
def test_contract(name, condition):
    words = CONTRACT["refuses"].get(name, {}).get(condition)
    with pytest.raises(Exception, match=re.escape(words)) if words else nullcontext():
        check(subject(name), condition)


def table() -> str:
    """The contract, a row for each form and layer."""
    conditions = list(CONTRACT["conditions"])
    lines = [" " * 26 + "  ".join(conditions)]
    for name in (*FORMS, *MIXERS):
        refused = CONTRACT["refuses"].get(name, {})
        cells = (("refuses" if condition in refused else "works").ljust(len(condition)) for condition in conditions)
        lines.append(name.ljust(26) + "  ".join(cells))
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
