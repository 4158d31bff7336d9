"""Exercises of "Making its own tools": which samples are kept, when a tool has paid for itself, and expected tries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jielong.teaching.exercises import exercise


def _plus(x: Any) -> Any:
    return x + 1


def _times(x: Any) -> Any:
    return x * 2


def _breaks(x: Any) -> Any:
    raise ValueError("no")


_TESTS = [(1, 2), (3, 6)]


def _check_first(answer: Any) -> str | None:
    cases = [[_plus, _times], [_breaks, _times], [_plus], [_times, _plus]]
    got = []
    for candidates in cases:
        try:
            got.append(answer(list(candidates), list(_TESTS)))
        except ValueError:
            return "crash"
    if got == [first_right(candidates, _TESTS) for candidates in cases]:
        return None
    return "one-test" if got[2] is _plus else "other"


def _one_test(candidates: Sequence[Callable[[Any], Any]], tests: Sequence[tuple[Any, Any]]) -> Any:
    for candidate in candidates:
        try:
            if any(candidate(given) == wanted for given, wanted in tests):
                return candidate
        except ValueError:
            pass
    return None


def _crash(candidates: Sequence[Callable[[Any], Any]], tests: Sequence[tuple[Any, Any]]) -> Any:
    return next((c for c in candidates if all(c(given) == wanted for given, wanted in tests)), None)


@exercise(
    "making-its-own-tools/first-right",
    check=_check_first,
    wrong=[(_one_test, "one-test"), (_crash, "crash"), (lambda candidates, tests: candidates[0], "one-test"),
           (lambda candidates, tests: None, "other")],
    hints={
        "one-test": (
            "1 + 1 and 1 times 2 are the same. A function is kept only if it passes all tests.",
            "1 + 1 跟 1 乘以 2 一樣。所有測試都過的函式才留下。",
        ),
        "crash": (
            "A function that raises an error must not stop you: it fails its test, and the next one has its turn.",
            "函式丟出錯誤，不能把你也拖下水：它只是沒過測試，換下一個。",
        ),
        "other": (
            "Return the first candidate whose answers are all right; None only if there is none.",
            "回傳第一個全部答對的函式；一個都沒有才回傳 None。",
        ),
    },
)  # fmt: skip
def first_right(candidates: Sequence[Callable[[Any], Any]], tests: Sequence[tuple[Any, Any]]) -> Any:
    for candidate in candidates:
        try:
            if all(candidate(given) == wanted for given, wanted in tests):
                return candidate
        except Exception:  # noqa: BLE001 - whatever it raises, it is not right
            continue
    return None


def _check_pays(answer: Any) -> str | None:
    cases = [(100, 0, 20), (100, 5, 20), (90, 5, 20), (0, 5, 20)]
    got = [answer(*case) for case in cases]
    if got == [pays_after(*case) for case in cases]:
        return None
    return "use" if got[0] == 5 else "other"


@exercise(
    "making-its-own-tools/pays-after",
    check=_check_pays,
    wrong=[(lambda make, use, anew: -(-make // anew), "use"), (lambda make, use, anew: make, "other")],
    hints={
        "use": (
            "Right where a use is free. Each use saves only the difference between writing anew and using.",
            "使用不花錢的時候是對的。每用一次，省下的只是「重寫」跟「使用」的差。",
        ),
        "other": (
            "The smallest n with make + n * use <= n * anew.",
            "找最小的 n，使 make + n * use <= n * anew。",
        ),
    },
)
def pays_after(make: int, use: int, anew: int) -> int:
    return -(-make // (anew - use))


def _check_expected(answer: Any) -> str | None:
    got = [round(float(answer(n)), 6) for n in (1, 2, 7)]
    if got == [expected(n) for n in (1, 2, 7)]:
        return None
    return "half" if got[2] == 3.5 else "other"


@exercise(
    "making-its-own-tools/expected",
    check=_check_expected,
    wrong=[(lambda n: n / 2, "half"), (lambda n: n, "other")],
    hints={
        "half": (
            "Near. With one edit it takes one try, not a half: the places run from 1 to n.",
            "差一點。只有一種改法時是試一次，不是半次：名次從 1 到 n。",
        ),
        "other": (
            "The right edit stands at each place with the same probability: take the mean of 1, 2, ..., n.",
            "對的改法排在每個位置的機率都一樣：取 1、2、…、n 的平均。",
        ),
    },
)
def expected(n: int) -> float:
    return (n + 1) / 2
