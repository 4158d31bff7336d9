"""The exercises' engine: what a reader's answer can do to it."""

import pytest
from IPython.testing.globalipapp import get_ipython as start_ipython
from IPython.utils.capture import capture_output
from jielong.teaching import exercises
from jielong.teaching.exercises import exercise, grade, source_of

start_ipython()


@pytest.fixture(autouse=True)
def square(monkeypatch):
    """An exercise "probe/square" that wants a function, and "probe/nine" that wants a value."""
    monkeypatch.setattr(exercises, "_registry", {})
    monkeypatch.setattr(exercises, "find", lambda name: exercises._registry[name])

    @exercise(
        "probe/square",
        check=lambda answer: None if answer(3) == 9 else "doubled" if answer(3) == 6 else "other",
        wrong=[],
        hints={"doubled": ("That doubles.", "這是兩倍。"), "other": ("Not its square.", "不是平方。")},
    )
    def square(x):
        """Its square."""
        return x * x

    @exercise(
        "probe/nine", check=lambda answer: None if answer == 9 else "no", wrong=[], hints={"no": ("No.", "不對。")}
    )
    def nine():
        return 9

    return square


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (lambda x: x**2, "right"),
        (lambda x: 2 * x, "doubled"),
        (lambda x: 0, "other"),
        (..., "todo"),
        (9, "not-callable"),
        (lambda x: x / 0, "error"),
        (lambda: 9, "error"),
    ],
)
def test_an_answer_gets_the_grade_it_deserves(answer, key):
    result = grade("probe/square", answer)
    assert (result.key, result.right) == (key, key == "right")


def test_an_error_in_the_answer_is_named_in_both_languages():
    words = grade("probe/square", lambda x: x / 0).words
    assert "ZeroDivisionError: division by zero" in words.en
    assert "ZeroDivisionError" in words.zh


def test_a_solution_without_parameters_returns_the_answer():
    assert exercises._registry["probe/nine"].answer == 9
    assert grade("probe/nine", 9).right
    assert grade("probe/nine", 8).key == "no"


def test_a_check_answers_at_once_in_both_languages_and_never_raises():
    with capture_output() as captured:
        exercises.check("probe/square", lambda x: 2 * x)
    (output,) = captured.outputs
    assert output.data["text/plain"] == "→ That doubles."
    assert "這是兩倍。" in output.data["text/html"]


def test_a_solution_shows_its_source_and_passes_its_own_check():
    with capture_output() as captured:
        exercises.solution("probe/square")
    source, verdict = (output.data["text/plain"] for output in captured.outputs)
    assert source == 'def square(x):\n    """Its square."""\n    return x * x'
    assert verdict == "✓ Right!"


def test_the_source_is_shown_without_decorators(square):
    assert source_of(square).startswith("def square")
    assert source_of(_apart) == 'def _apart():\n    return "a\u2028b"'  # where str.splitlines would cut


@staticmethod
def _apart():
    return "a b"
