"""Exercises with an instant check: an answer is right, or it gets the hint that fits its mistake.

In a lesson:                              In jielong/lessons/<lesson>/exercises.py:

    answer = ...                              def _check(answer): ...  # None if right, else the key of a hint
    exercises.check("lesson/name", answer)
                                              @exercise("lesson/name", check=_check,
    exercises.solution("lesson/name")                   wrong=[(a_wrong_answer, "a-key"), ...],
                                                        hints={"a-key": ("English", "中文"), ...})
                                              def name(...): ...         # the solution

A solution with parameters is itself the answer (the reader hands in a function); a solution without parameters
returns the answer (the reader hands in a value).
"""

from __future__ import annotations

import ast
import difflib
import importlib
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jielong.teaching.figures.rich import listing
from jielong.teaching.record import emit
from jielong.teaching.text import Text

Checker = Callable[[Any], str | None]


@dataclass(frozen=True)
class Exercise:
    """One task: its solution, the check of an answer, and the mistakes that it knows."""

    name: str
    solution: Callable[..., Any]
    check: Checker
    wrong: list[tuple[Any, str]]
    hints: dict[str, Text]

    @property
    def wants_function(self) -> bool:
        return bool(inspect.signature(self.solution).parameters)

    @property
    def answer(self) -> Any:
        """The right answer: the solution itself, or what it returns."""
        return self.solution if self.wants_function else self.solution()


@dataclass(frozen=True)
class Grade:
    """What a check found: `right`, the key of the hint ("right", "todo", "not-callable", "error", or the exercise's
    own), and the words for the reader."""

    right: bool
    key: str
    words: Text


_registry: dict[str, Exercise] = {}


def exercise(
    name: str, *, check: Checker, wrong: Sequence[tuple[Any, str]], hints: Mapping[str, tuple[str, str]]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as the solution of exercise "lesson/name".

    check    answer -> None if it is right, else the key of the hint to give
    wrong    at least two plausible wrong answers, each with the key of the hint it should get; the key "error" stands
             for an answer that raises
    hints    key -> (English, 中文)
    """

    def register(solution: Callable[..., Any]) -> Callable[..., Any]:
        texts = {key: Text.of(words, f"hint {key!r} of {name}") for key, words in hints.items()}
        _registry[name] = Exercise(name, solution, check, list(wrong), texts)
        return solution

    return register


def check(name: str, answer: Any) -> None:
    """Say at once whether `answer` solves the exercise, and if not, give the hint that fits the mistake.

    Raises KeyError, with near names, for an unknown exercise.
    """
    _say(grade(name, answer))


def solution(name: str) -> None:
    """Show the source of the solution, then run its check."""
    task = find(name)
    source = listing(source_of(task.solution))
    emit(source.markup, source.plain)
    _say(grade(name, task.answer))


def grade(name: str, answer: Any) -> Grade:
    """Check an answer without showing anything. An answer that raises is graded "error"; it never raises here."""
    task = find(name)
    if answer is ...:
        return Grade(False, "todo", _TODO)
    if task.wants_function and not callable(answer):
        return Grade(False, "not-callable", _NOT_CALLABLE)
    try:
        key = task.check(answer)
    except Exception as error:  # whatever the reader's code raises is part of the answer
        return Grade(False, "error", _stopped(error))
    if key is None:
        return Grade(True, "right", _RIGHT)
    return Grade(False, key, task.hints[key])


def find(name: str) -> Exercise:
    """The exercise called "lesson/name". Raises KeyError, with near names, if there is none."""
    lesson = name.partition("/")[0]
    lessons = [room.replace("_", "-") for room in _rooms()]
    if lesson not in lessons:
        raise KeyError(f"no lesson {lesson!r} has exercises; {_near(lesson, lessons)}")
    _load(lesson.replace("-", "_"))
    if name not in _registry:
        own = [known for known in _registry if known.startswith(f"{lesson}/")]
        raise KeyError(f"no exercise {name!r}; {_near(name, own)}")
    return _registry[name]


def all_exercises() -> list[Exercise]:
    """Every exercise of the book, lesson by lesson."""
    for room in _rooms():
        _load(room)
    return list(_registry.values())


def source_of(function: Callable[..., Any]) -> str:
    """A function's source without its decorators."""
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(source).body[0]
    return "\n".join(source.rstrip("\n").split("\n")[definition.lineno - 1 :])


_RIGHT = Text("Right!", "答對了！")
_TODO = Text(
    "Your turn: replace the ... by your answer and run this cell.", "換你了：把 ... 換成你的答案，再執行這一格。"
)
_NOT_CALLABLE = Text(
    "Hand in the function itself, without calling it: answer = my_function.",
    "要交的是函式本身，不要呼叫它：answer = my_function。",
)


def _stopped(error: Exception) -> Text:
    kind = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Text(f"Your answer stopped with {kind}.", f"你的答案執行到一半停下來了：{kind}。")


def _say(result: Grade) -> None:
    sign = "✓" if result.right else "→"
    state = "right" if result.right else "todo" if result.key == "todo" else "hint"
    emit(
        f'<div class="exercise-answer exercise-{state}" role="status"><span aria-hidden="true">{sign}</span> '
        f"{result.words.html()}</div>",
        f"{sign} {result.words.en}",
    )


def _rooms() -> list[str]:
    """The names of the lessons' rooms that have exercises."""
    return sorted(path.parent.name for path in Path(__file__).parents[1].glob("lessons/*/exercises.py"))


def _load(room: str) -> None:
    importlib.import_module(f"jielong.lessons.{room}.exercises")


def _near(name: str, names: list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4) or names
    return f"near it: {', '.join(near)}"
