"""Pictures of the relations asked for, of how faithful a line is to the model, and of the answers that it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jielong.lessons.a_model_of_the_model.relations import RELATIONS
from jielong.teaching.figures import Explorer, Html, bars, heatmap, show, table

ZH = {"plural": "複數", "capital": "首都", "opposite": "反義詞"}


def relations_known(subjects: Mapping[str, Sequence[str]], first: Mapping[str, str]) -> Html:
    """A table: for each relation how the model is asked, its answer for the first subject, and how many it knows."""
    return table(
        [
            ((name, ZH[name]), RELATIONS[name].template[1:].replace("{}", some[0]), first[name], len(some))
            for name, some in subjects.items()
        ],
        header=(
            ("relation", "關係"),
            ("the model is asked", "問模型"),
            ("and says", "它說"),
            ("subjects known", "知道幾個"),
        ),
    )


def faithfulness(faithful: Mapping[str, float], rivals: Mapping[str, float]) -> Html:
    """Bars: how often the line has the large model's answer, and how often the best of its rivals has it."""
    return by_relation(
        faithful,
        rivals,
        "Faithfulness",
        label=("share of subjects with the large model's answer", "跟大模型答案一樣的比例"),
        caption=("grey: the best of the three rivals", "灰色：三個對手裡最好的"),
    )


def faithfulness_by_layer(shares: Sequence[Sequence[float]], names: Sequence[str], layers: Sequence[int]) -> Html:
    """A map: how often the line has the large model's answer, by relation and layer that the subject is taken from."""
    fig = heatmap(shares, names, [str(layer) for layer in layers], number=".2f", x_label="subject taken before layer")
    for label in fig.axes[0].get_yticklabels():
        label.set_gid(None)  # no quotations: these names have a Chinese
    return show(
        fig,
        alt=(
            "Faithfulness by relation and layer: high at first, near nothing in the last layers.",
            "各種關係、各層的忠實程度：前面高，最後幾層幾乎是零。",
        ),
        zh=ZH | {"subject taken before layer": "從第幾層之前取主詞"},
    )


def what_the_line_says(
    likeliest: Callable[[str, int, int], tuple[list[str], list[float]]],
    subjects: Mapping[str, Sequence[str]],
    answers: Mapping[str, Sequence[str]],
    layers: Sequence[int],
) -> Explorer:
    """The line's likeliest answers for six words of each relation, by layer, beside the large model's answer.

    likeliest: the words and their chances, for a relation, the place of a subject in it, and a layer.
    """
    shown = [(name, i) for name, some in subjects.items() for i in range(min(6, len(some)))]
    words = [(f"{subjects[name][i]} ({name})", f"{subjects[name][i]}（{ZH[name]}）") for name, i in shown]

    def frame(subject: int, layer: int) -> dict[str, Any]:
        name, i = shown[subject]
        labels, values = likeliest(name, i, layer)
        title = ("the linear model's chances", "線性模型的機率")
        return {
            "text": (f"The large model says: {answers[name][i]}", f"大模型說：{answers[name][i]}"),
            "bars": {"labels": labels, "values": values, "verbatim": True, "title": title, "range": [0, 1]},
        }

    return Explorer(
        controls=[
            {"name": "subject", "label": ("word", "詞"), "values": list(range(len(shown))), "options": words},
            {"name": "layer", "label": ("subject taken before layer", "從第幾層之前取主詞"), "values": list(layers)},
        ],
        frames=frame,
        alt=("What the linear model says of each word, by layer", "線性模型對每個詞怎麼說，一層一層看"),
    )


def answers_as_wished(edited: Mapping[str, float], by_lot: Mapping[str, float]) -> Html:
    """Bars: how often the model gives the answer that was put in, and how often after a random vector."""
    return by_relation(
        edited,
        by_lot,
        "Answers as wished",
        label=("share of answers as wished", "改成想要的答案的比例"),
        caption=("grey: a random vector of the same length, the best of three", "灰色：一樣長的隨機向量，三次裡最好的"),
    )


def by_relation(
    values: Mapping[str, float],
    controls: Mapping[str, float],
    name: str,
    *,
    label: tuple[str, str],
    caption: tuple[str, str],
) -> Html:
    """Bars: a share for each relation beside its control. name: what a screen reader calls it in English."""
    en, zh = label
    return show(
        bars(values, controls, label=en, limit=1.12),
        alt=(
            f"{name}: " + ", ".join(f"{relation} {value:.2f}" for relation, value in values.items()) + ".",
            f"{zh}：" + "、".join(f"{ZH[relation]} {value:.2f}" for relation, value in values.items()) + "。",
        ),
        zh=ZH | {en: zh},
        caption=caption,
    )
