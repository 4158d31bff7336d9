"""What the lesson shows: charts, and pictures that come out of noise, with their words in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import Float
from matplotlib.figure import Figure
from torch import Tensor

from jielong.lessons.pictures_without_attention.painting import DIGITS
from jielong.teaching.figures import Explorer, Html, bars, images, lines, show

PAINTERS = {
    "softmax": ("softmax", "softmax"),
    "linear": ("linear", "linear"),
    "nobody": ("looks at nobody", "誰都不看"),
}


def ten_digits(pictures: Float[Tensor, "10 8 8"]) -> Html:
    """Ten digits to learn from, on white paper and on black."""
    return show(
        images(pictures.add(1).numpy()),
        alt=(
            "Ten handwritten digits, some dark on light, some light on dark.",
            "十個手寫數字，有的白底黑字，有的黑底白字。",
        ),
    )


def step_by_step(stages: Mapping[str, Float[Tensor, "steps 8 8 8"]]) -> Explorer:
    """Two pictures of each painter, step by step from noise.

    stages: by painter, at each step the digits of `DIGITS`, and once more the same.
    """
    shown = {look: drawn.clamp(-1, 1).add(1).mul(8).round().int() for look, drawn in stages.items()}

    def frame(digit: int, step: int) -> dict[str, Any]:
        which = DIGITS.index(digit)
        return {
            "images": [
                {"pixels": shown[look][step, which + len(DIGITS) * k].tolist(), "label": PAINTERS[look], "most": 16}
                for k in range(2)
                for look in shown
            ]
        }

    digits = {"values": list(DIGITS), "options": [(str(digit), str(digit)) for digit in DIGITS]}
    return Explorer(
        [
            {"name": "digit", "label": ("paint a", "請畫")} | digits,
            {"name": "step", "label": ("steps taken", "走了幾步"), "values": list(range(17)), "start": 16},
        ],
        frame,
        alt=("Two pictures of each painter, step by step from noise", "每位畫家的兩張圖，從雜訊一步一步變出來"),
    )


def distances_to_real(real: float, painters: Mapping[str, float]) -> Html:
    """How far each painter's pictures are from real ones; real: how far other real pictures are."""
    found = {"other real pictures": real} | {PAINTERS[look][0]: apart for look, apart in painters.items()}
    zh = {"other real pictures": "別的真圖"} | dict(PAINTERS.values())
    label = "Fréchet distance to real pictures (lower is better)"
    return show(
        bars(found, label=label, number=".1f"),
        alt=(
            "Distance to real pictures: " + ", ".join(f"{name} {apart:.1f}" for name, apart in found.items()) + ".",
            "跟真圖的距離：" + "、".join(f"{zh[name]} {apart:.1f}" for name, apart in found.items()) + "。",
        ),
        zh=zh | {label: "跟真圖的 Fréchet 距離（越低越好）"},
    )


def operations_by_size(sizes: Sequence[int], millions: Mapping[str, Sequence[float]]) -> Html:
    """What one step costs, by the size of the picture."""
    softmax, linear = millions["softmax"][-1], millions["linear"][-1]
    return show(
        _by_size(sizes, millions, "million operations a step"),
        alt=(
            f"One step, 64 pixels a side: softmax {softmax:.0f} million operations, linear {linear:.0f}.",
            f"邊長 64 像素、一步：softmax 要 {softmax:.0f} 百萬次運算，linear {linear:.0f}。",
        ),
        zh={
            "pixels at each side of the picture": "圖片邊長（像素）",
            "million operations a step": "一步要幾百萬次運算",
        },
        same=["softmax", "linear"],
    )


def time_by_size(sizes: Sequence[int], milliseconds: Mapping[str, Sequence[float]]) -> Html:
    """How long one step takes here, by the size of the picture."""
    return show(
        _by_size(sizes, milliseconds, "milliseconds a step"),
        alt=(
            "Time of one step against the size of the picture: softmax rises away from linear.",
            "一步要的時間對圖片大小：softmax 越來越高，跟 linear 拉開。",
        ),
        zh={"pixels at each side of the picture": "圖片邊長（像素）", "milliseconds a step": "一步幾毫秒"},
        same=["softmax", "linear"],
        volatile=True,
    )


def _by_size(sizes: Sequence[int], cost: Mapping[str, Sequence[float]], y_label: str) -> Figure:
    return lines(sizes, cost, x_label="pixels at each side of the picture", y_label=y_label, log_x=True)
