"""What the lesson shows: calls, the search among a thousand manuals, sums by heart and by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from torch import Tensor

from jielong.lessons.borrowed_hands.manuals import Manual
from jielong.teaching.figures import Explorer, bars, lines, show
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.rich import Html


def right_calls(tied: Mapping[str, float], free: Mapping[str, float]) -> Html:
    """Exactly right calls without examples and with four, written with a grammar and freely."""
    return show(
        bars(tied, free, label="exactly right calls", number=".0%", limit=1),
        alt=(
            f"Right calls with a grammar: {tied['no examples']:.0%} without examples, {tied['four examples']:.0%} with "
            f"four; free: {free['no examples']:.0%} and {free['four examples']:.0%}.",
            f"加上文法：沒有例子 {tied['no examples']:.0%}，四個例子 {tied['four examples']:.0%}；不加文法："
            f"{free['no examples']:.0%} 和 {free['four examples']:.0%}。",
        ),
        zh={"no examples": "沒有例子", "four examples": "四個例子", "exactly right calls": "完全正確的呼叫"},
        caption=("blue: with a grammar; grey: free", "藍色：加上文法；灰色：自由發揮"),
    )


def right_one_among_the_nearest(sizes: Sequence[int], within: Mapping[int, Sequence[float]]) -> Html:
    """How often the wanted tool is among the nearest one, three and five, by the number of tools.

    within: of each number of nearest tools, the share of requests for each size.
    """
    rows = list(zip(sizes, within[1], within[3], within[5], strict=True))
    return show(
        lines(
            sizes,
            {"nearest five": within[5], "nearest three": within[3], "nearest": within[1]},
            {"three by lot": [3 / n for n in sizes]},
            x_label="tools",
            y_label="right one is there",
            log_x=True,
        ),
        alt=(
            "Share of requests whose tool is among the nearest 1, 3, 5: "
            + "; ".join(f"{n} tools: {a:.0%}, {b:.0%}, {c:.0%}" for n, a, b, c in rows),
            "需要的工具在最近的 1、3、5 個裡的比例："
            + "；".join(f"{n} 個工具 {a:.0%}、{b:.0%}、{c:.0%}" for n, a, b, c in rows),
        ),
        zh={"nearest five": "最近五個", "nearest three": "最近三個", "nearest": "最近一個", "three by lot": "抽籤三個"}
        | {"tools": "工具數", "right one is there": "對的那個在裡面"},
    )


def nearest_manuals(
    shelf: Sequence[Manual],
    asked: Sequence[tuple[int, str]],
    points: Float[Tensor, "tools width"],
    questions: Float[Tensor, "requests width"],
    tokens: Mapping[int, int],
) -> Explorer:
    """The manuals nearest to a request, among ten to a thousand.

    asked: which tool is wanted, and in which words. tokens: to read so many manuals, for three and for each size.
    """
    _, *sizes = tokens
    tried = {request: (k, question) for (k, request), question in zip(asked[:24:3], questions[:24:3], strict=True)}

    def frame(request: str, size: int) -> Frame:
        wanted, question = tried[request]
        mine = [wanted, *(n for n in range(len(shelf)) if n != wanted)][:size]
        like = points[mine] @ question
        numbers = [
            {"label": ("tokens, all manuals", "全部說明書的 token 數"), "value": tokens[size], "format": ",d"},
            {"label": ("tokens, three of them", "三份說明書的 token 數"), "value": tokens[3], "format": ",d"},
            {"label": ("place of the right one", "對的那個排第幾"), "format": "d", "value": place(like)},
        ]
        return {"numbers": numbers, "bars": likest([shelf[n].name for n in mine], like)}

    return Explorer(
        [
            {
                "name": "request",
                "label": ("request", "需求"),
                "values": list(tried),
                "options": [(r, r) for r in tried],
            },
            {"name": "size", "label": ("tools", "工具數"), "values": sizes, "format": ",d", "start": 100},
        ],
        frame,
        alt=("The manuals nearest to a request, among 10 to 1,000", "在 10 到 1,000 份說明書裡，離需求最近的幾份"),
    )


def place(like: Float[Tensor, " tools"]) -> int:
    """At which place by likeness the first one stands."""
    return 1 + int((like > like[0]).sum())


def likest(names: Sequence[str], like: Float[Tensor, " tools"]) -> Frame:
    """Bars of the five likest; an arrow marks the first of all, which is the right one."""
    top = like.topk(5)
    labels = [("→ " if i == 0 else "") + names[i] for i in top.indices.tolist()]
    title = ("likeness to the request", "跟需求有多像")
    return {"labels": labels, "values": top.values, "verbatim": True, "title": title}


def right_sums(hand: Mapping[int, float], heart: Mapping[int, float]) -> Html:
    """Right answers by the numbers' digits, by calculator and by heart."""
    return show(
        lines(
            list(hand),
            {"by calculator": list(hand.values()), "by heart": list(heart.values())},
            x_label="digits",
            y_label="right",
            log_x=True,
        ),
        alt=(
            "Right answers with 1, 2, 3 digits: by heart "
            + ", ".join(f"{v:.0%}" for v in heart.values())
            + "; by calculator "
            + ", ".join(f"{v:.0%}" for v in hand.values()),
            "答對的比例（1、2、3 位數）：心算 "
            + "、".join(f"{v:.0%}" for v in heart.values())
            + "；計算機 "
            + "、".join(f"{v:.0%}" for v in hand.values()),
        ),
        zh={"by calculator": "用計算機", "by heart": "心算", "digits": "位數", "right": "答對"},
    )
