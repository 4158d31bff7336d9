"""Exercises of "The smallest group": what an induction head would say, a search, and who is behind whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jielong.teaching.exercises import exercise


def _check_induction(answer: Any) -> str | None:
    texts = [list("abcdab"), list("abcab"), list("abacad a".replace(" ", "")), list("abcd")]
    got = [answer(text) for text in texts]
    if got == [induction(text) for text in texts]:
        return None
    if got[0] == "b" and got[1] == "b":
        return "itself"
    return "oldest" if got[:2] == [induction(text) for text in texts[:2]] else "other"


def _itself(tokens: Sequence[str]) -> str | None:
    return tokens[-1] if tokens[-1] in tokens[:-1] else None


def _oldest(tokens: Sequence[str]) -> str | None:
    return next((after for token, after in zip(tokens, tokens[1:], strict=False) if token == tokens[-1]), None)


@exercise(
    "the-smallest-group/induction",
    check=_check_induction,
    wrong=[(_itself, "itself"), (_oldest, "oldest"), (lambda tokens: tokens[-2], "other")],
    hints={
        "itself": (
            "You return the token itself. The head looks one further: at what came after it.",
            "你回傳的是那個 token 自己。這種 head 看的是再後面一格：它後面接了什麼。",
        ),
        "oldest": (
            "Right where a token came once before. If it came several times, take the latest; if never, None.",
            "前面只出現過一次時是對的。出現好幾次就取最近的一次；沒出現過就是 None。",
        ),
        "other": (
            "Look for the last token among those before it, and return what stood after it there; None if it is new.",
            "在前面找最後這個 token，回傳它當時後面的那一個；沒出現過就回傳 None。",
        ),
    },
)
def induction(tokens: Sequence[str]) -> str | None:
    for place in range(len(tokens) - 2, -1, -1):
        if tokens[place] == tokens[-1]:
            return tokens[place + 1]
    return None


_WORTH = {"a": 0.7, "b": 0.5, "c": 0.3, "d": 0.0}


def _sum(kept: Sequence[str]) -> float:
    return round(sum(_WORTH[part] for part in kept), 6)


def _pair(kept: Sequence[str]) -> float:  # either of b and c will do, and a alone does nothing
    return 1.0 if "a" in kept and ("b" in kept or "c" in kept) else 0.0


def _check_spare(answer: Any) -> str | None:
    cases: list[tuple[Callable[[Sequence[str]], float], list[str]]] = [(_sum, list("abcd")), (_pair, list("cbad"))]
    got = [sorted(answer(share, list(parts), 0.05)) for share, parts in cases]
    if got == [sorted(spare(share, list(parts), 0.05)) for share, parts in cases]:
        return None
    if got == [sorted(_all_at_once(share, list(parts), 0.05)) for share, parts in cases]:
        return "all-at-once"
    return "louder" if got == [sorted(_louder(share, list(parts), 0.05)) for share, parts in cases] else "other"


def _all_at_once(share: Callable[[Sequence[str]], float], parts: list[str], price: float) -> list[str]:
    def off(part: str) -> float:
        return abs(1 - share([p for p in parts if p != part]))

    return [part for part in parts if off(part) - abs(1 - share(parts)) >= price]


def _louder(share: Callable[[Sequence[str]], float], parts: list[str], price: float) -> list[str]:
    kept = list(parts)
    for part in parts:
        without = [p for p in kept if p != part]
        if share(kept) - share(without) < price:
            kept = without
    return kept


@exercise(
    "the-smallest-group/spare",
    check=_check_spare,
    wrong=[(_all_at_once, "all-at-once"), (_louder, "louder"), (lambda share, parts, price: parts, "other")],
    hints={
        "all-at-once": (
            "You try each part on the full network: of two that can replace each other, both go. Go on from the rest.",
            "你每次都從完整的網路開始試。兩個可以互相代替的時候，兩個都會被剪掉。要從剩下的接著剪。",
        ),
        "louder": (
            "Your search keeps a share far above 1. Compare the distance from 1: abs(1 - share).",
            "你的搜尋會留下遠超過 1 的結果。要比的是離 1 多遠：abs(1 - share)。",
        ),
        "other": (
            "For each part in turn: leave it out if abs(1 - share) then grows by less than the price.",
            "一個一個試：拿掉之後，abs(1 - share) 增加得比 price 少，就不要它。",
        ),
    },
)
def spare(share: Callable[[Sequence[str]], float], parts: Sequence[str], price: float) -> list[str]:
    kept = list(parts)
    for part in parts:
        without = [p for p in kept if p != part]
        if abs(1 - share(without)) - abs(1 - share(kept)) < price:
            kept = without
    return kept


def _check_subsets(answer: Any) -> str | None:
    got = [answer(n) for n in (3, 9, 270)]
    if got == [runs(n) for n in (3, 9, 270)]:
        return None
    return "one-each" if got[0] == 3 else "pairs" if got[0] == 9 else "other"


@exercise(
    "the-smallest-group/runs",
    check=_check_subsets,
    wrong=[(lambda n: n, "one-each"), (lambda n: n * n, "pairs"), (lambda n: 2**n - 1, "other")],
    hints={
        "one-each": (
            "That tries each head alone. Any subset may be the best.",
            "這只有一次試一個。任何一組都可能最好。",
        ),
        "pairs": ("That tries pairs. A subset may be of any size.", "這是兩兩一組。一組可以有任意多個。"),
        "other": ("Each head is on or off: two ways for each of them.", "每個 head 不是開就是關：各有兩種可能。"),
    },
)
def runs(heads: int) -> int:
    return 2**heads
