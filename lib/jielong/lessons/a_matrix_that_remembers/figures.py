"""What the lesson shows: charts, tables, and memories to step through, with their words in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.teaching.figures import Explorer, Html, Memory, lines, show, table
from jielong.toys.recall import corrections, told, unit_vectors

Rule = Callable[[Tensor, Tensor, Tensor], Tensor]  # (memory, key, value) -> the memory after this note
ADDS, CORRECTS = ("adds", "直接加"), ("writes the difference", "只寫差多少")
PEOPLE = [("Ann", "小安"), ("Ben", "小明"), ("Cleo", "小莉"), ("Benny", "小民")]
COLOURS = [("red", "紅"), ("blue", "藍"), ("gold", "黃"), ("green", "綠")]
STORY = [
    *(("write", 0, 0), ("write", 1, 1), ("read", 0), ("write", 2, 2), ("write", 3, 3), ("read", 1)),
    *(("write", 1, 2), ("read", 1), ("read", 3)),
]


def leak_by_angle(angles: Sequence[int], leaks: Float[Tensor, "seeds angles"]) -> Html:
    """How much of another note a reading holds, by the angle between the two keys."""
    fig = lines(
        angles,
        {"leaks in": leaks},
        x_label="angle between the two keys (degrees)",
        y_label="share of the other value",
    )
    fig.axes[0].set_xticks(angles)
    at_60 = leaks[0, angles.index(60)]
    return show(
        fig,
        alt=(
            f"What leaks in falls along a cosine: all of it at 0 degrees, {at_60:.2f} at 60, nothing at 90.",
            f"漏進來的量沿著 cosine 往下降：0 度時全部漏進來，60 度時 {at_60:.2f}，90 度時完全沒有。",
        ),
        zh={
            "leaks in": "漏進來",
            "angle between the two keys (degrees)": "兩個 key 的夾角（度）",
            "share of the other value": "另一個 value 佔多少",
        },
    )


def favourite_colours(keys: Float[Tensor, "4 d"], adds: Rule, corrects: Rule) -> Memory:
    """Four friends' favourite colours, told to a memory that adds and to one that writes the difference.

    keys: of `PEOPLE`.
    """
    shades = unit_vectors(4, 6, torch.Generator().manual_seed(18))
    k, v = told(STORY, keys, shades)
    return Memory(
        {"names": PEOPLE, "vectors": keys},
        {"names": COLOURS, "vectors": shades},
        STORY,
        _two_rules(k, v, adds, corrects),
        alt=(
            "Two memories are told four favourite colours, one after the other, and asked",
            "把四個人喜歡的顏色依序告訴兩個記憶，再來問它們",
        ),
        start=1,
    )


def past_the_edge(
    k: Float[Tensor, "notes d"],
    v: Float[Tensor, "notes d"],
    adds: Rule,
    corrects: Rule,
    best: Float[Tensor, "moments d d"],
) -> Memory:
    """Notes written one by one into a memory that adds and one that writes the difference, beside the best matrix."""
    return Memory(
        {"names": [f"k{n}" for n in range(1, len(k) + 1)], "vectors": k},
        {"names": [f"v{n}" for n in range(1, len(v) + 1)], "vectors": v},
        [("write", n, n) for n in range(len(k))],
        [*_two_rules(k, v, adds, corrects), {"name": ("best matrix", "最好的矩陣"), "memory": best}],
        alt=("Three memories of 8 by 8 fill up with fourteen notes", "三個 8×8 的記憶，一路寫進十四則"),
        start=6,
    )


def _two_rules(
    k: Float[Tensor, "time d"], v: Float[Tensor, "time m"], adds: Rule, corrects: Rule
) -> list[dict[str, object]]:
    corrected = _moments(corrects, k, v)
    return [
        {"name": ADDS, "memory": _moments(adds, k, v)},
        {"name": CORRECTS, "memory": corrected, "written": corrections(k, v, corrected)},
    ]


def _moments(rule: Rule, k: Float[Tensor, "time d"], v: Float[Tensor, "time m"]) -> Float[Tensor, "moments d m"]:
    """The memory before the first note and after each."""
    memories = [k.new_zeros(k.shape[1], v.shape[1])]
    for key, value in zip(k, v, strict=True):
        memories.append(rule(memories[-1], key, value))
    return torch.stack(memories)


def error_by_pairs(counts: Sequence[int], errors: Mapping[str, Float[Tensor, "seeds counts"]]) -> Html:
    """What linear attention, the best matrix and softmax make of more and more pairs in 32 dimensions."""
    fig = lines(list(counts), errors, x_label="pairs stored, in 32 dimensions", y_label="squared error")
    fig.axes[0].axvline(32, color="black", linewidth=0.8, linestyle=":")
    fig.axes[0].set_xticks(range(8, 65, 8))
    linear, best = errors["linear attention"], errors["best matrix"][:, -1].mean()
    full, last = linear[:, counts.index(32)].mean(), linear[:, -1].mean()
    return show(
        fig,
        alt=(
            f"Linear attention's error rises in a straight line, to {full:.1f} at 32 pairs and {last:.1f} at 64. The "
            f"best matrix makes none up to 32 pairs, then {best:.1f} at 64. Softmax makes none anywhere.",
            f"linear attention 的誤差直線上升，32 對時 {full:.1f}，64 對時 {last:.1f}；最好的矩陣到 32 對都沒有誤差，"
            f"64 對時 {best:.1f}；softmax 一直沒有誤差。",
        ),
        zh={
            "best matrix": "最好的矩陣",
            "pairs stored, in 32 dimensions": "存了幾對（32 維）",
            "squared error": "平方誤差",
        },
        same=["linear attention", "softmax"],
    )


def found_by_age(found: Mapping[str, Float[Tensor, " age"]]) -> Html:
    """How often a note is found, by how many were written since: by adding and by writing the difference."""
    plain, careful = found["adds"], found["writes the difference"]
    return show(
        lines(range(len(plain)), found, x_label="notes written since", y_label="found"),
        alt=(
            f"The adding memory finds every note about equally often, from {plain.min():.2f} to {plain.max():.2f}. The "
            f"other finds the newest always, one from eight notes ago {careful[8]:.1f} of the time, the oldest "
            f"{careful[-1]:.1f}.",
            f"直接加的記憶，每一則找到的機會差不多，都在 {plain.min():.2f} 到 {plain.max():.2f}；只寫差多少的，"
            f"最新的一定找得到，八則之前的 {careful[8]:.1f}，最舊的 {careful[-1]:.1f}。",
        ),
        zh=dict([ADDS, CORRECTS]) | {"notes written since": "之後又寫了幾則", "found": "找得到的比例"},
    )


def cards_right(numbers: Sequence[int], marks: Mapping[str, Float[Tensor, "seeds numbers"]]) -> Html:
    """How many cards four trained layers answer, by the number of cards on the table."""
    last = {name: values.mean(0)[-1] for name, values in marks.items()}
    zh = {
        "softmax, 8": "softmax，8 維",
        "linear, 32": "線性，32 維",
        "linear, 8": "線性，8 維",
        "delta, 8": "只寫差多少，8 維",
    }
    return show(
        lines(numbers, marks, x_label="cards on the table", y_label="right", log_x=True),
        alt=(
            "With 32 cards " + ", ".join(f"{name} dimensions: {mark:.1f}" for name, mark in last.items()) + ".",
            "桌上有 32 張卡時，" + "，".join(f"{zh[name]}：{mark:.1f}" for name, mark in last.items()) + "。",
        ),
        zh=zh | {"cards on the table": "桌上有幾張卡", "right": "答對"},
    )


def early_and_late(weights: Callable[[int, float], Mapping[str, Tensor]]) -> Explorer:
    """The weights of four early notes when others come that agree with the query: in linear attention and in softmax.

    weights: (number of newcomers, their agreement) -> the weights of all notes, by "linear" and "softmax".
    """

    def frame(number: int, match: float) -> dict[str, object]:
        return _weights_of_notes({name: row.tolist() for name, row in weights(number, match).items()}, number)

    number = {"name": "number", "label": ("notes that come later", "後來的筆記"), "values": list(range(7)), "start": 2}
    match = {"name": "match", "label": ("their agreement with the query", "跟 query 有多合")}
    return Explorer(
        [number, match | {"values": [0.0, 0.3, 0.6, 0.9], "format": ".1f", "start": 0.6}],
        frame,
        alt=(
            "The weights of early and later notes in linear attention and in softmax",
            "舊筆記與新筆記在 linear attention 與 softmax 裡的權重",
        ),
        labels={"control": ("at first", "一開始")},
    )


def _weights_of_notes(rows: Mapping[str, list[float]], number: int) -> dict[str, object]:
    names = [(f"early {i}", f"舊 {i}") for i in range(1, 5)]
    names += [(f"later {i}", f"新 {i}") for i in range(1, number + 1)]
    left = {"label": ("softmax weight left to the early notes", "softmax 留給舊筆記的權重"), "format": ".2f"}
    titles = {"linear": ("linear attention", "linear attention"), "softmax": ("softmax", "softmax")}
    return {"numbers": [left | {"value": sum(rows["softmax"][:4]), "control": 1.0}]} | {
        f"bars {name}": {"labels": names, "values": row, "range": [-0.3, 1], "title": titles[name]}
        for name, row in rows.items()
    }


def share_left(shares: Mapping[float, Float[Tensor, "seeds ways"]]) -> Html:
    """What the newcomers leave to the early notes, by their agreement: linear, divided by its sum, softmax."""
    return table(
        [[f"{match:.1f}", *(f"{share:.2f}" for share in rows.mean(0))] for match, rows in shares.items()],
        [
            ("the newcomers' agreement", "新筆記跟 query 多合"),
            ("linear", "線性"),
            ("divided by its sum", "除以總和"),
            ("softmax", "softmax"),
        ],
    )
