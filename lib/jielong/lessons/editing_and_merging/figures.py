"""What "Surgery and sums" draws: where to cut, four ways of cutting, and mixtures of two models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean

from jielong.teaching.figures import Explorer, Html, colors, show, subplots, table


def layers(found: Mapping[int, Sequence[float]]) -> Html:
    """A table: how an edit of each layer does in the three parts of its exam."""
    header = [
        ("layer", "層"),
        ("success", "改成功"),
        ("paraphrases", "換句話問也改了"),
        ("neighbours unharmed", "鄰居沒事"),
    ]
    return table([(str(layer), *(f"{x:.2f}" for x in values)) for layer, values in found.items()], header)


def four_ways(scores: Mapping[str, Sequence[Sequence[float]]]) -> Html:
    """Bars: how each way of changing one matrix does in the three parts of the exam, mean of the runs."""
    means = {way: [mean(part) for part in zip(*runs, strict=True)] for way, runs in scores.items()}
    fig, axes = subplots(1, 3, size=(6.4, 2.4), sharey=True)
    for part, (ax, title) in enumerate(zip(axes, ("success", "paraphrases", "neighbours unharmed"), strict=True)):
        values = [parts[part] for parts in means.values()]
        ax.barh(list(means), values, color=[colors.blue] + [colors.control] * 3)
        ax.bar_label(ax.containers[0], [f"{x:.2f}" for x in values], padding=3, fontsize=8)
        ax.set(title=title, xlim=(0, 1.25), xticks=[0, 1])
    axes[0].invert_yaxis()
    zh = {
        "success": "改成功",
        "paraphrases": "換句話問也改了",
        "neighbours unharmed": "鄰居沒事",
        "no crowd": "不管別的 key",
        "random value": "隨機的 value",
        "fine-tuning": "微調同一個矩陣",
    }
    alt = (
        "Bars for four ways of changing one matrix. Success: "
        + ", ".join(f"{way} {parts[0]:.2f}" for way, parts in means.items())
        + ".",
        "四種改法的長條圖。改成功的比例："
        + "、".join(f"{zh.get(way, way)} {parts[0]:.2f}" for way, parts in means.items())
        + "。",
    )
    return show(fig, alt=alt, zh=zh, same=["ROME"])


def mixtures(exams: Mapping[tuple[float, float], Sequence[float]]) -> Explorer:
    """What the base can do with so much of the facts and so much of the manners added, as the reader doses them."""
    names = [
        ("invented capitals", "虛構的首都"),
        ("Sorry to new dishes", "沒教過的菜也說 Sorry"),
        ("old capitals", "原本的首都"),
    ]
    frames = {
        doses: {"bars": {"labels": names, "values": values, "range": [0, 1], "title": ("share right", "答對的比例")}}
        for doses, values in exams.items()
    }
    doses = list(dict.fromkeys(facts for facts, _ in exams))
    controls = [
        {"name": "a", "label": ("how much of the facts", "加多少知識"), "values": doses, "format": ".2f"},
        {"name": "b", "label": ("how much of the manners", "加多少禮貌"), "values": doses, "format": ".2f"},
    ]
    return Explorer(controls, frames, ("What the mixture of two models can do", "兩個模型混合之後會什麼"))
