"""A changed number turns red: every number that the notebooks store, changed, goes through the comparison of outputs.

Each is multiplied by 1.05, 1.2, 2 and -1, written as it was, and judged as if a run had given the changed one. No
kernel is needed. `pytest -s` prints the table, and some of what slips through. What the comparison takes for a word,
such as the 2 of SmolLM2, must be equal to the letter, and is not tried.

Two short cuts, held to the long way by a test: a text is judged word by word (no number holds a blank, and the
comparison looks back by one letter only), and the numbers of a widget or a figure are changed together (each is judged
by itself, on a line of its own).
"""

from __future__ import annotations

import copy
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from compare import differences
from compare_markup import events
from compare_text import NAMES, NOTHING, NUMBER, Tolerance, _decimals, _value
from jielong.teaching.claims import CLAIM_MIME
from jielong.teaching.figures.data import FIGURE_MIME
from jielong.teaching.record import VALUE_MIME, plain_number
from lessons import WIDGET_VIEW, code_cells, lessons, read, widget_models

FACTORS = (1.05, 1.2, 2, -1)
KINDS = {CLAIM_MIME: "claims", VALUE_MIME: "records", FIGURE_MIME: "figures", WIDGET_VIEW: "widgets"}
WORDS = {"aria-label", "title", "alt", "data-zh-aria-label", "data-zh-title"}  # attributes that a reader hears or sees
JUDGED = ("caught", "slipped", "zero", "prints the same", "rounding error")
Path = tuple[str | int, ...]  # the keys that lead to a value
SHOWN = 10  # of what slipped through, by kind and factor


class Change(NamedTuple):
    kind: str
    factor: float
    before: float
    after: float
    caught: bool


class Table:
    """How all changes were judged."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, float, str]] = Counter()
        self.slipped: dict[tuple[str, float], list[str]] = defaultdict(list)
        self.volatile = 0

    def add(self, change: Change, lesson: str, nothing: float) -> None:
        judged = judge(change, nothing)
        self.counts[change.kind, change.factor, judged] += 1
        if judged == "slipped":
            self.slipped[change.kind, change.factor].append(f"{change.before:g} as {change.after:g} ({lesson})")

    def share(self, factor: float, *kinds: str) -> float:
        """What part of these kinds' numbers was caught, of those whose change shows."""
        caught, slipped = (sum(self.counts[kind, factor, how] for kind in kinds) for how in ("caught", "slipped"))
        return caught / (caught + slipped)

    def apart(self, judged: str) -> float:
        """What part of all changes was judged so."""
        return sum(n for (_, _, how), n in self.counts.items() if how == judged) / self.counts.total()

    def __str__(self) -> str:
        lines = [f"\n{'':10}{'factor':>8}{'share':>9}" + "".join(f"{judged:>17}" for judged in JUDGED)]
        for kind, factor in dict.fromkeys((kind, factor) for kind, factor, _ in self.counts):
            numbers = "".join(f"{self.counts[kind, factor, judged]:17,}" for judged in JUDGED)
            lines.append(f"{kind:10}{factor:8}{self.share(factor, kind):9.2%}{numbers}")
        for (kind, factor), slipped in self.slipped.items():
            some = random.Random(0).sample(slipped, min(SHOWN, len(slipped)))
            lines.append(f"{len(slipped)} of {kind} slipped through at {factor}: {'; '.join(some)}")
        return "\n".join([*lines, f"{self.volatile} outputs, or parts of outputs, are volatile"])


def judge(change: Change, nothing: float) -> str:
    if change.before == 0:
        return "zero"
    if change.before == change.after:
        return "prints the same"
    if max(abs(change.before), abs(change.after)) <= nothing:
        return "rounding error"
    return "caught" if change.caught else "slipped"


@pytest.fixture(scope="module")
def table() -> Table:
    table = Table()
    for path in lessons():
        notebook = read(path)
        nothing = NOTHING * Tolerance.stated({}, notebook.metadata).share
        for change in changes(notebook):
            table.add(change, path.stem, nothing)
        table.volatile += sum(map(volatile, outputs(notebook)))
    print(table)
    return table


def outputs(notebook: Any) -> Iterator[Any]:
    return (output for cell in code_cells(notebook) for output in cell.outputs)


def is_volatile(output: Any) -> bool:
    return bool(output.get("metadata", {}).get("jielong", {}).get("volatile"))


