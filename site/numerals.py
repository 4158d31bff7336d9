"""Numbers in running text, English or Chinese: those written in digits, and those that its words may stand for.

    digits("6.74 and 68.98 billion")    6740000000 and 68980000000
    digits("67.4 億與 689.8 億")          the same two
    words("nothing; two and a half")    0, 2, 1/2, 5/2
    words("三分之一；八成；兩倍半")          3, 1, 8, 80, 2, 1/2, 5/2
    spelled("thirty-two of a hundred")  32 and 100

`words` is generous, and may be: it only excuses what is missing on the other side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

UNITS = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "百": 10**2, "千": 10**3, "萬": 10**4, "百萬": 10**6, "億": 10**8, "兆": 10**12,
}  # fmt: skip
UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
DIGITS = re.compile(rf"(?<!\w)[-−]?(?:{NUMBER})|{NUMBER}")
SHARED = re.compile(rf"(?:\s*(?:and|or|to|–|-|與|和|到)\s*(?:{NUMBER}))?\s*({UNIT})")

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth".split()
OTHERS: dict[int | Fraction, str] = {
    0: "no none nothing", 1: "once single certainty alone", 2: "twice double both pair",
    3: "thrice", 10: "tenth", 12: "dozen",
    Fraction(1, 2): "half halves", Fraction(1, 4): "quarter quarters",
}  # fmt: skip
CARDINALS = {word: value for value, word in [*enumerate(ONES), *zip(range(20, 100, 10), TENS, strict=True)]}
ENGLISH: dict[str, Fraction] = {
    **{word: Fraction(value) for word, value in CARDINALS.items()},
    **{word: Fraction(value) for value, word in enumerate(ORDINALS)},
    **{word: Fraction(value) for value, words in OTHERS.items() for word in words.split()},
}
CHINESE = {**{letter: value for value, letter in enumerate("零一二三四五六七八九")}, "〇": 0, "兩": 2}
PLACES = {"十": 10, "百": 100, "千": 1000}


def digits(text: str) -> Iterator[Fraction]:
    """Every number in digits, times the unit behind it: 1,000; .5; −3; 1.35 億; 6 and 7 million."""
    for found in DIGITS.finditer(text):
        unit = SHARED.match(text, found.end())
        value = Fraction(found.group().replace(",", "").replace("−", "-"))
        yield value * (UNITS[unit.group(1)] if unit else 1)


def spelled(text: str) -> Iterator[int]:
    """Every number from three on that English spells; one and two hide in too many words of both languages."""
    text = re.sub(rf"\d\s*(?:{UNIT})", "#", text.casefold())
    total = 0
    for word in [*re.findall(r"[a-z]+|[^\sa-z-]", text), ""]:
        tens = total % 100 >= 20 and total % 10 == 0
        if word in CARDINALS and (tens and CARDINALS[word] < 10 or total and total % 100 == 0):
            total += CARDINALS[word]
        elif word in UNITS:
            part = total % 1000 if word == "hundred" else total
            total += (part or 1) * UNITS[word] - part
        elif word in ORDINALS and tens:
            total += ORDINALS.index(word)
        elif word != "and" or total % 100:
            if total > 2:
                yield total
            total = CARDINALS.get(word, 0)


def words(text: str) -> set[Fraction]:
    """Every number that the words of a text may stand for, a share also as a percentage."""
    found = {*_english(text.casefold()), *_chinese(text), *map(Fraction, spelled(text))}
    return found | {100 * value for value in found if value.denominator > 1}


def _english(text: str) -> Iterator[Fraction]:
    for word in re.findall(r"[a-z]+", text):
        for singular in (word, word.removesuffix("s"), word.removesuffix("es")):
            if singular in ENGLISH:
                yield ENGLISH[singular]
    for whole in re.findall(r"([a-z]+) and a half", text):
        yield CARDINALS.get(whole, 0) + Fraction(1, 2)


def _chinese(text: str) -> Iterator[Fraction]:
    for run in re.findall("[零〇一二兩三四五六七八九十百千萬億兆]+", text):
        yield _numeral(run)
    for parts, whole in re.findall("([一二兩三四五六七八九])成([一二三四五六七八九]?)", text):
        yield Fraction(CHINESE[parts] * 10 + (CHINESE[whole] if whole else 0))
    for below, above in re.findall("([一二三四五六七八九十百]+)分之([一二兩三四五六七八九十百]+)", text):
        yield _numeral(above) / _numeral(below)
    if "半" in text:
        yield Fraction(1, 2)
    for whole in re.findall(r"([一二兩三四五六七八九十]+)\w?半", text):
        yield _numeral(whole) + Fraction(1, 2)


def _numeral(run: str) -> Fraction:
    """一億三千五百萬 is 135,000,000; without a place, one letter after the other: 二〇二四 is 2024."""
    if len(run) > 1 and all(letter in CHINESE for letter in run):
        return Fraction("".join(str(CHINESE[letter]) for letter in run))
    total = section = last = 0
    for letter in run:
        if letter in CHINESE:
            last = CHINESE[letter]
        elif letter in PLACES:
            section, last = section + (last or 1) * PLACES[letter], 0
        else:
            total, section, last = total + ((section + last) or 1) * UNITS[letter], 0, 0
    return Fraction(total + section + last)
