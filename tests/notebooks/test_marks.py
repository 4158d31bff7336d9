"""A class's notebooks are read, not run: the last verdict counts, a broken file is named, both languages are known."""

from __future__ import annotations

import marks
import nbformat
import pytest
from bookpages.languages import EDITIONS
from finished import ROOT, write
from jielong.teaching import exercises
from lessons import code_cells, read, tags
from nbformat.v4 import new_code_cell, new_notebook, new_output

LESSON = ROOT / "book/generative-ai/rolling-the-die.ipynb"


def handed_in(**answers: str | None) -> nbformat.NotebookNode:
    """A notebook with what each exercise's cell shows: a verdict, or nothing."""
    cells = []
    for name, verdict in answers.items():
        shown = [new_output("display_data", {"text/html": f'<div class="exercise-answer exercise-{verdict}">…</div>'})]
        cells.append(new_code_cell(f'exercises.check("dice/{name}", answer)', outputs=shown if verdict else []))
    return new_notebook(cells=[new_code_cell("raise SystemExit('this must not run')"), *cells])


def test_a_table_says_who_solved_what(tmp_path, capsys):
    nbformat.write(handed_in(one="right", two="right"), tmp_path / "Ada.ipynb")
    nbformat.write(handed_in(one="hint", two=None), tmp_path / "Grace.ipynb")
    assert marks.main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [" 1  dice/one", " 2  dice/two"]
    assert [line.split() for line in lines[-2:]] == [
        ["Ada", "✓", "✓", "2", "of", "2"],
        ["Grace", "→", "·", "0", "of", "2"],
    ]


def test_a_later_cell_that_was_not_run_and_copies_change_nothing(tmp_path, capsys):
    notebook = handed_in(one="right")
    notebook.cells.append(new_code_cell('# exercises.check("dice/one", x)'))
    nbformat.write(notebook, tmp_path / "王小明.ipynb")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    nbformat.write(notebook, tmp_path / ".ipynb_checkpoints/王小明-checkpoint.ipynb")
    (tmp_path / "a folder.ipynb").mkdir()
    assert marks.main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "王小明   ✓  1 of 1" and "a folder.ipynb is no notebook" in said.err
    assert "checkpoint" not in said.out


def test_what_is_no_notebook_is_named_and_the_others_are_read(tmp_path, capsys):
    nbformat.write(handed_in(one="right"), tmp_path / "Ada.ipynb")
    (tmp_path / "torn.ipynb").write_text('{"cells": [')
    assert marks.main([str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert "torn.ipynb is no notebook" in said.err and "Ada" in said.out
    with pytest.raises(SystemExit, match="has no notebook that can be read"):
        marks.main([str(tmp_path / "nobody")])


@pytest.mark.parametrize("edition", EDITIONS.values(), ids=list(EDITIONS))
def test_a_lesson_to_hand_out_has_every_exercise_and_no_solution(tmp_path, edition):
    write(edition, tmp_path, [LESSON], solutions=False)
    notebook = read(tmp_path / "book/generative-ai/rolling-the-die.ipynb")
    wanted = {task.name for task in exercises.all_exercises() if task.name.startswith("rolling-the-die/")}
    assert set(marks.verdicts(notebook)) == wanted and len(wanted) > 2
    assert set(marks.verdicts(notebook).values()) == {"todo"}
    assert not any("solution" in tags(cell) or "exercises.solution(" in cell.source for cell in code_cells(notebook))
    assert any("solution" in tags(cell) for cell in code_cells(read(LESSON)))
