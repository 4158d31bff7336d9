"""What the lesson shows: a library of tested tools as it grows, and what a message in words is good for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from torch import Tensor

from jielong.agents.tools.repairing import EDITS, FAILED
from jielong.teaching.figures import Explorer, bars, lines, show
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.rich import Html

BROKEN = {
    "colon": "冒號",
    "bracket": "括號",
    "quote": "引號",
    "indent": "縮排",
    "import": "import",
    "convert": "轉換型別",
    "spelling": "拼字",
}


def later_tasks_solved(
    counts: Sequence[int], grown: Sequence[Sequence[float]], loose: Sequence[float], anew: Sequence[float]
) -> Html:
    """Later tasks solved with tested libraries, by how many samples were written of each function.

    grown: for each library, its share after each count; loose: of untested ones; anew: with everything written again.
    """
    mean = [sum(shares) / len(shares) for shares in zip(*grown, strict=True)]
    untested, again = (sum(shares) / len(shares) for shares in (loose, anew))
    level = {"untested": [[v] * len(counts) for v in loose], "anew": [[v] * len(counts) for v in anew]}
    return show(
        lines(
            counts,
            {"tested": grown},
            level,
            x_label="samples of each function",
            y_label="later tasks solved",
            log_x=True,
        ),
        alt=(
            "Later tasks solved with a tested library of one, two, four and eight samples: "
            + ", ".join(f"{share:.0%}" for share in mean)
            + f"; untested {untested:.0%}, written anew {again:.0%}.",
            "用測試過的函式庫解出之後的題目，每個函式試一、二、四、八次："
            + "、".join(f"{share:.0%}" for share in mean)
            + f"；不測試 {untested:.0%}，每次重寫 {again:.0%}。",
        ),
        zh={"tested": "測試過", "untested": "不測試", "anew": "每次重寫", "samples of each function": "每個函式寫幾次"}
        | {"later tasks solved": "解出之後的題目"},
    )


def workshop(
    counts: Sequence[int],
    samples: Mapping[str, Sequence[str]],
    passed: Mapping[str, Sequence[bool]],
    sizes: Sequence[Sequence[int]],
    grown: Sequence[Sequence[float]],
    loose: Sequence[float],
) -> Explorer:
    """What the model wrote for the first library, whether it passed, and this library so far.

    sizes, grown: of each library after each count, its functions and what it solves; loose: what untested ones solve.
    """

    def frame(name: str, count: int) -> Frame:
        k, body = counts.index(count), samples[name][count - 1]
        en, zh = ("kept", "留下") if passed[name][count - 1] else ("thrown away", "丟掉")
        return {
            "text": (f"{name}: {body}   → {en}", f"{name}：{body}   → {zh}"),
            "numbers": [
                {"label": ("functions in the library", "函式庫裡有幾個"), "value": sizes[0][k], "format": "d"},
                {"label": ("later tasks solved", "解出之後的題目"), "value": grown[0][k]}
                | {"control": loose[0], "format": ".0%"},
            ],
        }

    names = list(samples)
    return Explorer(
        [
            {"name": "name", "label": ("function", "函式"), "values": names, "options": [(n, n) for n in names]},
            {"name": "count", "label": ("sample", "第幾次"), "values": counts},
        ],
        frame,
        alt=(
            "What the model wrote, whether it passed, and the library so far",
            "模型寫了什麼、過了沒有、函式庫到目前為止的樣子",
        ),
    )


def tries_until_it_runs(mean: Mapping[str, float]) -> Html:
    """How many edits are tried until the program runs, by what the model is told."""
    zh = {"its message": "自己的訊息", "only “failed”": "只說失敗", "another's message": "別人的訊息"}
    return show(
        bars(mean, label="tries until it runs", limit=7),
        alt=(
            "Tries until the program runs: " + ", ".join(f"{name} {value:.1f}" for name, value in mean.items()) + ".",
            "試幾次才跑得動：" + "、".join(f"{zh[name]} {value:.1f}" for name, value in mean.items()) + "。",
        ),
        zh=zh | {"only “failed”": "只說「失敗」", "tries until it runs": "試幾次才跑得動"},
    )


def edits_after_a_message(
    said: Mapping[str, Sequence[str]], scores: Mapping[str, Float[Tensor, "programs edits"]]
) -> Explorer:
    """How likely each edit is after each message: the program's own, the bare “failed”, that of another one.

    said, scores: under "own", "bare" and "other", of each broken program; the first seven are broken in all seven ways.
    """
    kinds = list(EDITS)

    def frame(kind: str, told: str) -> Frame:
        k = kinds.index(kind)
        marks = ["→ " if name == kind else "" for name in kinds]
        share = {
            "labels": [(mark + name, mark + BROKEN[name]) for name, mark in zip(kinds, marks, strict=True)],
            "values": scores[told][k].softmax(-1).tolist(),
        }
        look = {"format": ".0%", "title": ("share of each edit", "每種改法的份量")}
        message = said[told][k]
        return {"text": (message, f"{message}（程式失敗了。）" if message == FAILED else message), "bars": share | look}

    told = {
        "own": ("its message", "自己的訊息"),
        "bare": ("only “failed”", "只說「失敗」"),
        "other": ("another's message", "別人的訊息"),
    }
    return Explorer(
        [
            {"name": "kind", "label": ("broken", "壞在"), "values": kinds, "options": [(n, BROKEN[n]) for n in kinds]},
            {"name": "told", "label": ("told", "告訴它"), "values": list(told), "options": list(told.values())},
        ],
        frame,
        alt=("How likely each edit is after each message", "讀了訊息之後，每種改法的機率"),
    )
