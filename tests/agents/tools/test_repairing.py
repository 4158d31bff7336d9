"""Breaks, messages, edits: each break has its message and its edit, and tries are counted by the sandbox."""

from __future__ import annotations

import pytest
import torch
from jielong.agents.tools.repairing import EDITS, complaint, correct_name, ranking, scores, tries
from jielong.agents.tools.sandbox import run
from jielong.lessons.making_its_own_tools.broken import BREAKS, WORKING, broken


def test_every_program_works_before_it_is_broken():
    for program, prints in WORKING:
        assert run(program).output == prints + "\n"


@pytest.mark.parametrize("case", broken(), ids=lambda case: f"{case.kind} {case.prints.split()[0]}")
def test_only_its_own_edit_mends_a_break(case):
    result = run(case.program)
    assert result.ended == "failed"
    assert "Error" in result.error
    assert tries(case.program, case.prints, [case.kind]) == 1
    rest = [name for name in EDITS if name != case.kind]
    assert all(EDITS[name][1](case.program) == case.program for name in rest)
    assert tries(case.program, case.prints, [*rest, case.kind]) == 7
    assert tries(case.program, case.prints, rest) == 7


def test_the_interpreter_complains_in_the_same_words_whatever_its_version():
    said = {case.kind: complaint(case.program) for case in broken(2, 3)}
    assert said == {
        "colon": "SyntaxError: expected ':'",
        "bracket": "SyntaxError: '(' was never closed",
        "quote": "SyntaxError: unterminated string literal (detected at line 5)",
        "indent": "IndentationError: expected an indented block after 'for' statement on line 3",
        "import": "NameError: name 'math' is not defined",
        "convert": 'TypeError: can only concatenate str (not "int") to str',
        "spelling": "NameError: name 'tota' is not defined. Did you mean: 'total'?",
    }


def test_a_program_that_prints_something_else_is_not_mended():
    case = broken()[0]
    assert tries(case.program, "area 7", [case.kind]) == 2


def test_edits_leave_what_works_alone():
    assert all(edit(program) == program for program, _ in WORKING for _, edit in EDITS.values())
    assert list(BREAKS) == list(EDITS)


def test_rankings_go_from_the_likeliest_down_and_keep_the_order_of_ties():
    assert ranking(torch.tensor([0.0, 2.0, 0.0, 5.0, 0.0, 0.0, 1.0]))[:4] == ["indent", "bracket", "spelling", "colon"]


def test_the_words_differ_in_their_first_token(smollm2):
    model, tokenizer = smollm2
    assert len({tokenizer.encode(f" {word}")[0] for word, _ in EDITS.values()}) == len(EDITS)
    told = scores(model, tokenizer, ["print(1"] * 2, ["SyntaxError: '(' was never closed", "The program failed."])
    assert told.shape == (2, 7)
    assert (told < 0).all()
    assert (told[0] - told[1]).argmax() == list(EDITS).index("bracket")


@pytest.mark.parametrize(("wrong", "mended"), [("coutn", True), ("countries", False)])
def test_a_name_is_mended_where_three_quarters_of_its_letters_are_another_s(wrong, mended):
    """difflib's ratio: twice the letters that two names have in one order, over all of both: 8 / 10, and 10 / 14."""
    assert (correct_name(f"count = 1\nprint(count, {wrong})") == "count = 1\nprint(count, count)") == mended
