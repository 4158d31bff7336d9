"""What the lesson shows: six habits letter by letter, and errands by what the agent reads before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from torch import Tensor

from jielong.agents.memory.experience import Outcome
from jielong.agents.memory.workflows import Run
from jielong.lessons.yesterday_helps.exercises import so_far
from jielong.teaching.figures import Explorer, colors, show, subplots, table
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.rich import Html

HABITS = {
    "nearest": ("right ones, the nearest", "對的，最像的"),
    "random": ("right ones, at random", "對的，隨便挑"),
    "mixed": ("right ones, the nearest, desks mixed up", "對的，最像的，但櫃台弄亂"),
    "cold": ("right ones, the nearest, no first day", "對的，最像的，沒有第一天"),
    "wrong": ("first day, then wrong ones", "第一天，之後只記錯的"),
    "failures": ("wrong ones only", "從頭到尾只記錯的"),
}
NOTES = {
    "nothing": ("nothing", "什麼都不讀"),
    "run": ("the nearest run", "最像的一次經過"),
    "recipe": ("the nearest recipe", "最像的流程"),
    "filled": ("the nearest recipe, filled in", "最像的流程，填好空格"),
    "other": ("a recipe of another kind, filled in", "別種差事的流程，填好空格"),
}


def shares(lives: Mapping[str, Sequence[Outcome]]) -> dict[str, list[float]]:
    """Of each habit, the share right so far."""
    return {habit: so_far([outcome.right for outcome in life]) for habit, life in lives.items()}


def letter_by_letter(lives: Mapping[str, Sequence[Outcome]], alone: Sequence[bool]) -> Explorer:
    """Letter by letter: the prompt, the answer, and the share right so far. alone: the same days with no model."""
    days, right = list(range(1, len(alone) + 1)), shares(lives)

    def frame(habit: str, day: int) -> Frame:
        outcome = lives[habit][day - 1]
        said = "  |  ".join(outcome.prompt.strip().splitlines()) + f"  {outcome.answer}"
        en, zh = ("right", "對") if outcome.right else ("wrong", "錯")
        series = [
            {"label": ("this habit", "這種習慣"), "y": right[habit]},
            {"label": ("no model", "沒有模型"), "y": so_far(alone), "control": True},
        ]
        return {
            "text": (f"{said}   ({en})", f"{said}　（{zh}）"),
            "lines": {"x": days, "at": day, "range": [0, 1], "series": series}
            | {"x_label": ("letters so far", "幾封信了"), "y_label": ("right so far", "到目前為止答對")},
        }

    return Explorer(
        [
            {"name": "habit", "label": ("reads", "讀什麼"), "values": list(HABITS), "options": list(HABITS.values())},
            {"name": "day", "label": ("letter", "第幾封信"), "values": days, "start": 20},
        ],
        frame,
        alt=(
            "Letter by letter: the prompt, the answer, and the share right so far",
            "一封一封看：prompt、回答、到目前為止答對多少",
        ),
    )


def right_by_habit(blind: float, total: Mapping[str, float], alone: Sequence[bool]) -> Html:
    """The share of right answers with no memory, with each habit, and with no language model."""
    neighbour = ("no language model: answer as the nearest right one", "沒有語言模型：照最像的、對的那次回答")
    return table(
        [
            [("no memory", "沒有記憶"), f"{blind:.0%}"],
            *[[HABITS[habit], f"{share:.0%}"] for habit, share in total.items()],
            [neighbour, f"{sum(alone) / len(alone):.0%}"],
        ],
        header=[("habit", "習慣"), ("right", "答對")],
    )


def right_so_far(lives: Mapping[str, Sequence[Outcome]], alone: Sequence[bool]) -> Html:
    """The share right so far, letter by letter, of four habits and with no language model."""
    zh = {"nearest": "最像的", "random": "隨便挑", "mixed up": "櫃台弄亂", "no first day": "沒有第一天"}
    days, right = range(1, len(alone) + 1), shares(lives)
    fig, ax = subplots()
    for habit, label in zip(("nearest", "random", "mixed", "cold"), zh, strict=True):
        ax.plot(days, right[habit], label=label)
    ax.plot(days, so_far(alone), "--", color=colors.control, label="no language model")
    ax.set(ylim=(-0.03, 1.03), xlabel="letters so far", ylabel="right so far")
    ax.legend(fontsize=8, ncol=3, loc="center right")
    nearest, random, mixed = (right[habit][-1] for habit in ("nearest", "random", "mixed"))
    return show(
        fig,
        alt=(
            f"After 24 letters: nearest {nearest:.0%}, random {random:.0%}, mixed up {mixed:.0%}.",
            f"24 封信之後：最像的 {nearest:.0%}，隨便挑 {random:.0%}，弄亂的 {mixed:.0%}。",
        ),
        zh=zh | {"no language model": "沒有語言模型", "letters so far": "幾封信了", "right so far": "到目前為止答對"},
    )


def errand_by_errand(
    notes: Mapping[str, Sequence[str]],
    later: Sequence[Run],
    tries: Mapping[str, Float[Tensor, "errands steps"]],
    mean: Mapping[str, float],
) -> Explorer:
    """Tries at each step of the errands, by what the agent reads before each. mean: tries for an errand."""

    def frame(read: str, errand: int) -> Frame:
        note, run = notes[read][errand - 1].replace("\n", " ") or "-", later[errand - 1]
        counts = tries[read][errand - 1].tolist()
        return {
            "numbers": [
                {"label": ("tries for this errand", "這件差事試了幾次"), "value": sum(counts), "format": ".0f"},
                {"label": ("on average", "平均"), "value": mean[read], "format": ".0f"},
            ],
            "text": (f"Read: {note}", f"讀到：{note}"),
            "text 2": (f"New: {run.goal}", f"新差事：{run.goal}"),
            "bars": {"labels": list(run.steps), "values": counts, "format": ".0f", "verbatim": True},
        }

    return Explorer(
        [
            {"name": "read", "label": ("reads", "讀什麼"), "values": list(NOTES), "options": list(NOTES.values())},
            {"name": "errand", "label": ("errand", "第幾件差事"), "values": list(range(1, len(later) + 1))},
        ],
        frame,
        alt=(
            "Tries at each step of twenty errands, by what the agent reads",
            "二十件差事每一步試了幾次，看 agent 讀的是什麼",
        ),
    )


def tries_for_an_errand(mean: Mapping[str, float]) -> Html:
    """Tries for an errand, by what the agent reads before it."""
    return table(
        [[NOTES[read], f"{value:.0f}"] for read, value in mean.items()],
        header=[("reads", "讀什麼"), ("tries for an errand", "一件差事試幾次")],
    )
