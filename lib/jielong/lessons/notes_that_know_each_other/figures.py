"""What the lesson shows: notes found by likeness and by a graph, a model that looks things up, notes that are tied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from jielong.agents.memory.paging import Turn
from jielong.lessons.notes_that_know_each_other.habits import Habit
from jielong.lessons.notes_that_know_each_other.village import Question
from jielong.teaching.figures import Explorer, bars, show
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.rich import Html


def found_by_likeness_and_by_graph(
    texts: Sequence[str],
    asked: Mapping[str, Sequence[Question]],
    ranks: Mapping[str, Mapping[str, Sequence[Sequence[int]]]],
    recall: Mapping[str, Mapping[str, Sequence[float]]],
) -> Explorer:
    """Questions of which all needed notes are found, by how many notes are read, and what the graph finds for one.

    By the steps that a question needs: the questions; by the way to find, the notes' numbers for each, nearest first,
    and the share found in 1, 2, 3 ... notes.
    """
    most = list(range(1, len(recall["two"]["graph"]) + 1))

    def frame(steps: str, k: int) -> Frame:
        question, found = asked[steps][0], ranks[steps]["graph"][0][:k]
        read = " ".join(texts[i] for i in found)
        said = f"{question.text}  By the graph: {read}", f"{question.text}　照圖找到的：{read}"
        axes = {
            "x_label": ("notes read", "讀幾則筆記"),
            "y_label": ("questions with all they need", "需要的全都找到的題目"),
        }
        return {"lines": {"x": most, "series": curves(recall[steps]), "at": k} | axes, "text": said}

    needs = {"two": ("two steps", "兩步"), "three": ("three steps", "三步")}
    return Explorer(
        [
            {"name": "steps", "label": ("the question needs", "題目需要"), "values": list(needs)}
            | {"options": list(needs.values())},
            {"name": "k", "label": ("notes read", "讀幾則筆記"), "values": most, "start": 4},
        ],
        frame,
        alt=(
            "Questions of which all needed notes are found, by likeness and by the graph",
            "需要的筆記全都找到的題目比例，照相似度和照圖",
        ),
    )


def curves(recall: Mapping[str, Sequence[float]]) -> list[Frame]:
    """The shares found in each way; of the rewired graphs their mean."""
    rewired = [shares for way, shares in recall.items() if way.startswith("rewired")]
    return [
        {"label": ("by likeness", "照相似度"), "y": recall["likeness"]},
        {"label": ("by the graph", "照圖"), "y": recall["graph"]},
        {"label": ("rewired", "亂接的圖"), "y": torch.tensor(rewired).mean(0).tolist(), "control": True},
    ]


def calls_to_its_memory(asked: Sequence[Habit], own: Sequence[Turn], last: Sequence[Turn]) -> Explorer:
    """The model's calls to its memory, question by question. last: the same with the last twelve notes instead."""

    def frame(n: int) -> Frame:
        habit, turn, old = asked[n - 1], own[n - 1], last[n - 1]
        mark = "✓" if turn.said == habit.text[:-1] else "✗"
        return {
            "text": (f"Question: {turn.question}", f"問題：{turn.question}"),
            "text 2": (f"The model calls: search({turn.query})", f"模型呼叫：search({turn.query})"),
            "text 3": (f"On its desk now: {' '.join(turn.shown)}", f"桌上現在有：{' '.join(turn.shown)}"),
            "text 4": (f"It says: {turn.said} {mark}", f"它說：{turn.said} {mark}"),
            "text 5": (
                f"With the last twelve notes instead, it says: {old.said}",
                f"如果只看最後十二則，它說：{old.said}",
            ),
        }

    return Explorer(
        [{"name": "n", "label": ("question", "題目"), "values": list(range(1, len(own) + 1))}],
        frame,
        alt=("The model's calls to its memory, question by question", "模型對自己記憶的呼叫，一題一題看"),
    )


def found_in_five_notes(lists: Mapping[str, float]) -> Html:
    """Two-step questions with all they need in five notes, by how the notes are kept."""
    what = "two-step questions with all they need in five notes"
    zh = {
        "a plain list": "一般的清單",
        "notes that evolve": "會演化的筆記",
        "notes that are tied": "有連結的筆記",
        "both": "兩者都有",
        "tied at random": "隨機連結",
    }
    return show(
        bars(lists, label=what, number=".0%"),
        alt=(
            "Found all they need: " + ", ".join(f"{n} {v:.0%}" for n, v in lists.items()) + ".",
            "五則之內找齊的比例：" + "、".join(f"{zh[n]} {v:.0%}" for n, v in lists.items()) + "。",
        ),
        zh=zh | {what: "兩步的問題，五則筆記之內就找齊的比例"},
    )
