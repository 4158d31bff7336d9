"""Exercises of "Goal, look, act": the loop itself, the price of taking turns, and a die with legal sides only."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from jielong.teaching.exercises import exercise


def _try_loop(answer: Any, deeds: Sequence[str], limit: int) -> tuple[list[str], list[int]]:
    seen: list[int] = []

    def look() -> int:
        seen.append(len(seen))
        return seen[-1]

    shown: list[int] = []

    def act(observation: int) -> str:
        shown.append(observation)
        return deeds[len(shown) - 1]

    return list(answer(look, act, limit)), shown


def _check_loop(answer: Any) -> str | None:
    done, shown = _try_loop(answer, ["walk", "look", "done", "walk", "walk", "walk"], 5)
    if len(done) > 3:
        return "goes-on"
    if done == ["walk", "look"]:
        return "last"
    endless, _ = _try_loop(answer, ["walk"] * 50, 4)
    if len(endless) != 4:
        return "limit"
    return None if done == ["walk", "look", "done"] and shown == [0, 1, 2] else "looks"


def _only_one_look(look: Callable[[], Any], act: Callable[[Any], str], limit: int) -> list[str]:
    seen = look()
    actions: list[str] = []
    while len(actions) < limit and "done" not in actions:
        actions.append(act(seen))
    return actions


def _until_done(look: Callable[[], Any], act: Callable[[Any], str], limit: int) -> Iterator[str]:
    return takewhile(lambda action: action != "done", (act(look()) for _ in range(limit)))


def _no_limit(look: Callable[[], Any], act: Callable[[Any], str], limit: int) -> list[str]:
    actions: list[str] = []
    while len(actions) < 20 and "done" not in actions:
        actions.append(act(look()))
    return actions


@exercise(
    "goal-look-act/loop",
    check=_check_loop,
    wrong=[
        (lambda look, act, limit: [act(look()) for _ in range(limit)], "goes-on"),
        (lambda look, act, limit: list(_until_done(look, act, limit)), "last"),
        (_only_one_look, "looks"),
        (_no_limit, "limit"),
    ],
    hints={
        "goes-on": ("Yours goes on after “done”.", "說了 done 之後，你的還繼續做。"),
        "last": ("The action “done” itself belongs into the list.", "done 這個動作本身也要放進串列。"),
        "limit": (
            "An agent that never says “done” has to stop after `limit` actions all the same.",
            "就算它永遠不說 done，做滿 `limit` 個動作也要停。",
        ),
        "looks": (
            "Look again before each action: what was seen once is old after the next step.",
            "每個動作之前都要再看一次：走了一步，剛才看到的就過時了。",
        ),
    },
)
def loop(look: Callable[[], Any], act: Callable[[Any], str], limit: int) -> list[str]:
    actions: list[str] = []
    while len(actions) < limit and actions[-1:] != ["done"]:
        actions.append(act(look()))
    return actions


def _check_wait(answer: Any) -> str | None:
    got = [float(answer(n)) for n in (1, 2, 4, 9)]
    return {
        (1.0, 1.5, 2.5, 5.0): None,
        (0.5, 1.0, 2.0, 4.5): "half",
        (0.0, 0.5, 1.5, 4.0): "before",
    }.get(tuple(round(x, 6) for x in got), "other")  # type: ignore[arg-type]


@exercise(
    "goal-look-act/wait",
    check=_check_wait,
    wrong=[(lambda n: n / 2, "half"), (lambda n: (n - 1) / 2, "before"), (lambda n: n, "other")],
    hints={
        "half": (
            "Nearly. With a turn of one moment, that one moment is always wasted: it should give 1.",
            "很接近。一輪只有一個時刻的話，那個時刻一定白費，所以答案應該是 1。",
        ),
        "before": (
            "That counts the moments before he speaks. Count the ones from then on.",
            "這算的是開口之前的時刻。要算的是從開口那一刻起還有幾個。",
        ),
        "other": ("Average n, n − 1, ..., 1.", "把 n、n − 1、……、1 平均起來。"),
    },
)
def wait(n: int) -> float:
    return sum(n - t for t in range(n)) / n


def _check_constrained(answer: Any) -> str | None:
    got = answer({"a": 1.0, "b": 0.0, "c": 5.0}, ["a", "b"])
    if set(got) != {"a", "b"}:
        return "illegal"
    right = math.e / (math.e + 1)
    if abs(got["a"] - right) < 1e-6 and abs(got["b"] - 1 + right) < 1e-6:
        return None
    return "sum" if abs(sum(got.values()) - 1) > 1e-6 else "other"


def _softmax(scores: Mapping[str, float]) -> dict[str, float]:
    total = sum(math.exp(score) for score in scores.values())
    return {word: math.exp(score) / total for word, score in scores.items()}


@exercise(
    "goal-look-act/constrained",
    check=_check_constrained,
    wrong=[
        (lambda scores, legal: _softmax(scores), "illegal"),
        (lambda scores, legal: {word: _softmax(scores)[word] for word in legal}, "sum"),
        (lambda scores, legal: {word: 1 / len(legal) for word in legal}, "other"),
    ],
    hints={
        "illegal": ("Only legal words may have a place in the dict.", "dict 裡只能有合法的詞。"),
        "sum": (
            "Your probabilities don't add up to one: forbid first, then take the softmax of what is left.",
            "你的機率加起來不是 1：先禁止，再對剩下的取 softmax。",
        ),
        "other": (
            "Among the legal words, the model's own scores still decide: e to the score, over their sum.",
            "合法的詞之間，還是由模型的分數決定：e 的分數次方，除以總和。",
        ),
    },
)
def constrained(scores: Mapping[str, float], legal: Sequence[str]) -> dict[str, float]:
    weights = {word: math.exp(scores[word]) for word in legal}
    return {word: weight / sum(weights.values()) for word, weight in weights.items()}
