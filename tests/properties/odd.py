"""Odd inputs, drawn from what a signature says, and what every public function promises about them.

For whatever is drawn (zeros, negative and huge numbers, nan, inf, nothing, one of something, every second column of
something, blank texts, halves of letters, texts from right to left) a function either comes back with finite numbers of
the shape that its signature says, and with what its row of the room's table says of them (it comes back when turned
round, its parts sum to one, it agrees with the definition), or it raises ValueError or TypeError and names the
argument. It leaves what it was given as it was. Seeds are whole numbers of 64 bits, and counts are small: what they ask
for would be made.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import math
import pkgutil
import random
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import tokenizers
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jielong.model import LanguageModel
from jielong.tokenizer import LETTERS, Tokenizer
from tokenizers import decoders, models, pre_tokenizers
from torch import Tensor

from tests.models import tiny

PROFILE = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
SECONDS = 60
"""What takes longer than this, for all that is drawn for one function, hangs."""

INF, NAN = math.inf, math.nan
ODD_TEXTS = [
    *("", " ", "\n", "\t \r", "\0", "\ud83d", "a\udc00b", "\u2028", "\ufeff", "\u00a0", "e\u0301", "ﬁ"),
    *(
        "🙂",
        "👩‍👩‍👧",
        "台北",
        " 台北",
        "שלום",
        "\u202eabc",
        "<|im_end|>",
        "{0}",
        "%s",
        "<b>&",
        "\\",
        '"',
        "12",
        "-1",
        "x " * 99,
    ),
]
TEXT = st.sampled_from(ODD_TEXTS) | st.text(st.characters(), max_size=9)
TEXTS = st.lists(TEXT, max_size=3)
WORD = st.sampled_from("a ab cat Paris 台北 7".split())
NUMBER = st.sampled_from([1.0, 0.5, 0.0, -0.0, -1.0, 2, 1e-40, 1e300, -1e300, NAN, INF, -INF]) | st.floats(-9, 9)
SHARE = st.sampled_from([0.5, 0.0, 1.0, 0.25, -0.5, 1.5, NAN, INF])
COUNT = st.sampled_from([1, 2, 3, 5, 0, -1, -7])
SEED = st.sampled_from([0, 1, 7, 2**31, 2**63 - 1, -1])
PAIR = st.tuples(TEXT, TEXT)

SIZES = st.sampled_from([2, 1, 3, 4, 0])
FLAVOURS = st.sampled_from(["usual"] * 6 + ["zeros", "huge", "tiny", "nan", "inf", "-inf"])
CALM = st.sampled_from(["usual", "zeros", "ones"])
TOKENS = st.sampled_from(["usual", "usual", "usual", "usual", "alike", "negative", "beyond"])


@functools.cache
def byte_tokenizer() -> Tokenizer:
    """A real one whose tokens are the 256 bytes and <|im_end|>, so that any text has tokens."""
    library = tokenizers.Tokenizer(models.BPE(dict(LETTERS), []))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    library.decoder = decoders.ByteLevel()
    library.add_special_tokens(["<|im_end|>"])
    template = "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '<|im_end|>' }}{% endfor %}"
    return Tokenizer(library, template, end="<|im_end|>")


def small() -> LanguageModel:
    """The small model, for the tokens of `byte_tokenizer`."""
    return tiny(vocabulary=257)


shared = functools.cache(small)
"""One for all that leave it as it is."""


# ------------------------------------------------------------------------------------------ from signature to inputs

PLAIN: dict[str, SearchStrategy] = {
    "int": COUNT,
    "float": NUMBER,
    "str": TEXT,
    "bool": st.booleans(),
    "Sequence[str]": TEXTS,
    "list[str]": TEXTS,
    "list[int]": st.lists(st.sampled_from([0, 1, 2, 255, -1, 10**9]), max_size=4),
    "Sequence[int]": st.lists(st.sampled_from([0, 1, 2, 255, -1, 10**9]), max_size=4),
    "Sequence[float]": st.lists(NUMBER, max_size=3),
    "Pair": PAIR,
    "Text": PAIR,
    "tuple[str, str]": PAIR,
    "torch.Generator": st.builds(lambda: torch.Generator().manual_seed(0)),
    "np.random.Generator": st.builds(np.random.default_rng, st.just(0)),
    "random.Random": st.builds(random.Random, st.just(0)),
    "LanguageModel": st.builds(shared),
    "Tokenizer": st.builds(byte_tokenizer),
}
NAMED: dict[str, SearchStrategy] = {"seed": SEED}
ARRAY = re.compile(r"(Float|Int|Bool)\[(Tensor|np\.ndarray), [\"']([^\"']*)[\"']\]")


class Draw:
    """The arguments of one call, drawn one after the other; a dimension of one name has one size in all of them."""

    def __init__(self, draw: Callable[[SearchStrategy], Any], sizes: Mapping[str, int]):
        self.draw, self.sizes, self.made = draw, dict(sizes), SimpleNamespace()
        self.dtype = draw(st.sampled_from([torch.float32, torch.float64]))

    def all(self, function: Callable, given: Mapping[str, Any]) -> Draw:
        for name, parameter in inspect.signature(function).parameters.items():
            optional = parameter.default is not parameter.empty and not self.draw(st.booleans())
            if name in given or (
                not optional and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
            ):
                setattr(self.made, name, self.one(name, str(parameter.annotation), given))
        return self

    def __repr__(self) -> str:
        return ", ".join(f"{name}={brief(value)}" for name, value in vars(self.made).items())

    def one(self, name: str, annotation: str, given: Mapping[str, Any]) -> Any:
        if name in given:
            wish = given[name]
            value = self.draw(wish if isinstance(wish, SearchStrategy) else wish(self.made))
            self.bind(annotation, value)
            return value
        if annotation.endswith(" | None"):
            annotation = annotation.removesuffix(" | None")
            if self.draw(st.integers(0, 2)) == 0:
                return None
        if found := ARRAY.fullmatch(annotation):
            kind, container, dims = found.groups()
            tensor = self.draw(array(kind, self.shape(dims), self.dtype))
            return tensor if container == "Tensor" else tensor.numpy()
        if annotation == "int" and name in NAMED:
            return self.draw(NAMED[name])
        if annotation not in PLAIN:
            raise LookupError(f"{name}: {annotation} needs a strategy in its row, or in PLAIN")
        return self.draw(PLAIN[annotation])

    def bind(self, annotation: str, value: Any) -> None:
        """Those to come have this one's sizes."""
        found = ARRAY.match(annotation)
        names = found[3].split() if found else []
        if found and len(names) == len(getattr(value, "shape", ())):
            self.sizes |= {name: size for name, size in zip(names, value.shape, strict=True) if name.isidentifier()}

    def shape(self, dims: str) -> list[int]:
        sizes: list[int] = []
        for dim in dims.split():
            if dim.startswith("*") or dim == "...":
                if dim not in self.sizes:
                    self.sizes[dim] = self.draw(st.sampled_from([[], [2], [1, 3], [0]]))
                sizes += self.sizes[dim]
            elif dim.isdigit():
                sizes.append(int(dim))
            elif dim == "_":
                sizes.append(self.draw(SIZES))
            else:
                if dim not in self.sizes:
                    self.sizes[dim] = self.draw(SIZES)
                sizes.append(self.sizes[dim])
        return sizes

    def fits(self, result: Any, annotation: str) -> bool:
        """Whether a result has the shape that is stated, where one is stated for all of it."""
        stated = ARRAY.findall(annotation)
        if not stated or re.sub(r"[\s,]|tuple\[|\]$", "", ARRAY.sub("", annotation)):
            return True
        results = result if annotation.startswith("tuple[") else (result,)
        return all(self.has(one.shape, dims) for one, (_, _, dims) in zip(results, stated, strict=True))

    def has(self, shape: Any, dims: str) -> bool:
        wanted: list[Any] = []
        for dim in dims.split():
            known = [int(dim)] if dim.isdigit() else self.sizes.get(dim, [None])
            wanted += known if isinstance(known, list) else [known]
        if "..." in dims or any(dim.startswith("*") and dim not in self.sizes for dim in dims.split()):
            return True
        for size, dim in zip(shape, dims.split() if len(dims.split()) == len(shape) else [], strict=False):
            self.sizes.setdefault(dim, size)
        return len(shape) == len(wanted) and all(a == b for a, b in zip(shape, wanted, strict=True) if b is not None)


