"""What "Depth or length" draws: folded lines, errors by depth, and how far so many thoughts lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from jielong.lessons.depth_and_length.cups import MOVES, spelled
from jielong.lessons.depth_and_length.piecewise import corners, pieces, zigzag
from jielong.teaching.figures import Explorer, Html, heatmap, lines, show, subplots
from jielong.teaching.figures.explorer import Frame

Scores = Float[Tensor, "seeds budgets puzzles"]


def folds(networks: Sequence[nn.Sequential]) -> Html:
    """The lines that four zigzags draw, of one layer, two, three and four."""
    fig, axes = subplots(1, 4, size=(6.4, 1.7), sharey=True)
    x = torch.linspace(0, 1, 1025, dtype=torch.float64)[:, None]
    units = [2 * depth for depth, _ in enumerate(networks, start=1)]
    for ax, network, count in zip(axes, networks, units, strict=True):
        ax.plot(x, network(x).detach(), linewidth=1.3)
        ax.set(title=f"{count} units", xticks=[0, 1], yticks=[0, 1])
    one, two, three, four = map(pieces, networks)
    return show(
        fig,
        alt=(
            f"Four zigzags over 0 to 1, of {one}, {two}, {three} and {four} straight pieces: "
            "one tent, then each time twice as many.",
            f"0 到 1 之間的四條鋸齒線，分別有 {one}、{two}、{three}、{four} 段：先是一頂帳篷，之後每次加倍。",
        ),
        zh={f"{count} units": f"{count} 個神經元" for count in units},
    )


def stacked_or_side_by_side() -> Explorer:
    """The line of a network as wide and as deep as the reader likes, and that of one layer of as many units."""

    def frame(width: int, depth: int) -> Frame:
        deep, flat = zigzag(width, depth), zigzag(width * depth)
        x = torch.cat((corners(deep), corners(flat))).unique()[:, None]
        drawn, other = (network(x)[:, 0].detach().clamp(0, 1).tolist() for network in (deep, flat))
        straight = {"label": ("straight pieces", "直線段數"), "value": pieces(deep), "control": pieces(flat)}
        series = [
            {"label": ("in layers", "疊起來"), "y": drawn},
            {"label": ("in one layer", "排成一層"), "y": other, "control": True},
        ]
        return {
            "numbers": [{"label": ("units", "神經元總數"), "value": width * depth}, straight],
            "lines": {"x": x[:, 0].tolist(), "range": [0, 1], "series": series},
        }

    controls = [
        {"name": "width", "label": ("units in a layer", "每層幾個神經元"), "values": [1, 2, 3, 4], "start": 2},
        {"name": "depth", "label": ("layers", "幾層"), "values": [1, 2, 3, 4], "start": 2},
    ]
    alt = (
        "The line drawn by a network of the chosen width and depth, and by one layer of as many units",
        "選定寬度與深度的網路所畫的線，以及同樣多神經元排成一層所畫的線",
    )
    return Explorer(controls, frame, alt)


def errors_by_depth(layers: Sequence[int], errors: Sequence[Sequence[float]]) -> Html:
    """The error that is left by the number of layers, at equal parameters. errors: for each depth, of each seed."""
    one, two, three, four = torch.tensor(errors).mean(1).tolist()
    x_label = "layers, at equal parameters"
    fig = lines(layers, {"three seeds": torch.tensor(errors).T}, x_label=x_label, y_label="error")
    fig.axes[0].set(ylim=(0, 0.3), xticks=layers)
    return show(
        fig,
        alt=(
            f"The error by depth: {one:.2f} with one layer, {two:.2f} with two, {three:.2f} with three, "
            f"{four:.2f} with four.",
            f"各深度的誤差：一層 {one:.2f}，兩層 {two:.2f}，三層 {three:.2f}，四層 {four:.2f}。",
        ),
        zh={"three seeds": "三個種子", "layers, at equal parameters": "層數（參數一樣多）", "error": "誤差"},
    )


def staircase(stairs: Float[Tensor, "moves budgets"]) -> Html:
    """A map: how often the answer is right, by the puzzle's moves and the thoughts spent on it."""
    moves, budgets = stairs.shape
    enough = stairs[range(moves), range(1, moves + 1)].min().item()
    short = stairs[range(3, moves), range(2, moves - 1)].max().item()
    rows, columns = [f"{n}" for n in range(1, moves + 1)], [f"{b}" for b in range(budgets)]
    return show(
        heatmap(stairs, rows, columns, number=".1f", x_label="thoughts", y_label="moves"),
        alt=(
            f"A staircase: with as many thoughts as moves at least {enough:.1f} are right; "
            f"two thoughts short, at most {short:.1f}.",
            f"一道階梯：念頭跟動作一樣多時，至少 {enough:.1f} 答對；少兩個念頭，頂多 {short:.1f}。",
        ),
        zh={"thoughts": "想幾步", "moves": "有幾個動作"},
    )


def thinking_budget(
    chains: Mapping[tuple[int, int], Int[Tensor, " time"]],
    truth: Int[Tensor, " puzzles"],
    thoughts: Scores,
    dots: Scores,
    by_moves: Callable[[Scores], Float[Tensor, "moves budgets"]],
) -> Explorer:
    """A puzzle thought about for as long as the reader likes. chains: by budget and puzzle; dots: the control."""
    stairs, dotted = by_moves(thoughts), by_moves(dots)

    def frame(budget: int, puzzle: int) -> Frame:
        chain = chains[budget, puzzle]
        mark = "✓" if chain[-1] == truth[puzzle] else "✗"
        story = f"{spelled(chain[:MOVES])}  →  {spelled(chain[MOVES:])}  {mark}"
        every, control = (scores[:, budget].mean().item() for scores in (thoughts, dots))
        bars = {
            "labels": [f"{n}" for n in range(1, MOVES + 1)],
            "values": stairs[:, budget].tolist(),
            "control": dotted[:, budget].tolist(),
            "range": [0, 1],
            "format": ".0%",
            "title": ("right, by number of moves", "各動作數的答對率"),
        }
        number = {"label": ("all puzzles", "全部題目"), "value": every, "control": control, "format": ".0%"}
        return {"text": (story, story.replace("answer", "答案")), "numbers": [number], "bars": bars}

    budgets, puzzles = (list(dict.fromkeys(values)) for values in zip(*chains, strict=True))
    return _thinking_explorer(budgets, puzzles, frame)


def _thinking_explorer(budgets: list[int], puzzles: list[int], frame: Callable[..., Frame]) -> Explorer:
    moves = [("two moves", "兩個動作"), ("four moves", "四個動作"), ("six moves", "六個動作")]
    budget = ("thinking budget (tokens)", "思考預算（token 數）")
    controls = [
        {"name": "budget", "label": budget, "values": budgets, "start": 2},
        {"name": "puzzle", "label": ("puzzle", "題目"), "values": puzzles, "options": moves, "start": puzzles[1]},
    ]
    alt = (
        "A chain of thought of the chosen length, its answer, and how often such answers are right",
        "選定長度的思考過程與答案，以及這樣的答案有多常答對",
    )
    return Explorer(controls, frame, alt)


def written(ids: Int[Tensor, " time"]) -> Html:
    """A game and the chain of thought behind it, as they were written."""
    words = spelled(ids)
    return Html(f"<pre>{escape(words)}</pre>", words)
