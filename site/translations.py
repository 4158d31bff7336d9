"""What can be wrong with a Chinese text, seen by holding it against the English that it was made from.

Nothing here reads Chinese. What has to be the same in both is compared: links, values, formulas and code; numbers in
digits, where the other side may have words; names in Latin letters; roughly the length. `terms.toml`, beside the
catalogues, says how this edition renders names, and which words one says, or does not say, in Taipei.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from numerals import digits, spelled, words

TERMS = tomllib.loads((Path(__file__).parents[1] / "locale" / "zh_TW" / "terms.toml").read_text(encoding="utf-8"))
NAMES: dict[str, list[str]] = TERMS["names"]
ELSEWHERE: dict[str, str] = TERMS["elsewhere"]
SPOKEN = re.compile(rf"\b(?:{'|'.join(TERMS['spoken'])})s?\b")

HAN = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]+")
MARK = re.compile(
    r"""(?P<value>\{[\w:-]+\}`[^`]*`)
      | (?P<code>``.+?``|`[^`]+`)
      | (?P<formula>\$\$.+?\$\$|\$[^$]+\$)
      | (?P<newline>\\n)
      | (?P<footnote>\[\^[^\]]+\])
      | (?P<link>\]\([^()\s]+(?:\([^()]*\)[^()\s]*)*|<?https?://[^\s<>()（）「」，。；]+)
      | (?P<expression>(?<!\\text)\{[^{}]*\})""",
    re.VERBOSE | re.DOTALL,
)
# what stands behind these has a capital letter anyway
BEGINS = re.compile(r"(?:^|[.!?:;…][\"”’*)\]]*\s+|[\"“‘(\[*|/\n]\s*|\s{2,})$")
SIMPLE = set("么后几种坏离愿适万与体价据机党胜厂儿")  # simplified, and rare words in traditional letters
LONG = 20  # words, from which on the length says something
LENGTH = (0.95, 3.3)  # Chinese letters and Latin words, per English word


def faults(en: str, zh: str) -> list[str]:
    """What is wrong with `zh` as a translation of `en`, a line each: its kind, a colon, what it is.

    Both are MyST, or labels with {expressions}.
    """
    en_prose, zh_prose = (MARK.sub("#", text) for text in (en, zh))
    return [
        *(f"language: {fault}" for fault in _language(en_prose, zh_prose)),
        *(f"letters: {fault}" for fault in _letters(en, zh)),
        *(f"words: here one says {here} for {word}" for word, here in ELSEWHERE.items() if word in zh),
        *(f"links: {fault}" for fault in _marks(en, zh, en_prose, zh_prose)),
        *(f"numbers: {fault}" for fault in _numbers(en_prose, zh_prose)),
        *(f"names: {fault}" for fault in [*_latin(en, zh_prose), *_names(en_prose, zh)]),
        *(f"length: {fault}" for fault in _length(en_prose, zh_prose)),
    ]


def _language(en: str, zh: str) -> Iterator[str]:
    """Without a Chinese letter there may be formulas, `spoken` terms, and names: capitals in mid-sentence."""
    names = {found.group() for found in WORD.finditer(en) if _is_name(en, found)}
    said = re.findall(r"(?<![\w\\])[^\W\d_]{2,}", SPOKEN.sub("", zh))
    if not HAN.search(zh) and not names.issuperset(said):
        yield "no Chinese in it"
    plain = re.sub(r"\*[^*]*\*|「[^」]*」|“[^”]*”|\"[^\"]*\"|（[^）]*）|\([^)]*\)", "。", zh)
    for run in re.findall(r"[A-Za-z]['’a-z]*(?:,? ['’a-z]+){4,}", plain):
        yield f"still English: {run}"


def _letters(en: str, zh: str) -> Iterator[str]:
    """Letters that Big5, made for Taiwan's newspapers and schools, cannot write, and SIMPLE ones that it can."""
    if strange := simplified(zh, en):
        yield f"not traditional: {strange}"


def simplified(zh: str, en: str) -> str:
    """The letters of ``zh`` that are not traditional Chinese, nor quoted in ``en``."""
    return "".join(x for x in dict.fromkeys(HAN.findall(zh)) if x not in en and (x in SIMPLE or not _in_big5(x)))


def _in_big5(letter: str) -> bool:
    try:
        return bool(letter.encode("big5"))
    except UnicodeEncodeError:
        return False


def _marks(en: str, zh: str, en_prose: str, zh_prose: str) -> Iterator[str]:
    """Links, values, footnotes, formulas, {expressions}: equally often, in any order. Code may lose its quotes."""
    wanted, found = (Counter(_mark(mark) for mark in MARK.finditer(text)) for text in (en, zh))
    for kind, text in sorted((wanted - found).keys()):
        if kind != "code" or not _stands(text, zh_prose):
            yield f"the {kind} {text} is missing"
    for kind, text in sorted((found - wanted).keys()):
        if kind != "code" or not _stands(text, en_prose):
            yield f"the {kind} {text} is not in the English"


def _stands(word: str, text: str) -> bool:
    return re.search(rf"(?<![A-Za-z\d_]){re.escape(word)}(?![A-Za-z\d_])", text) is not None


def _mark(mark: re.Match[str]) -> tuple[str, str]:
    """A role's or a link's target; the words before it are translated."""
    kind, text = str(mark.lastgroup), mark.group()
    if kind == "value":
        return kind, re.sub(r"`[^`<]*<(.*)>`", r"`\1`", text)
    return kind, text.strip("`") if kind == "code" else text.removeprefix("](").strip("<>")


def _numbers(en: str, zh: str) -> Iterator[str]:
    there, here = {*digits(en)}, {*digits(zh)}
    for value in sorted({*there, *map(Fraction, spelled(en))} - here - words(zh)):
        yield f"{_plain(value)} is missing"
    for value in sorted(here - there - words(en)):
        yield f"{_plain(value)} is not in the English"


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def _latin(en: str, zh: str) -> Iterator[str]:
    """Words in Latin letters come from the English, code and all, or are `spoken`."""
    known = set[str]().union(*(_forms(word) for word in WORD.findall(en)))
    for word in dict.fromkeys(WORD.findall(SPOKEN.sub("", zh))):
        if not known & _forms(word):
            yield f"{word} is not in the English"


def _forms(word: str) -> set[str]:
    """A word as it may also be written: small, and in the singular."""
    small = word.casefold()
    singular = {small.removesuffix("s"), small.removesuffix("es")}
    return {small, *singular, *({small[:-3] + "y"} if small.endswith("ies") else ())}


def _names(en: str, zh: str) -> Iterator[str]:
    """Names of the English stand in the Chinese, as they are or as `terms.toml` renders them."""
    for name, renderings in NAMES.items():
        if re.search(rf"\b{name}\b", en):
            if not any(form in zh for form in (name, *renderings)):
                yield f"{name} is missing ({' or '.join(renderings)})"
            en = re.sub(rf"\b{name}\b", "#", en)
    there = set[str]().union(*(_forms(word) for word in WORD.findall(zh)))
    for found in WORD.finditer(en):
        if _is_name(en, found) and not there & _forms(found.group()):
            yield f"{found.group()} is missing"


def _is_name(text: str, found: re.Match[str]) -> bool:
    """Whether a word has a capital that it does not owe to its place."""
    word = found.group()
    owed = word[1:].islower() and BEGINS.search(text[: found.start()])
    return len(word) > 1 and word != word.casefold() and not owed


def _length(en: str, zh: str) -> Iterator[str]:
    """A sentence that was left out, or one too many, shows in a text of some length."""
    there = len(re.findall(r"[\w’'-]+", en))
    here = len(HAN.findall(zh)) + len(re.findall(r"[A-Za-z\d.’'-]+", zh))
    if there >= LONG and not LENGTH[0] <= here / there <= LENGTH[1]:
        yield f"{here} letters and words for {there} words: is something missing, or too much?"
