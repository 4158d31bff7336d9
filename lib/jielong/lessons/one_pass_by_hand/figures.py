"""Pictures of a pass with steps left out, of the shares that add up to an answer, and of what each layer is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.interpretability.contributions import Shares
from jielong.teaching.figures import Explorer, Html, lines, show, table

ROUNDING = 1e-5


def steps_left_out(whole: tuple[Sequence[float], str], without: Mapping[str, tuple[Sequence[float], str]]) -> Html:
    """A table: how many layers agree with the model's, and the next word, with a step left out.

    Each pass: how far each layer's stream is from the model's, and the next word.
    """
    zh = {
        "norm": "norm",
        "turn": "旋轉位置",
        "bend": "activation function",
        "only look back": "只往回看",
        "scale": "除以 √64",
    }
    off, says = whole
    rows = [[("nothing", "什麼都沒少"), sum(d < ROUNDING for d in off), "< 0.00001", says]]
    for step, (off, says) in without.items():
        rows.append([(step, zh[step]), sum(d < ROUNDING for d in off), f"{off[0]:.3f}", says])
    return table(
        rows,
        [
            ("left out", "少做哪一步"),
            ("layers that agree", "幾層一致"),
            ("layer 0 is off by", "第 0 層就差"),
            ("next word", "下一個字"),
        ],
    )


def anatomy_of_an_answer(found: Mapping[str, Shares], questions: Mapping[str, tuple[str, str]]) -> Explorer:
    """Each head's and each feed-forward layer's share of an answer, as a map, the largest as bars, and added up.

    found: by question, the shares of its answer (0) and its rival (1); questions: these two words.
    """

    def frame(question: str, of: int) -> dict[str, Any]:
        shares, k = (found[question], of) if of < 2 else (found[question].minus(0, 1), 0)
        grid = torch.cat((shares.heads[0, ..., k], shares.feedforward[0, :, k, None]), 1)
        a, b = (word.strip() for word in questions[question])
        name = (f"“{a}”", f"“{b}”", f"“{a}” − “{b}”")[of]
        total = ("sum: the gap", "總和：差距") if of == 2 else ("sum: the logit", "總和：logit")
        embedding = shares.embedding[0, k]
        return {
            "heatmap": _shares_map(grid, name),
            "bars": _largest_shares(grid, embedding, total),
            "lines": _running_sum(grid, embedding),
        }

    kinds = [("the answer", "答案"), ("its rival", "對手"), ("answer minus rival", "答案減對手")]
    texts = {"values": list(questions), "options": [(question, question) for question in questions]}
    return Explorer(
        controls=[
            {"name": "question", "label": ("the text", "文字"), **texts},
            {"name": "of", "label": ("shares of", "看誰的貢獻"), "values": [0, 1, 2], "options": kinds, "start": 2},
        ],
        frames=frame,
        alt=(
            "The anatomy of one answer: each head's and each feed-forward layer's share",
            "一個答案的解剖圖：每個 head、每層 feed-forward 各貢獻多少",
        ),
    )


def _shares_map(grid: Float[Tensor, "layers parts"], name: str) -> dict[str, Any]:
    most = grid.abs().max().item()
    return {
        "values": grid.T,
        "rows": [*(f"head {head}" for head in range(grid.shape[1] - 1)), "feed-forward"],
        "columns": [str(layer) for layer in range(len(grid))],
        "cell": 17,
        "diverging": True,
        "range": [-most, most],
        "title": (f"shares of {name}", f"{name} 的各份貢獻"),
    }


def _largest_shares(
    grid: Float[Tensor, "layers parts"], embedding: Float[Tensor, ""], total: tuple[str, str]
) -> dict[str, Any]:
    """Seven parts, all the others together, and the sum."""
    largest = grid.abs().flatten().argsort(descending=True)[:7].tolist()
    some, whole = grid.flatten()[largest], (grid.sum() + embedding).item()
    values = [*some.tolist(), whole - some.sum().item(), whole]
    tints = [f"var(--jl-{'blue' if value > 0 else 'orange'})" for value in values[:-1]] + ["var(--jl-purple)"]
    labels = [*(_name_of(i, grid.shape[1]) for i in largest), ("all the others", "其他全部"), total]
    return {"labels": labels, "values": values, "tints": tints, "range": [min(0, *values), max(values)]}


def _name_of(place: int, parts: int) -> tuple[str, str]:
    layer, part = divmod(place, parts)
    what = f"head {part}" if part < parts - 1 else "feed-forward"
    return f"layer {layer}, {what}", f"第 {layer} 層 {what}"


def _running_sum(grid: Float[Tensor, "layers parts"], embedding: Float[Tensor, ""]) -> dict[str, Any]:
    running = (embedding + torch.cat((torch.zeros(1), grid.sum(1).cumsum(0)))).tolist()
    return {
        "x": list(range(len(running))),
        "series": [{"label": ("so far", "累計"), "y": running}],
        "range": [min(-1, *running), max(1, *running)],
        "x_label": ("layers added", "加到第幾層"),
        "y_label": ("sum of the shares", "貢獻總和"),
    }


def lost_without_a_layer(lost: Float[Tensor, " layers"], direct: Float[Tensor, " layers"]) -> Html:
    """Lines: what is lost of the gap without each feed-forward layer, and that layer's share of it."""
    a, b = lost.argsort(descending=True)[:2].tolist()
    return show(
        lines(
            list(range(len(lost))),
            {"lost": lost.tolist(), "share": direct.tolist()},
            x_label="feed-forward layer",
            y_label="of Paris minus London",
        ),
        alt=(
            f"By layer. Most is lost without layers {a} and {b}, {lost[a]:.1f} and {lost[b]:.1f}; their shares are"
            f" {direct[a]:.1f} and {direct[b]:.1f}.",
            f"逐層看：拿掉第 {a}、{b} 層損失最大，少了 {lost[a]:.1f} 和 {lost[b]:.1f}；"
            f"但它們的貢獻是 {direct[a]:.1f} 和 {direct[b]:.1f}。",
        ),
        zh={
            "lost": "少了",
            "share": "貢獻",
            "feed-forward layer": "feed-forward 層",
            "of Paris minus London": "Paris 減 London 的差距",
        },
    )