def volatile(output: Any) -> int:
    """How many parts of an output are not compared, or 1 for all of it."""
    records = [data for mime, data in output.get("data", {}).items() if mime in (CLAIM_MIME, VALUE_MIME)]
    parts = output.get("data", {}).get("text/html", "").count("<span data-volatile")
    return 1 if is_volatile(output) else parts + sum(record["volatile"] for record in records)


def changes(notebook: Any) -> Iterator[Change]:
    """Every number of a notebook's outputs, changed in each way."""
    for cell in code_cells(notebook):
        tolerance = Tolerance.stated(cell.metadata, notebook.metadata)
        for output in cell.outputs:
            if output.output_type == "stream":
                yield from in_text(output.text, tolerance)
            elif not is_volatile(output):
                for mime, data in output.data.items():
                    yield from in_data(mime, data, tolerance, WIDGET_VIEW in output.data)
    for state in states(notebook):
        yield from together(WIDGET_VIEW, state, Tolerance.stated({}, notebook.metadata))


def states(notebook: Any) -> Iterator[dict[str, Any]]:
    """What each widget draws, without its code and its layout."""
    for model in widget_models(notebook).values():
        yield {key: value for key, value in model["state"].items() if key != "layout" and not key.startswith("_")}


def in_data(mime: str, data: Any, tolerance: Tolerance, widget: bool) -> Iterator[Change]:
    if mime in (CLAIM_MIME, VALUE_MIME):
        yield from one_by_one(mime, data, tolerance)
    elif mime == FIGURE_MIME:
        yield from together(mime, data, tolerance)
    elif mime == "text/html":
        for event in events(data):
            for text in (event.text, *(event.attributes[name] for name in WORDS & event.attributes.keys())):
                yield from in_text(text, tolerance)
    elif mime == "text/plain" and not widget:
        yield from in_text(data, tolerance)


def in_text(text: str, tolerance: Tolerance) -> Iterator[Change]:
    for word in text.split():
        yield from in_word(word, tolerance)


@cache
def in_word(word: str, tolerance: Tolerance) -> list[Change]:
    found = []
    for number in NUMBER.finditer(word):
        for factor in FACTORS:
            other = printed_as(number[0], factor)
            caught = differs("text/plain", word, replaced(word, number, other), tolerance)
            found.append(Change("printed", factor, _value(number[0]), _value(other), caught))
    return found


def replaced(text: str, number: re.Match[str], other: str) -> str:
    return text[: number.start()] + other + text[number.end() :]


def printed_as(number: str, factor: float) -> str:
    """The number times the factor, with as many decimals, and a comma, an exponent or a per cent sign if it had one."""
    percent, comma = "%" * number.endswith("%"), "," * ("," in number)
    mantissa, exponent, _ = number.rstrip("%").lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    value = _value(number) * factor * (100 if percent else 1)
    return f"{value:{comma}.{decimals}{exponent or 'f'}}{percent}"


def one_by_one(mime: str, record: Any, tolerance: Tolerance) -> Iterator[Change]:
    """The numbers of a claim's or a value's record, each changed in the whole record."""
    if record["volatile"]:
        return
    yield from in_words_of(record, tolerance)
    for path, leaf in numbers(record):
        for factor in FACTORS:
            changed = with_one(record, path, other := times(leaf, factor))
            yield Change(KINDS[mime], factor, leaf, other, differs(mime, record, changed, tolerance))


def together(mime: str, data: Any, tolerance: Tolerance) -> Iterator[Change]:
    """The numbers of a widget's state or a figure's data: each has a line of its own in what differs."""
    yield from in_words_of(data, tolerance)
    for factor in FACTORS:
        changed = times(data, factor)
        found = places(compared(mime, data, changed, tolerance))
        for (path, before), (_, after) in zip(numbers(data), numbers(changed), strict=True):
            yield Change(KINDS[mime], factor, before, after, shown(path) in found)


def in_words_of(data: Any, tolerance: Tolerance) -> Iterator[Change]:
    for path, leaf in leaves(data):
        if isinstance(leaf, str) and path[-1] not in NAMES:
            yield from in_text(leaf, tolerance)


def numbers(data: Any) -> Iterator[tuple[Path, Any]]:
    return ((path, leaf) for path, leaf in leaves(data) if is_number(leaf))


def with_one(data: Any, path: Path, value: Any) -> Any:
    """The same data with one value changed."""
    if not path:
        return value
    changed = copy.copy(data)
    changed[path[0]] = with_one(data[path[0]], path[1:], value)
    return changed


def leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every number, word and None of JSON data, with the keys that lead to it."""
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from leaves(value, (*path, key))
    else:
        yield path, data


def times(data: Any, factor: float, rounding: tuple[int, int] | None = None) -> Any:
    """The same data, every number multiplied: whole ones stay whole, others are rounded as their list is."""
    if isinstance(data, dict):
        return {key: times(value, factor) for key, value in data.items()}
    if isinstance(data, list):
        rounding = rounding_of([value for value in data if isinstance(value, float)])
        return [times(value, factor, rounding) for value in data]
    if not is_number(data):
        return data
    if isinstance(data, int):
        return round(data * factor)
    if rounding is None:
        return plain_number(data * factor)
    digits, decimals = rounding
    return round(float(f"{data * factor:.{digits}g}"), decimals)


def rounding_of(numbers: list[float]) -> tuple[int, int] | None:
    """The most digits and the most decimals that any of these numbers has."""
    written = [repr(number) for number in numbers]
    digits = (len(each.partition("e")[0].replace(".", "").strip("-0")) for each in written)
    return (max((1, *digits)), max(map(_decimals, written))) if numbers else None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(path: Path) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)


def places(lines: list[str]) -> set[str]:
    """Where in a record something differs: ".data.y[3]" of "output 1, widget.data.y[3]: stored 0.5, now 0.6 …"."""
    return {re.match(r"output 1, \w+(.*?): stored ", line, re.S)[1] for line in lines}


def compared(mime: str, before: Any, after: Any, tolerance: Tolerance) -> list[str]:
    """What the comparison says of two outputs of one kind; a widget's are the states of its model."""
    models = ({"model": {"state": before}}, {"model": {"state": after}})
    if mime == WIDGET_VIEW:
        before = after = {"model_id": "model"}
    stored, now = ([{"output_type": "display_data", "data": {mime: data}}] for data in (before, after))
    return differences(stored, now, tolerance, models)


def differs(mime: str, before: Any, after: Any, tolerance: Tolerance) -> bool:
    return bool(compared(mime, before, after, tolerance))


def drawings(notebook: Any) -> list[tuple[str, Any]]:
    figures = [output.data[FIGURE_MIME] for output in outputs(notebook) if FIGURE_MIME in output.get("data", {})]
    every = [*((FIGURE_MIME, data) for data in figures), *((WIDGET_VIEW, state) for state in states(notebook))]
    return [(mime, data) for mime, data in every if len(list(numbers(data))) > 1]


def test_numbers_of_claims_and_records_are_caught_at_a_twentieth(table):
    assert table.share(1.05, "claims", "records") >= 0.99, str(table)


@pytest.mark.parametrize("factor", [1.2, 2, -1])
def test_numbers_of_all_kinds_are_caught(table, factor):
    assert all(table.counts[kind, factor, "caught"] for kind in [*KINDS.values(), "printed"]), str(table)
    assert table.share(factor, *KINDS.values(), "printed") >= 0.97, str(table)


def test_what_is_set_apart_is_little(table):
    assert table.apart("rounding error") < 0.02, str(table)
    assert table.volatile <= 12, str(table)


def test_the_short_cuts_judge_as_the_long_way_does():
    """A number in a whole text; a number of a widget or a figure alone."""
    chance = random.Random(0)
    for notebook in map(read, lessons()[::4]):
        texts = [output.text for output in outputs(notebook) if output.output_type == "stream"]
        for text in [text for text in texts if NUMBER.search(text)]:
            (number, *_), factor = chance.sample([*NUMBER.finditer(text)], 1), chance.choice(FACTORS)
            changed = replaced(text, number, printed_as(number[0], factor))
            words = zip(text.split(), changed.split(), strict=True)
            short = any(differs("text/plain", before, after, Tolerance()) for before, after in words)
            assert differs("text/plain", text, changed, Tolerance()) == short, (text, changed)
        for mime, data in drawings(notebook):
            changed = times(data, factor := chance.choice(FACTORS))
            found = places(compared(mime, data, changed, Tolerance()))
            for (path, before), (_, after) in chance.sample([*zip(numbers(data), numbers(changed), strict=True)], 2):
                alone = with_one(data, path, after)
                assert differs(mime, data, alone, Tolerance()) == (shown(path) in found), (path, before, after, factor)
