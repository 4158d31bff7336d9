"""What a lecture says, what we measured, and the bar between them.

A claim is one row of the curriculum put to the test: a number, beside the number of its control, and a bar that both
have to respect. The card shows it; the record in the cell's output is what the ledger page is drawn from.

    claim("1.3 temperature", measured=cold, control=hot, holds=lambda times=1.5: cold > times * hot)

id            the row, with a word behind it where a row has several claims: "1.3", "1.5 wait"
measured      one number, or a list with one number per seed (shown as the mean and the range)
control       the same number with the method taken away
holds         a function that compares those numbers with the bar. The bar's numbers are its defaults and stand nowhere
              else, so that what it checks and what the card says can't come apart
format        how the numbers are printed, such as "{:.0%}"
reproduced    False for a claim of the lecture that did not come out here; `holds` then checks the negative finding
volatile      True for timings, whose numbers are not compared from run to run
values        whatever else the words name, such as layer=5

The words stand in both languages in the claims.toml of the lesson, `jielong/lessons/<lesson>/claims.toml`, and name
values in braces: "above {least} at every seed", "{most:.0%}", "{gap:points} points" (0.3 is 30 points).

what, control, bar    what was measured, on what the control is, and what `holds` asks for
tried                 what was tried, where the claim did not reproduce
published             the number that a paper reports, with a citation
"""

from __future__ import annotations

import difflib
import functools
import html as _html
import inspect
import json
import re
import string
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from jielong.arguments import filled
from jielong.teaching.record import emit, formatted, plain_number
from jielong.teaching.text import Text, attribute

CLAIM_MIME = "application/vnd.jielong.claim+json"
ROWS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("claims.toml").read_text(encoding="utf-8"))
Number = int | float
_made: dict[str, Claim] = {}


class ClaimFailed(AssertionError):
    """The bar was missed: the text and the numbers no longer agree."""


def claim(
    id: str,
    *,
    measured: Any,
    holds: Callable[..., Any],
    control: Any = None,
    format: str | None = None,
    reproduced: bool = True,
    volatile: bool = False,
    **values: Any,
) -> None:
    """Test what the lecture says in one row: show a card, record the result, fail the run if the bar is missed.

    The arguments are described above. Raises ClaimFailed if `holds` returns False, KeyError for a claim without words,
    TypeError if `holds` returns no truth value, if a number lacks its words, or if a value is named nowhere.
    """
    row, stated, limits = row_of(id), words_of(id), _limits(holds)
    words = _Words(id, stated, {**values, **limits})
    made = Claim(
        id=id,
        row=row,
        verdict="holds" if reproduced else "not reproduced",
        measured=_numbers(measured),
        control=None if control is None else _numbers(control),
        format=format,
        what=words.needed("what"),
        control_what=None if control is None else words.needed("control"),
        bar=words.needed("bar", limits),
        limits={name: plain_number(limit) for name, limit in limits.items()},
        published=(words.needed("published"), stated["published"]["citation"]) if "published" in stated else None,
        tried=None if reproduced else words.needed("tried"),
        volatile=volatile,
    )
    words.refuse_unused()
    if not _truth(holds()):
        raise ClaimFailed(made.plain().replace(made.verdict, "MISSES ITS BAR", 1))
    _made[id] = made
    emit(made.html(says=first_of_its_row(made)), made.plain(), {CLAIM_MIME: made.record()})