@st.composite
def array(draw: Any, kind: str, shape: list[int], dtype: torch.dtype, flavours: SearchStrategy | None = None) -> Tensor:
    """A tensor of one kind and shape, and perhaps every second column of a larger one."""
    strided = draw(st.booleans()) and len(shape) > 0
    generator = torch.Generator().manual_seed(draw(st.integers(0, 9)))
    whole = [*shape[:-1], 2 * shape[-1]] if strided else shape
    if kind == "Bool":
        values = torch.rand(whole, generator=generator) < 0.5
    elif kind == "Int":
        values = torch.randint(4, whole, generator=generator)
        spoil_ids(values, draw(TOKENS if flavours is None else flavours))
    else:
        values = torch.randn(whole, generator=generator, dtype=dtype)
        spoil(values, draw(FLAVOURS if flavours is None else flavours))
    return values[..., ::2] if strided else values


def floats(*shape: int, calm: bool = False) -> SearchStrategy:
    return array("Float", list(shape), torch.float64, CALM if calm else None)


def ints(*shape: int, calm: bool = False) -> SearchStrategy:
    """Whole numbers from 0 to 3, and perhaps one that is negative or huge."""
    return array("Int", list(shape), torch.float64, CALM if calm else None)


def as_numpy(tensors: SearchStrategy) -> SearchStrategy:
    return tensors.map(lambda tensor: tensor.numpy())


