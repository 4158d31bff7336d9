"""What the lesson shows: charts, tables and gates to play with, with their words in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from torch import Tensor, nn

from jielong.teaching.figures import Explorer, Html, bars, colors, show, show_source, subplots, table
from jielong.toys.bells import DIGITS, PEOPLE, Calls

GATES = ("forget", "input", "output")
PARTS = {
    "reflect": ("forget", ("f_A: reflection, forget gate", "f_A：反思、forget gate")),
    "write": ("input", ("f_B: write, input gate", "f_B：寫入、input gate")),
    "read": ("output", ("f_C: read, output gate", "f_C：讀取、output gate")),
}
WHEN = {
    "input gate: its person's bell": "input gate：自己的人，有鈴",
    "input gate: the other's bell": "input gate：另一個人，有鈴",
    "input gate: no bell": "input gate：沒有鈴",
    "forget gate: its person's bell": "forget gate：自己的人，有鈴",
    "forget gate: the other's bell": "forget gate：另一個人，有鈴",
    "forget gate: no bell": "forget gate：沒有鈴",
    "output gate: its person asked about": "output gate：問到自己的人",
    "output gate: the other asked about": "output gate：問到另一個人",
}


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def gates_held_still(live: Sequence[float], held: Mapping[str, Sequence[float]], plain: Sequence[float]) -> Html:
    """Right answers with all gates live, with each held still, and those of the plain RNNs."""
    still = {f"{name} gate held still": _mean(scores) for name, scores in held.items()}
    means = {"all gates live": _mean(live), **still, "plain RNN": _mean(plain)}
    figure = bars(means, label="right answers", limit=1.1)
    for patch in figure.axes[0].patches[1:]:
        patch.set_color(colors.control)
    zh = {"all gates live": "閘門都正常", "plain RNN": "一般的 RNN"}
    zh |= {f"{name} gate held still": f"{name} gate 固定不動" for name in GATES}
    return show(
        figure,
        alt=(
            "Right answers: " + ", ".join(f"{name} {score:.2f}" for name, score in means.items()) + ".",
            "答對率：" + "、".join(f"{zh[name]} {score:.2f}" for name, score in means.items()) + "。",
        ),
        zh=zh | {"right answers": "答對率"},
    )


def how_wide(columns: Sequence[Mapping[str, float]]) -> Html:
    """How wide the gates stand, case by case of `WHEN`, written by hand and in each of the trained ones."""
    return table(
        [((when, WHEN[when]), *(f"{column[when]:.2f}" for column in columns)) for when in WHEN],
        [
            ("gate, and when", "閘門、什麼時候"),
            ("by hand", "手寫"),
            *((f"seed {k}", f"種子 {k}") for k in range(len(columns) - 1)),
        ],
        caption=("How wide the gates stand", "閘門開得多大"),
    )


def two_bells(
    listeners: Mapping[str, nn.Module], gates_and_answers: Callable[..., tuple[Mapping[str, Tensor], Tensor]]
) -> Explorer:
    """Ten calls by Ann and Bo in turn, with two bells to move: the gates of each person's units, and the answers.

    gates_and_answers: (listener, heard) -> each gate, step by step, by its name and person, and the answers (answer,
    step).
    """

    def frame(net: str, first: int, second: int, asked: int) -> dict[str, Any]:
        heard = _ten_calls(first, second, asked)
        return _maps(*gates_and_answers(listeners[net], heard), heard)

    calls = [1, 2, 3, 4, 5]
    nets = [("written by hand", "手寫的"), ("trained", "訓練出來的")]
    ann = ("Ann's bell, at her call number", "Ann 的鈴，在她的第幾句")
    bo = ("Bo's bell, at his call number", "Bo 的鈴，在他的第幾句")
    asked = {"name": "asked", "label": ("asked about", "問的是"), "values": [0, 1]}
    return Explorer(
        [
            {"name": "net", "label": ("LSTM", "LSTM"), "values": list(listeners), "options": nets, "start": "trained"},
            asked | {"options": [(p, p) for p in PEOPLE]},
            {"name": "first", "label": ann, "values": calls, "start": 2},
            {"name": "second", "label": bo, "values": calls, "start": 4},
        ],
        frame,
        alt=("The gates of an LSTM while Ann and Bo talk, and its answers", "Ann 跟 Bo 說話時，LSTM 的閘門和回答"),
    )


def _ten_calls(first: int, second: int, asked: int) -> Calls:
    """Ann and Bo in turn: her bell at her ``first`` call, his at his ``second``; always the same one is asked about."""
    bell = torch.zeros(1, 10, dtype=torch.long)
    bell[0, [2 * first - 2, 2 * second - 1]] = 1
    digits = torch.tensor([[3, 0, 1, 2, 2, 1, 0, 3, 1, 0]])
    return Calls(digits, torch.arange(10)[None] % 2, bell, torch.full((1, 10), asked))


def _maps(
    gates: Mapping[str, Float[Tensor, " time"]], said: Float[Tensor, "answers time"], heard: Calls
) -> dict[str, Any]:
    said_by = zip(*(part[0].tolist() for part in heard[:3]), strict=True)
    steps = {"columns": [f"{PEOPLE[w]} {d}{' ♪' if bell else ''}" for d, w, bell in said_by], "range": [0, 1]}
    answers = [*((f"answer · {d}", f"回答 · {d}") for d in range(DIGITS)), ("nothing yet", "還沒有")]
    wide = ("gates: full colour is open", "閘門：顏色越深開得越大")
    return {
        "heatmap": {"values": torch.stack(list(gates.values())), "rows": list(gates), "title": wide} | steps,
        "heatmap 2": {"values": said, "rows": answers, "title": ("the answer, as probabilities", "回答的機率")} | steps,
    }


def one_loop() -> Html:
    """The loop of f_A, f_B and f_C, with the names of its parts in an LSTM and in an agent."""
    figure, ax = subplots(size=(6.4, 3.1))
    _box(ax, 1.9, 2.3, "$f_A$", "forget gate", "reflect", colors.orange)
    _box(ax, 4.1, 0.8, "$f_B$", "input gate", "write", colors.blue)
    _box(ax, 6.9, 2.3, "$f_C$", "output gate", "read", colors.green)
    _paths(ax)
    ax.set(xlim=(0, 8.8), ylim=(-0.6, 3.2))
    ax.set_axis_off()
    return show(
        figure,
        same=[f"{gate} gate" for gate in GATES],
        zh={"reflect": "反思", "write": "寫入", "read": "讀取"},
        alt=(
            "The loop: the old memory goes through f_A, forget gate or reflection; what comes in goes through f_B, "
            "input gate or write; their sum is the new memory, which is read through f_C, output gate or read.",
            "同一個迴圈：舊的記憶經過 f_A（forget gate、反思），新的輸入經過 f_B（input gate、寫入），"
            "加起來就是新的記憶，再經過 f_C（output gate、讀取）讀出來。",
        ),
    )


def _box(ax: Axes, x: float, y: float, name: str, gate: str, deed: str, color: str) -> None:
    corner = (x - 0.8, y - 0.36)
    ax.add_patch(FancyBboxPatch(corner, 1.6, 0.72, boxstyle="round,pad=0.04", fc="none", ec=color, lw=2))
    ax.text(x, y + 0.55, name, ha="center", color=color, fontsize=13)
    ax.text(x, y + 0.14, gate, ha="center", va="center", fontsize=9)
    ax.text(x, y - 0.15, deed, ha="center", va="center", fontsize=10, fontweight="bold")


def _paths(ax: Axes) -> None:
    """What goes from box to box, and the arrows."""
    names = {(0.3, 2.3): "$H_{t-1}$", (4.1, 2.3): "+", (5.1, 2.3): "$H_t$", (4.1, -0.35): "$x_t$", (8.55, 2.3): "$y_t$"}
    for (x, y), name in names.items():
        ax.text(x, y, name, ha="center", va="center", fontsize=13)
    look = {"arrowstyle": "-|>", "color": colors.grey, "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
    along = [((x, 2.3), (to, 2.3)) for x, to in ((0.65, 1), (2.8, 3.85))]
    upward = [((4.1, y), (4.1, to)) for y, to in ((1.62, 2.08), (-0.12, 0.35))]
    onward = [((x, 2.3), (to, 2.3)) for x, to in ((4.35, 4.8), (5.4, 6.0), (7.8, 8.25))]
    for start, end in along + upward + onward:
        ax.annotate("", end, start, arrowprops=look)


def side_by_side(lstm: Callable[..., Any], agent: Callable[..., Any]) -> Html:
    """The sources of both rules, beside each other where the page is wide enough."""
    grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:0 1rem;font-size:.85em"
    halves = "".join(f'<div style="min-width:0">{show_source(rule).markup}</div>' for rule in (lstm, agent))
    return Html(f'<div style="{grid}">{halves}</div>', "the LSTM's rule beside the agent's")


def taken_away(
    agent: Mapping[str, Sequence[float]],
    whole_agent: Sequence[float],
    lstm: Mapping[str, Sequence[float]],
    whole_lstm: Sequence[float],
) -> Html:
    """Right answers of the agent and of the LSTM without each of the three parts, and with all.

    agent: by the part taken away, "reflect", "write" or "read". lstm: by the gate held still.
    """
    rows = [(words, agent[part], lstm[gate]) for part, (gate, words) in PARTS.items()]
    return table(
        [
            (words, f"{_mean(one):.2f}", f"{_mean(other):.2f}")
            for words, one, other in [(("nothing", "什麼都不拿"), whole_agent, whole_lstm), *rows]
        ],
        [("taken away", "拿掉"), ("the agent", "agent"), ("the LSTM", "LSTM")],
        caption=("Right answers", "答對率"),
    )