@dataclass(frozen=True)
class Claim:
    """One tested claim: the numbers, the words about them in both languages, and how they look."""

    id: str
    row: str
    verdict: str
    measured: Number | list[Number]
    control: Number | list[Number] | None
    format: str | None
    what: Text
    control_what: Text | None
    bar: Text
    limits: dict[str, Number]
    published: tuple[Text, str] | None
    tried: Text | None
    volatile: bool

    @property
    def anchor(self) -> str:
        """The card's id on its page: "1.5 wait" is at #claim-1-5-wait."""
        return "claim-" + re.sub(r"[^a-z0-9]+", "-", self.id.lower())

    @property
    def measured_text(self) -> str:
        return shown(self.measured, self.format)

    @property
    def control_text(self) -> str | None:
        return None if self.control is None else shown(self.control, self.format)

    def record(self) -> dict[str, Any]:
        """Everything that the ledger needs, as JSON data."""
        data = {key: _plain(value) for key, value in asdict(self).items()}
        data["published"] = self.published and {"text": _plain(self.published[0]), "citation": self.published[1]}
        return {
            **data,
            "says": ROWS[self.row],
            "anchor": self.anchor,
            "measured_text": self.measured_text,
            "control_text": self.control_text,
        }

    def plain(self) -> str:
        """One line, in English, for places that show no HTML."""
        numbers = "" if self.volatile else f" {self.measured_text}"
        against = "" if self.control_what is None else f"; control, {self.control_what.en}:"
        if against and not self.volatile:
            against += f" {self.control_text}"
        return f"Claim {self.id}: {self.verdict}. {self.what.en}:{numbers}{against}; bar: {self.bar.en}"

    def html(self, says: bool = True) -> str:
        """The card, with the lecture's sentence if ``says``. Plain inline styles carry it in Jupyter and Colab; the
        site styles the classes."""
        sign, verdict = VERDICTS[self.verdict]
        label = attribute("aria-label", (f"Claim {self.id}: {verdict.en}", f"主張 {self.id}：{verdict.zh}"))
        style = "border-left:4px solid var(--claim-edge,currentColor);padding:.4em 1em;margin:1em 0"
        kind = self.verdict.replace(" ", "-")
        quote = f'<p class="claim-says">{_LABELS["says"].html()} {Text(**ROWS[self.row]).html()}</p>\n' if says else ""
        return (
            f'<div class="claim claim-{kind}" id="{self.anchor}" role="group" {label} style="{style}">\n'
            f'<p class="claim-head"><strong>{Text(f"Claim {self.id}", f"主張 {self.id}").html()}</strong> '
            f'<span class="claim-verdict"><span aria-hidden="true">{sign}</span> {verdict.html()}</span></p>\n'
            f'{quote}<table class="claim-numbers">\n{"".join(self._rows())}</table></div>'
        )

    def _rows(self) -> Iterator[str]:
        yield _row("measured", self.what.html(), self._number(self.measured_text))
        if self.control_what is not None and self.control_text is not None:
            yield _row("control", self.control_what.html(), self._number(self.control_text))
        yield _row("bar", self.bar.html())
        if self.published is not None:
            yield _row("published", _html.escape(self.published[1]), self.published[0].html())
        if self.tried is not None:
            yield _row("tried", self.tried.html())

    def summary(self, together: int) -> str:
        """One row of a lesson's closing table; the lecture's sentence spans the ``together`` claims about it, of which
        this is the first if ``together`` is not 0."""
        sign, verdict = VERDICTS[self.verdict]
        says = f'<td rowspan="{together}">{Text(**ROWS[self.row]).html()}</td>' if together else ""
        cells = [
            f"{self.what.html()}: <strong>{self._number(self.measured_text)}</strong>",
            "—" if self.control_text is None else self._number(self.control_text),
            f'<span aria-hidden="true">{sign}</span>\N{NO-BREAK SPACE}{verdict.html()}',
        ]
        columns = says + "".join(f"<td>{cell}</td>" for cell in cells)
        return f'<tr><th scope="row"><a href="#{self.anchor}">{self.id}</a></th>{columns}</tr>\n'

    def _number(self, text: str) -> str:
        return f"<span data-volatile>{text}</span>" if self.volatile else text


_LABELS = {
    "says": Text("The lecture says:", "課堂上說："),
    "measured": Text("measured", "實測"),
    "control": Text("control", "對照"),
    "bar": Text("bar", "門檻"),
    "published": Text("published", "文獻數字"),
    "tried": Text("what was tried", "試過什麼"),
}
_HEADINGS = [
    Text("row", "列"),
    Text("the lecture says", "課堂上說"),
    Text("we measured", "我們量到"),
    Text("control", "對照"),
    Text("verdict", "結論"),
]
VERDICTS = {
    "holds": ("✓", Text("holds", "成立")),
    "not reproduced": ("○", Text("did not reproduce here", "在這裡沒有重現")),
}
"""The sign and the words of each verdict, on cards and in the ledger."""


def row_of(id: str) -> str:
    """The curriculum row of a claim's id: "1.5 wait" -> "1.5". Raises KeyError, with near names, for an unknown row."""
    match = re.fullmatch(r"(\d+\.\d+)( ?[a-z][a-z0-9 -]*)?", id)
    row = match[1] if match else id
    if row not in ROWS:
        near = difflib.get_close_matches(row, ROWS, n=3, cutoff=0.4) or list(ROWS)
        raise KeyError(f"no row {id!r} in claims.toml; near it: {', '.join(near)}")
    return row


def words_of(id: str) -> dict[str, dict[str, str]]:
    """The words of a claim. Raises KeyError, with near ids, where no lesson states them."""
    if id not in stated():
        near = difflib.get_close_matches(id, stated(), n=3, cutoff=0.4)
        raise KeyError(f"no claims.toml in jielong/lessons states {id!r}; near it: {', '.join(near)}")
    return stated()[id]


@functools.cache
def stated() -> dict[str, dict[str, dict[str, str]]]:
    """The words of every claim of every lesson, by id."""
    files = sorted(Path(__file__).parents[1].glob("lessons/*/claims.toml"))
    return {id: words for path in files for id, words in tomllib.loads(path.read_text(encoding="utf-8")).items()}