def brief(value: Any) -> str:
    """A value as a failure shows it."""
    if isinstance(value, Tensor) and value.numel() > 12:
        return f"{tuple(value.shape)} {value.dtype}, from {value.min():.3g} to {value.max():.3g}"
    return repr(value) if len(repr(value)) < 300 else f"{type(value).__name__} {repr(value)[:80]} ..."


def spoil_ids(values: Tensor, flavour: str) -> None:
    if flavour == "alike":
        values.fill_(1)
    elif flavour != "usual" and values.numel():
        values.view(-1)[0] = {"negative": -1, "beyond": 10**9}.get(flavour, 0)


def spoil(values: Tensor, flavour: str) -> None:
    scale = {"zeros": 0.0, "huge": 1e30, "tiny": 1e-30}.get(flavour, 1.0)
    values.mul_(scale)
    if flavour == "ones":
        values.fill_(1)
    if flavour in ("nan", "inf", "-inf") and values.numel():
        values.view(-1)[0] = float(flavour)


# --------------------------------------------------------------------------------------------------- what is promised


@dataclass
class Row:
    """What one function promises: what holds of its result and its arguments, and how they are drawn.

    how: how it is called, where that takes more than its arguments. given: strategies for arguments, where the
    signature alone does not say enough; a function gets those drawn before. sizes: of dimensions by name. refuses: what
    it may raise besides, as its docstring says. words: what an error may name besides the arguments. infinite:
    infinities are numbers here, such as log 0. passes_on: it is arithmetic from tensors to tensors, and as everywhere
    in torch, where no number went in (or one beyond 1e15) none may come out; whoever reads a number, a choice or a word
    off a tensor has to look. changes: arguments that it is there to change. draws: how many, where
    each takes long. through: what is called on the way, and has no row of its own.
    """

    keeps: Callable[[Any, Any], Any] = lambda result, given: True
    how: Callable[..., Any] = lambda function, *arguments, **options: function(*arguments, **options)
    given: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    refuses: tuple[type[Exception], ...] = ()
    words: str = ""
    infinite: bool = False
    passes_on: bool = False
    changes: str = ""
    draws: int = PROFILE.max_examples
    through: tuple[str, ...] = ()


def row(keeps: Callable[[Any, Any], Any] | None = None, /, **options: Any) -> Row:
    """A `Row`; every keyword that is none of its own is an argument's strategy (and what is in ``given``, too)."""
    own = {name: options.pop(name) for name in list(options) if name in Row.__dataclass_fields__}
    own["given"] = {**options, **own.get("given", {})}
    own["through"] = tuple(own.get("through", "").split())
    return Row(**({"keeps": keeps} if keeps else {}), **own)


def hold(name: str, promise: Row) -> None:
    """Call the function with all that is drawn for it. Raises AssertionError where it breaks its promise.

    Where nothing was accepted, or something was not called on the way, it draws ten times as often.
    """
    function = pkgutil.resolve_name(f"jielong.{name}")
    accepted = False

    def check(drawn: Draw) -> None:
        nonlocal accepted
        accepted |= kept(function, promise, drawn)

    draw = st.composite(lambda draw: Draw(draw, promise.sizes).all(function, promise.given))
    with a_limit_of_time(), calls_to(through(name, promise)) as missing:
        for draws in (promise.draws, 10 * promise.draws):
            settings(PROFILE, max_examples=draws)(given(draw())(check))()
            if accepted and not missing:
                break
    assert accepted, "whatever was drawn was refused"
    assert not missing, f"not called on the way: {sorted(missing)}"


