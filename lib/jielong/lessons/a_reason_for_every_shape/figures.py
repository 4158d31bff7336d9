"""What the lesson shows: charts, tables, digits to move and surfaces to turn, with their words in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor

from jielong.lessons.a_reason_for_every_shape.vision import Exam, Lot
from jielong.teaching.figures import Explorer, Html, Surface, bars, colors, images, lines, show, subplots, table

NETWORKS = {
    "full": "full",
    "local": "local",
    "shared": "shared",
    "local + pooled": "local + pooling",
    "shared + pooled": "shared + pooling",
}
DIGITS = {7: ("a seven", "7"), 4: ("a four", "4"), 3: ("a three", "3")}
WORLDS = {
    "anywhere": "到處亂放",
    "always in the middle": "都在正中央",
    "anywhere, pixels shuffled": "到處亂放，像素打亂",
}


def eight_digits(middle: Lot, anywhere: Lot) -> Html:
    """The same eight digits in the middle of their pages, and each somewhere else."""
    return show(
        images([page[0].numpy() for page in (*middle.train[:8], *anywhere.train[:8])], columns=8),
        alt=(
            "Two rows of the same eight handwritten digits on small pages: above in the middle, below each somewhere "
            "else.",
            "同樣的八個手寫數字排成兩列，各在一張小紙上：上排都在正中央，下排各自落在不同的地方。",
        ),
    )


def three_matrices(full: Tensor, local: Tensor, shared: Tensor) -> Html:
    """The weights of three layers: every unit sees all pixels, a window, a window with the same weights."""
    fig, axes = subplots(1, 3, size=(6.4, 1.7), sharey=True)
    names = {"full: 576 weights": "full：576 個參數", "local: 144": "local：144 個", "shared: 9": "shared：9 個"}
    for ax, matrix, name in zip(axes, (full, local, shared), names, strict=True):
        ax.imshow(matrix, cmap=colors.diverging, vmin=-2.5, vmax=2.5)
        ax.set(title=name, xlabel="pixels", xticks=[], yticks=[])
    axes[0].set_ylabel("units")
    different, some, few = full.unique().numel(), int((local != 0).sum()), int((shared[0] != 0).sum())
    return show(
        fig,
        alt=(
            f"Three matrices of 16 units by 36 pixels. Full: {different} different weights. Local: {some}, in short "
            f"stripes, the rest empty. Shared: the same stripes, and the same {few} numbers in each row, moved along.",
            f"三個矩陣，各是 16 個神經元乘 36 個像素。full：{different} 個不同的參數；local：只剩 {some} 個，排成一小段"
            f"一小段，其餘是空的；shared：位置一樣，但每一列都是同樣的 {few} 個數字，往旁邊挪。",
        ),
        zh=names | {"pixels": "像素", "units": "神經元"},
    )


def networks_compared(free: Mapping[str, int], found: Mapping[str, Exam]) -> Html:
    """What each network may choose, and what it gets right on its own pages and on others."""
    return table(
        [
            [(name, NETWORKS[name]), f"{free[name]:,}", f"{_mean(exam.learned):.2f}", f"{_mean(exam.asked):.2f}"]
            for name, exam in found.items()
        ],
        [
            ("network", "網路"),
            ("numbers to choose", "可以調的數字"),
            ("right on its 300 pages", "學過的 300 頁"),
            ("right on 600 others", "沒看過的 600 頁"),
        ],
    )


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)


def worlds_compared(worlds: Mapping[str, Mapping[str, Sequence[float]]]) -> Html:
    """Convolutions and the fully connected network on new pages, in worlds that fit convolutions and in others."""
    mine, theirs = (
        {world: _mean(found[name]) for world, found in worlds.items()} for name in ("shared + pooled", "full")
    )
    label = "new pages right (grey: fully connected)"
    rows = [(world, WORLDS[world], f"{mine[world]:.2f}", f"{theirs[world]:.2f}") for world in worlds]
    return show(
        bars(mine, control=theirs, label=label, limit=1.1),
        alt=(
            "; ".join(f"{en}: convolutions {conv}, fully connected {full}" for en, _, conv, full in rows) + ".",
            "；".join(f"{zh}：convolution {conv}，fully connected {full}" for _, zh, conv, full in rows) + "。",
        ),
        zh=WORLDS | {label: "沒看過的頁面答對的比例（灰：fully connected）"},
    )


def digit_to_move(
    moved: Mapping[int, tuple[Float[Tensor, "25 1 12 12"], Mapping[str, Float[Tensor, " 25"]]]],
) -> Explorer:
    """A digit that the reader moves over the page, and how sure the networks are of it.

    moved: by digit, the pages with it at each place, row by row, and each network's certainties.
    """
    chosen = list(moved)

    def frame(digit: int, row: int, column: int) -> dict[str, Any]:
        return _at_a_place(*moved[chosen[digit]], 5 * row + column)

    places = {"values": [0, 1, 2, 3, 4], "start": 2}
    digits = {"values": list(range(len(chosen))), "options": [DIGITS[digit] for digit in chosen]}
    return Explorer(
        [
            {"name": "digit", "label": ("digit", "數字")} | digits,
            {"name": "row", "label": ("down", "往下")} | places,
            {"name": "column", "label": ("to the right", "往右")} | places,
        ],
        frame,
        alt=(
            "A digit that can be moved over the page, and how sure four networks are of it",
            "可以在頁面上移動的數字，以及四個網路各有多確定",
        ),
    )


def _at_a_place(pages: Tensor, sure: Mapping[str, Tensor], place: int) -> dict[str, Any]:
    page = {"pixels": pages[place, 0].mul(16).round().int().tolist(), "label": ("the page", "這一頁")}
    labels, values = [(name, NETWORKS[name]) for name in sure], [some[place].item() for some in sure.values()]
    full, pooled = (int((sure[name] > 0.5).sum()) for name in ("full", "shared + pooled"))
    return {
        "images": [page],
        "bars": {"labels": labels, "values": values, "range": [0, 1], "format": ".0%"}
        | {"title": ("probability of the right digit", "正確答案的機率")},
        "text": (
            f"Over one half at so many of 25 places: full {full}, shared + pooled {pooled}.",
            f"25 個位置裡，機率過半的有幾個：full {full} 個，shared + pooling {pooled} 個。",
        ),
    }


def learned_by_depth(
    depths: Sequence[int], plain: Float[Tensor, "seeds depths"], residual: Float[Tensor, "seeds depths"]
) -> Html:
    """How much plain and residual towers learn of their training pictures, by their number of layers."""
    low, high = plain.mean(0), residual.mean(0)
    pairs = list(zip(depths, low, strict=True))
    return show(
        lines(
            depths,
            {"residual": residual.numpy()},
            {"plain": plain.numpy()},
            "layers",
            "training pictures right",
            log_x=True,
        ),
        alt=(
            "Training accuracy by number of layers. Plain: "
            + ", ".join(f"{right:.2f} with {depth}" for depth, right in pairs)
            + f". Residual: {high.min():.2f} or more with all.",
            "訓練正確率隨層數的變化。plain："
            + "，".join(f"{depth} 層 {right:.2f}" for depth, right in pairs)
            + f"。residual：每一種都有 {high.min():.2f} 以上。",
        ),
        zh={
            "residual": "residual",
            "plain": "plain",
            "layers": "層數",
            "training pictures right": "訓練圖片答對的比例",
        },
    )


def two_surfaces(plain: Float[Tensor, "side side"], residual: Float[Tensor, "side side"]) -> Surface:
    """The error surfaces of a plain and a residual tower around the place where training ended."""
    return Surface(
        [(("32 plain layers", "32 層，plain"), plain), (("32 residual layers", "32 層，residual"), residual)],
        quantity=("loss", "loss"),
        middle=("where training ended", "訓練停在這裡"),
        alt=("Two error surfaces that turn together", "兩片一起轉動的 error surface"),
        log=True,
        own=True,
        turn=215,
        tilt=40,
    )