def shown(value: Number | list[Number], format: str | None = None) -> str:
    """A number as a reader sees it; of one number per seed, the mean and the range. Raises ValueError for no number and
    for a format that no number has."""
    if isinstance(value, list):
        filled(value=value)
        form = format or "{:.2f}"
        mean, low, high = (formatted(number, form) for number in (sum(value) / len(value), min(value), max(value)))
        return f"{mean} ({low}–{high})"
    return formatted(value, format or ("{:,}" if isinstance(value, int) else "{:.2f}"))


def summary() -> None:
    """Show the closing table of a lesson: what the lecture says, what we measured, for every claim made so far."""
    if not _made:
        raise RuntimeError("no claim has been made in this notebook yet: run its cells from the top")
    head = "".join(f'<th scope="col">{heading.html()}</th>' for heading in _HEADINGS)
    rows: dict[str, list[Claim]] = {}
    for made in _made.values():
        rows.setdefault(made.row, []).append(made)
    body = "".join(made.summary(0 if k else len(row)) for row in rows.values() for k, made in enumerate(row))
    plain = "\n".join(made.plain() for row in rows.values() for made in row)
    emit(f'<table class="claims-summary"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>', plain)


def first_of_its_row(made: Claim) -> bool:
    """Whether no claim about the same sentence stands above this one in the notebook."""
    above = takewhile(lambda id: id != made.id, _made)
    return all(_made[id].row != made.row for id in above)


def gather(notebooks: Iterable[Path]) -> list[dict[str, Any]]:
    """The claims recorded in stored notebooks, in the order of the curriculum.

    Each is the claim's record with "notebook" (the path as given) and "cell" (the id of the cell that made it).
    """
    found = [
        {**output["data"][CLAIM_MIME], "notebook": str(path), "cell": cell.get("id")}
        for path in notebooks
        for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if CLAIM_MIME in output.get("data", {})
    ]
    return sorted(found, key=lambda c: [int(part) for part in c["row"].split(".")])


def _numbers(value: Any) -> Number | list[Number]:
    if isinstance(value, list | tuple) or getattr(value, "ndim", 0) == 1:
        return [plain_number(v) for v in value]
    return plain_number(value)


def _truth(holds: Any) -> bool:
    value = holds.item() if hasattr(holds, "item") else holds
    if not isinstance(value, bool):
        raise TypeError(f"holds must be the result of comparing the numbers with the bar, True or False; got {holds!r}")
    return value


def _plain(value: Any) -> Any:
    return value._asdict() if isinstance(value, Text) else value


def _limits(holds: Callable[..., Any]) -> dict[str, Any]:
    """The bar's numbers: the defaults of the function that compares with them."""
    if not callable(holds):
        raise TypeError(f"holds must be a function of the bar's numbers, such as lambda least=0.9: ...; got {holds!r}")
    limits = {name: parameter.default for name, parameter in inspect.signature(holds).parameters.items()}
    if not limits or inspect.Parameter.empty in limits.values():
        raise TypeError("holds needs the bar's numbers as defaults, such as lambda least=0.9: ...")
    return limits


class _Words(string.Formatter):
    """The words of one claim, filled with its values."""

    def __init__(self, id: str, stated: Mapping[str, Mapping[str, str]], values: Mapping[str, Any]) -> None:
        self.id, self.stated, self.values = id, stated, values
        self.used: set[str] = set()

    def needed(self, name: str, limits: Iterable[str] = ()) -> Text:
        """The pair (English, 中文) of that name, which must speak of every one of ``limits`` in both languages."""
        if name not in self.stated:
            raise TypeError(f"claim {self.id} needs {name}.en and {name}.zh in its claims.toml")
        pair = Text.of((self.stated[name]["en"], self.stated[name]["zh"]), name)
        for text in pair:
            if unsaid := set(limits) - named(text):
                raise TypeError(f"claim {self.id}: {name} does not say {sorted(unsaid)}: {text}")
            self.used |= named(text)
        if unknown := self.used - set(self.values):
            raise TypeError(f"claim {self.id}: {name} speaks of {sorted(unknown)}, which it is not given")
        return Text(*(self.vformat(text, (), self.values) for text in pair))

    def refuse_unused(self) -> None:
        if unused := set(self.values) - self.used:
            raise TypeError(f"claim {self.id}: no word speaks of {sorted(unused)}; its words are in claims.toml")

    def format_field(self, value: Any, format_spec: str) -> Any:
        return f"{100 * value:g}" if format_spec == "points" else super().format_field(value, format_spec)


def named(text: str) -> set[str]:
    """The values that a text names in braces. Raises ValueError where a brace has no other half."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError as error:
        raise ValueError(f"text={text!r}: {error}") from error


def _row(label: str, words: str, number: str = "") -> str:
    head = f'<th scope="row">{_LABELS[label].html()}</th>'
    return f'<tr>{head}<td>{words}</td><td class="claim-number">{number}</td></tr>\n'