def kept(function: Callable, promise: Row, drawn: Draw) -> bool:
    """Whether the call came back, keeping the promise; False where it was refused in words. Raises AssertionError."""
    arguments = vars(drawn.made)
    signature = inspect.signature(function)
    bound = signature.bind_partial()
    bound.arguments.update(arguments)
    before = {name: copied(value) for name, value in arguments.items() if name not in promise.changes.split()}
    try:
        result = promise.how(function, *bound.args, **bound.kwargs)
        result = list(itertools.islice(result, 3)) if isinstance(result, Iterator) else result
    except (ValueError, TypeError, *promise.refuses) as error:
        own = getattr(arguments.get("self"), "__dict__", {})
        known = {*signature.parameters, *own, *promise.words.split()}
        assert known & set(re.findall(r"\w+", str(error))), f"{error!r} names none of {sorted(known)}"
        return False
    if promise.passes_on and any(beyond(value) for value in parts(arguments)):
        return True
    assert all(numbers_are_kept(value, promise.infinite) for value in parts(result)), f"not finite: {result}"
    shape = str(signature.return_annotation)
    assert drawn.fits(result, shape), f"not {shape} with {drawn.sizes}: {result}"
    changed = [name for name, value in before.items() if not same(value, arguments[name])]
    assert not changed, f"changed: {changed}"
    bound.apply_defaults()
    assert promise.keeps(result, SimpleNamespace(**bound.arguments)), f"broken by {result!r}"
    return True


def through(name: str, promise: Row) -> list[str]:
    """The whole names of what is called on the way."""
    return [seen_from(name, one) for one in promise.through]


def seen_from(name: str, other: str) -> str:
    """The whole name of another function, as short as it may be called in the place of the first."""
    place = name.rpartition(".")[0]
    while place:
        with suppress(ImportError, AttributeError):
            pkgutil.resolve_name(f"jielong.{place}.{other}")
            return f"{place}.{other}"
        place = place.rpartition(".")[0]
    return other


@contextmanager
def calls_to(names: Sequence[str]) -> Iterator[set[str]]:
    """The names of those functions that have not been called yet."""
    code = {inspect.unwrap(pkgutil.resolve_name(f"jielong.{name}")): name for name in names}
    waiting = {(f.__init__ if inspect.isclass(f) else f).__code__: name for f, name in code.items()}
    missing = set(names)

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in waiting:
            missing.discard(waiting[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(note if names else before)
    try:
        yield missing
    finally:
        sys.setprofile(before)


def parts(value: Any) -> Iterator[Any]:
    """All that lies in a result, down to its tensors and numbers."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple | set):
        for part in value:
            yield from parts(part)
    elif hasattr(value, "__dataclass_fields__"):
        yield from parts([getattr(value, name) for name in value.__dataclass_fields__])
    elif isinstance(value, torch.nn.Module):
        yield from value.parameters()
    else:
        yield value


def numbers_are_kept(value: Any, infinite: bool) -> bool:
    if isinstance(value, Tensor):
        value = value.detach().numpy() if value.dtype != torch.bfloat16 else value.detach().float().numpy()
    if isinstance(value, float | np.ndarray | np.floating) and np.asarray(value).dtype.kind == "f":
        return not np.isnan(value).any() if infinite else bool(np.isfinite(value).all())
    return True


def beyond(value: Any) -> bool:
    """Whether something in it is no number, or a huge one."""
    value = value.detach() if isinstance(value, Tensor) else value
    return isinstance(value, Tensor | np.ndarray | float) and not bool((np.abs(np.asarray(value)) < 1e15).all())


def copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    return value.copy() if isinstance(value, np.ndarray | list | dict) else value


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor):
        return one.shape == other.shape and torch.equal(one.nan_to_num(7.5), other.nan_to_num(7.5))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return one is other or not isinstance(one, list | dict) or str(one) == str(other)


@contextmanager
def a_limit_of_time() -> Iterator[None]:
    """A hang is a failure, where the system has a clock that can say so."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def ring(*_: Any) -> None:
        raise AssertionError(f"it takes more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def close(one: Any, other: Any, tolerance: float = 1e-4) -> bool:
    """Whether two results are the same numbers, to within rounding."""
    one, other = (x.detach() if isinstance(x, Tensor) else x for x in (one, other))
    return np.allclose(np.asarray(one), np.asarray(other), rtol=tolerance, atol=tolerance, equal_nan=False)
