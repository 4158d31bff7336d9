"""What the lesson shows: six ways to read from a memory, how likeness deceives, what thoughts are good for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jielong.teaching.figures import Explorer, show, subplots, table
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.rich import Html

POLICIES = {
    "nothing": "什麼都不讀",
    "all that fits": "塞得下的全部",
    "3 newest": "最新 3 筆",
    "3 at random": "隨便 3 筆",
    "the nearest": "最像的 1 筆",
    "3 nearest": "最像的 3 筆",
}


def six_ways_to_read(
    sizes: Sequence[int], right: Mapping[tuple[int, str], float], there: Mapping[tuple[int, str], float]
) -> Explorer:
    """Right answers of six ways to read from a memory, by its size.

    right, there: by size and way, the share of right answers, and of questions whose record was among those read.
    """

    def frame(size: int) -> Frame:
        bars = {"labels": list(POLICIES.items()), "format": ".0%", "range": [0, 1]}
        return {
            "bars": bars | {"title": ("right answers", "答對"), "values": [right[size, way] for way in POLICIES]},
            "bars 2": bars
            | {"title": ("the wanted record is among those read", "要的那筆就在讀到的裡面")}
            | {"values": [there[size, way] for way in POLICIES]},
        }

    return Explorer(
        [
            {"name": "size", "label": ("records in memory", "記憶裡有幾筆"), "values": sizes}
            | {"format": ",d", "start": 1000},
        ],
        frame,
        alt=(
            "Right answers of six ways to read from a memory, by its size",
            "六種讀記憶的方法在不同大小的記憶下答對多少",
        ),
    )


def wanted_record_is_nearest(sizes: Sequence[int], curves: Mapping[str, Sequence[float]]) -> Html:
    """How often the wanted record is the nearest, by the memory's size, asked in its own words and in other words."""
    fig, ax = subplots()
    for name, curve in curves.items():
        ax.plot(sizes, curve, marker="o", label=name)
    ax.set(xscale="log", ylim=(0, 1.05), xlabel="records in memory", ylabel="the wanted record is nearest")
    ax.legend()
    same, (few, *_, many) = curves["its own words"][-1], curves["other words"]
    return show(
        fig,
        alt=(
            f"Own words: nearest {same:.0%} of the time at 100,000; "
            f"other words: {few:.0%} at 40, {many:.0%} at 100,000.",
            f"記憶有 10 萬筆時，用原句問有 {same:.0%} 最像的就是它；"
            f"換句話問，40 筆時 {few:.0%}，10 萬筆時 {many:.0%}。",
        ),
        zh={"its own words": "用原句問", "other words": "換句話問", "records in memory": "記憶裡有幾筆"}
        | {"the wanted record is nearest": "最像的就是要的那筆"},
    )


def right_with_thoughts(alone: float, with_thoughts: float, with_mixed: float) -> Html:
    """Right answers from the records alone, with thoughts about them, and with thoughts about mixed-up pairs."""
    return table(
        [
            [("the records alone, nearest three", "只有原來的紀錄，讀最像的三筆"), f"{alone:.0%}"],
            [("with thoughts, nearest", "加上反思，讀最像的一筆"), f"{with_thoughts:.0%}"],
            [
                ("with thoughts about mixed-up pairs, nearest", "加上亂配對的反思，讀最像的一筆"),
                f"{with_mixed:.0%}",
            ],
        ],
        header=[("memory", "記憶"), ("right", "答對")],
    )
