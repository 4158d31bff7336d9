"""Pictures of a memory while it is being told pairs, and of the answers that go when parts of it are swapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from jielong.teaching.figures import Explorer, Html, lines, show


def memory_while_it_listens(story: Int[Tensor, " tokens"], beliefs: Sequence[Float[Tensor, "keys values"]]) -> Explorer:
    """A map: what the model would answer to each key, after each of the story's pairs."""
    number = len(beliefs[0])
    told = [f"k{k + 1} v{v - number + 1}" for k, v in story.view(-1, 2).tolist()]
    names = {"rows": [f"k{n + 1}" for n in range(number)], "columns": [f"v{n + 1}" for n in range(number)]}

    def frame(step: int) -> dict[str, Any]:
        return {
            "text": ("Told: " + ", ".join(told[:step]), "說了：" + "、".join(told[:step])),
            "heatmap": {"values": beliefs[step - 1], **names, "range": [0, 1]},
        }

    steps = list(range(1, len(beliefs) + 1))
    return Explorer(
        controls=[{"name": "step", "label": ("pairs told", "說了幾對"), "values": steps, "start": steps[-1]}],
        frames=frame,
        alt=("What the model would answer to each key, after each pair", "每說一對之後，問每個 key，模型會怎麼答"),
    )


def right_by_pairs_told(numbers: Sequence[int], marks: Sequence[Sequence[float]]) -> Html:
    """Lines: the share of right answers, by how many pairs were told; the three pupils' range as a band."""
    first, last = (sum(row[i] for row in marks) / len(marks) for i in (0, -1))
    return show(
        lines(numbers, {"right": marks}, x_label="pairs told (four in training)", y_label="share of right answers"),
        alt=(
            f"Right answers: {first:.2f} after one pair, {last:.2f} after eight.",
            f"答對的比例：一對之後 {first:.2f}，八對之後 {last:.2f}。",
        ),
        zh={
            "right": "答對",
            "pairs told (four in training)": "說了幾對（訓練時四對）",
            "share of right answers": "答對的比例",
        },
    )


def answers_that_follow(matrix: Sequence[Sequence[float]], tail: Sequence[Sequence[float]]) -> Html:
    """Lines: how many answers follow a swap of the matrix and one of the tail, by when the pair was told."""
    early, late = (sum(row[n] for row in matrix) / len(matrix) for n in (0, 3))
    return show(
        lines(
            [1, 2, 3, 4],
            {"matrix": matrix, "tail": tail},
            x_label="when the pair was told",
            y_label="answers follow the swap",
        ),
        alt=(
            f"Swapping the matrix moves the first pair's answer in {early:.2f}, the last pair's in {late:.2f}.",
            f"只換矩陣：第一對的答案跟著換的有 {early:.2f}，最後一對 {late:.2f}。",
        ),
        zh={
            "matrix": "矩陣",
            "tail": "尾巴",
            "when the pair was told": "第幾對說的",
            "answers follow the swap": "答案跟著換的比例",
        },
    )
