"""What "Three kinds of generalists" draws: heads on an encoder, copies for a task, instructions, and framings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from torch import Tensor

from jielong.lessons.three_kinds_of_generalists import clock
from jielong.lessons.three_kinds_of_generalists.questions import QUESTIONS
from jielong.model import LanguageModel
from jielong.teaching.figures import Explorer, Html, colors, heatmap, lines, show, table
from jielong.teaching.figures.explorer import Frame

Runs = Sequence[Sequence[float]]  # of each seed, one number for each count
Request = tuple[clock.Skills, str]


def labels_needed(counts: Sequence[int], read: Mapping[str, Runs], unread: Mapping[str, Runs]) -> Html:
    """Lines: how often heads are right after so many labelled sentences, on encoders that read and on blank ones."""
    least, blank = (min(run[0] for runs in scores.values() for run in runs) for scores in (read, unread))
    control = {f"{task}, nothing read": runs for task, runs in unread.items()}
    x_label, y_label = "labelled sentences", "right on new sentences"
    return show(
        lines(counts, read, control=control, x_label=x_label, y_label=y_label, log_x=True),
        alt=(
            f"With {counts[0]} labels the encoder's heads are right {least:.0%} of the time, "
            f"heads on a blank encoder {blank:.0%}.",
            f"只有 {counts[0]} 個標註時，讀過書的編碼器答對 {least:.0%}，沒讀過的只有 {blank:.0%}。",
        ),
        zh={
            "labelled sentences": "標註的句子數",
            "right on new sentences": "新句子的答對率",
            "topic": "主題",
            "mood": "心情",
            "topic, nothing read": "主題，沒讀過書",
            "mood, nothing read": "心情，沒讀過書",
        },
    )


def replies(model: LanguageModel, requests: Sequence[Request]) -> Html:
    """A table: what we ask, and what the model writes."""
    rows = [
        [clock.prompt(*request), reply] for request, reply in zip(requests, clock.replies(model, requests), strict=True)
    ]
    return table(rows, header=[("we ask", "我們問"), ("it writes", "它寫")])


def specialists(
    scores: Float[Tensor, "seeds jobs jobs"], names: Sequence[str], home: Sequence[float], away: Sequence[float]
) -> Html:
    """A map: how often the copy made for one task does each of the tasks. home, away: the means of each seed."""
    at_home, elsewhere = (sum(means) / len(means) for means in (home, away))
    x_label, y_label = "task that is asked for", "copy made for"
    return show(
        heatmap(scores.mean(0).tolist(), names, names, number=".2f", x_label=x_label, y_label=y_label),
        alt=(
            f"A full diagonal, mean {at_home:.2f}, and next to nothing beside it, mean {elsewhere:.2f}.",
            f"對角線幾乎全滿，平均 {at_home:.2f}；其他格子幾乎是空的，平均 {elsewhere:.2f}。",
        ),
        zh={"task that is asked for": "被要求做的任務", "copy made for": "為誰微調的"},
    )


def pairs_of_tasks(grid: Float[Tensor, "seeds pairs"], new: Sequence[int]) -> Html:
    """A map of all pairs of tasks, mean of the seeds; in frames those that were never asked for. new: their places."""
    skills = clock.SKILLS
    values = grid.mean(0).view(len(skills), len(skills)).tolist()
    fig = heatmap(values, skills, skills, x_label="second task", y_label="first task")
    frame = {"marker": "s", "s": 210, "facecolor": "none", "edgecolor": colors.orange, "linewidth": 2}
    for pair in new:
        fig.axes[0].scatter(pair % len(skills), pair // len(skills), **frame)
    count, held = len(new), grid[:, new].mean()
    return show(
        fig,
        alt=(
            f"Seven by seven pairs of tasks, nearly all full; the {count} never asked for, in orange frames, "
            f"have a mean of {held:.2f}.",
            f"七乘七的任務組合，幾乎全滿；沒被要求過的 {count} 組（橘框）平均 {held:.2f}。",
        ),
        zh={"second task": "第二個任務", "first task": "第一個任務"},
        caption=(
            "Share right, mean of three seeds. Orange: never asked for in training.",
            "答對率，三個種子的平均。橘框：訓練時從沒要求過的組合。",
        ),
    )


WORDS = ["3", "VII", "十"]
ZH = {"base": "只預訓練過", "later only": "later 專才", "roman only": "roman 專才", "instructed": "聽指令的"}


def do_as_told(people: Mapping[str, LanguageModel]) -> Explorer:
    """What each model writes when the reader asks it for a task or two, and whether that was asked for."""
    seconds = ["", *clock.SKILLS]
    asked = [(_skills(first, second), word) for first in clock.SKILLS for second in seconds for word in WORDS]
    said = {name: dict(zip(asked, clock.replies(model, asked), strict=True)) for name, model in people.items()}

    def frame(who: str, first: str, second: str, word: str) -> Frame:
        request = _skills(first, second), word
        reply = said[who][request]
        line = f"{clock.prompt(*request)}  →  {reply or 'end'}"
        return {"text": (line, line), "text 2": _verdict(reply, clock.steps(*request))}

    controls = [
        _choice("who", ("who is asked", "問誰"), list(people), "roman only"),
        _choice("first", ("task", "任務"), clock.SKILLS, "later"),
        _choice("second", ("and then", "接著"), seconds, ""),
        _choice("word", ("word", "字"), WORDS, "VII"),
    ]
    alt = ("What each model writes when it is asked for these tasks", "每個模型被要求做這些任務時寫出什麼")
    return Explorer(controls, frame, alt)


def _choice(name: str, label: tuple[str, str], values: list[str], start: str) -> dict[str, object]:
    options = [(value, ZH.get(value, value)) if value else ("(nothing)", "（不用）") for value in values]
    return {"name": name, "label": label, "values": values, "options": options, "start": start}


def _skills(first: str, second: str) -> clock.Skills:
    return (first, second) if second else (first,)


def _verdict(reply: str, wanted: str) -> tuple[str, str]:
    if reply.removesuffix(" ☺") == wanted:
        return "as asked ✓", "照做 ✓"
    return f"asked for: {wanted} ✗", f"要的是：{wanted} ✗"


def answers(by_framing: Mapping[str, Sequence[str]]) -> Html:
    """A table: what the model writes after two of the questions, framed in each way."""
    zh = {
        "with its template": "套上模板",
        "the bare question": "只有問題",
        "template, but the user goes on": "有模板，但輪到使用者",
    }
    rows = [[(name, zh[name]), QUESTIONS[k], said[k]] for k in (0, 7) for name, said in by_framing.items()]
    return table(rows, header=[("framing", "怎麼問"), ("question", "問題"), ("what it writes", "它寫出什麼")])
