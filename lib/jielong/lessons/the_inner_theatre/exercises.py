"""Exercises of "The inner theatre": the danger of a way, a game's worth, and how long to think."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jielong.teaching.exercises import exercise


def _check_survives(answer: Any) -> str | None:
    if abs(float(answer([])) - 1) > 1e-9:
        return "empty"
    got = round(float(answer([0.5, 0.5, 0.2])), 6)
    return {0.2: None, 0.05: "dies", -0.2: "sum", 0.0: "sum", 0.6: "mean"}.get(got, "other")


def _product(p: Sequence[float]) -> float:
    out = 1.0
    for x in p:
        out *= x
    return out


@exercise(
    "the-inner-theatre/survives",
    check=_check_survives,
    wrong=[
        (_product, "dies"),
        (lambda p: 1 - sum(p), "sum"),
        (lambda p: 1 - sum(p) / len(p) if p else 1.0, "mean"),
        (lambda p: 0.0 if not p else 1 - max(p), "empty"),
        (lambda p: 1 - max(p, default=0), "other"),
    ],
    hints={
        "dies": (
            "That is the chance that every room would kill. In each room one has to come through: 1 − p.",
            "這是每個房間都要命的機率。要的是每一間都活下來：1 − p。",
        ),
        "sum": (
            "Dangers do not add up: with two rooms of 0.5 nobody would ever come through, but a quarter does.",
            "危險不能直接相加：兩間各 0.5，加起來就沒人活得了，可是其實有四分之一的人走得出去。",
        ),
        "mean": (
            "More rooms make it worse, and a mean does not know how many there are.",
            "房間越多越危險，平均卻看不出有幾間。",
        ),
        "empty": (
            "A way through no rooms is safe: 1.",
            "一間房都不經過，當然安全：1。",
        ),
        "other": (
            "One comes through the first with 1 − p, and then through the second with 1 − p, and then ...",
            "第一間以 1 − p 活下來，接著第二間再以 1 − p 活下來，再接著……",
        ),
    },
)
def survives(p: Sequence[float]) -> float:
    chance = 1.0
    for danger in p:
        chance *= 1 - danger
    return chance


Game = float | list  # a number, or the games to choose from
_GAMES: list[tuple[Any, float]] = [(7, 7), ([3, 9, 4], 9), ([[3, 9], [5, 6], [0, 20]], 5), ([[[1, 8], [2]], [4]], 4)]


def _check_worth(answer: Any) -> str | None:
    got = [float(answer(game)) for game, _ in _GAMES]
    if got == [truth for _, truth in _GAMES]:
        return None
    known = {(7.0, 9.0, 20.0, 8.0): "friend", (7.0, 3.0, 6.0, 2.0): "second"}
    return known.get((got[0], got[1], got[2], got[3]), "other")


def _best(game: Any) -> float:
    return max(map(_best, game)) if isinstance(game, list) else game


@exercise(
    "the-inner-theatre/worth",
    check=_check_worth,
    wrong=[
        (_best, "friend"),
        (lambda game: worth(game, mine=False), "second"),
        (lambda game, mine=True: len(game) if isinstance(game, list) else game, "other"),
    ],
    hints={
        "friend": (
            "Your opponent chooses the best for you. He would not: on his turn take the smallest.",
            "你的對手替你挑了最好的，他才不會。輪到他時要取最小的。",
        ),
        "second": (
            "You begin: the outermost list is your choice, so take the largest there.",
            "是你先選：最外層的清單由你挑，要取最大的。",
        ),
        "other": (
            "A number is worth itself. Of a list, find what each game in it is worth on the other's turn, and choose.",
            "數字就值它自己。遇到清單，先算裡面每一局輪到對方時值多少，再挑。",
        ),
    },
)
def worth(game: Game, mine: bool = True) -> float:
    if not isinstance(game, list):
        return game
    choose = max if mine else min
    return choose(worth(next_game, not mine) for next_game in game)


_CASES = [(100, 0.1, 1), (100, 0.1, 10), (100, 0.1, 90), (20, 0.5, 11)]


def _check_arrives(answer: Any) -> str | None:
    got = [round(float(answer(*case)), 6) for case in _CASES]
    known = {tuple(round(f(*case), 6) for case in _CASES): key for f, key in _SLIPS}
    if got == [round(arrives(*case), 6) for case in _CASES]:
        return None
    return known.get(tuple(got), "other")


def _one_walk(purse: int, s: float, b: int) -> float:
    return 1 - (1 - s) ** b


def _no_price(purse: int, s: float, b: int) -> float:
    return 1 - (1 - s) ** (b * (purse // 10))


def _no_choice(purse: int, s: float, b: int) -> float:
    return 1 - (1 - s) ** (purse // (b + 10))


_SLIPS = [(_one_walk, "one-walk"), (_no_price, "no-price"), (_no_choice, "no-choice")]


@exercise(
    "the-inner-theatre/arrives",
    check=_check_arrives,
    wrong=[*_SLIPS, (lambda purse, s, b: s, "other")],
    hints={
        "one-walk": (
            "That is one walk. How many can you pay for, and how likely is it that all of them fail?",
            "這只算了一次。錢夠走幾次？每次都失敗的機率是多少？",
        ),
        "no-price": (
            "Your thoughts cost nothing. A walk with its b thoughts costs b + 10.",
            "你的想像不用錢。走一次連同想的 b 條路，要花 b + 10。",
        ),
        "no-choice": (
            "You walk a way drawn by lot. The model picks a good one if there is any among b: 1 − (1 − s)^b.",
            "你走的是隨便抽的一條。b 條裡只要有一條好的，模型就挑得到：1 − (1 − s)^b。",
        ),
        "other": (
            "Three steps: the chance that one walk succeeds, the number of walks, the chance that not all fail.",
            "分三步：走一次成功的機率、能走幾次、不會次次失敗的機率。",
        ),
    },
)
def arrives(purse: int, s: float, b: int) -> float:
    one_fails = (1 - s) ** b
    walks = purse // (b + 10)
    return 1 - one_fails**walks
