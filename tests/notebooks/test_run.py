"""The runner: the same file from the same code, an untouched file from a failing cell, a card measured from outside."""

import json
from types import SimpleNamespace

import nbformat
import psutil
import pytest
import run
from execution import used
from lessons import read, write
from nbformat.v4 import new_code_cell, new_notebook
from normal import normalise

WIDGETS = """
import ipywidgets
box = ipywidgets.VBox([ipywidgets.IntSlider(3), ipywidgets.FloatText(0.5)])
lost = ipywidgets.IntText(7)
display(box)
print(object())
"""
BUSY = """
import time
block = bytearray(300_000_000)
start = time.process_time()
while time.process_time() - start < 2:
    pass
len(block)
"""


@pytest.fixture
def lesson(tmp_path):
    def make(*sources):
        path = tmp_path / "lesson.ipynb"
        cells = [new_code_cell(source.strip(), id=f"c{i}") for i, source in enumerate(sources)]
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return make


def without_card(path):
    notebook = read(path)
    notebook.metadata["jielong"].pop("run")
    return nbformat.writes(notebook)


def test_two_runs_give_the_same_file(lesson):
    path = lesson(WIDGETS)
    assert run.run(path)
    first = without_card(path)
    assert run.run(path)
    assert without_card(path) == first
    assert "<object object at 0x…>" in first
    state = read(path).metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert list(state) == [f"{n:032x}" for n in range(len(state))]
    assert 7 not in [model["state"].get("value") for model in state.values()]  # a widget that is not shown


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys\nprint('careful', file=sys.stderr)", "careful"),
        ("import warnings\nwarnings.warn('old')", "UserWarning: old"),
    ],
)
def test_a_failing_cell_leaves_the_notebook_as_it_was(lesson, source, words, capsys):
    path = lesson("1 + 1", source)
    before = path.read_bytes()
    assert not run.run(path)
    assert path.read_bytes() == before
    assert words in capsys.readouterr().err


def test_the_card_is_measured_from_outside(lesson):
    path = lesson(BUSY)
    assert run.run(path)
    card = read(path).metadata["jielong"]["run"]
    assert 2 <= card["cpu_seconds"] <= 12
    assert card["seconds"] >= 2
    assert 300 <= card["peak_mb"] <= 700
    assert "weights" not in card


class Process:
    """What the meter asks of a process: its command, memory in bytes, seconds, and what it has started."""

    def __init__(self, command, rss, seconds, children=(), ended=False):
        self.command, self.started, self.ended = command, children, ended
        self.memory_info, self.cpu_times = lambda: SimpleNamespace(rss=rss), lambda: (seconds, 0, 0, 0, 0)

    def cmdline(self):
        if self.ended:
            raise psutil.NoSuchProcess(1)
        return [self.command]

    def children(self, recursive):
        return self.started


def test_the_meter_counts_children_once_and_goes_on_when_one_has_ended():
    tool, forked = Process("tool", 30, 2), Process("kernel", 100, 0)
    ended = Process("tool", 30, 0, ended=True)
    assert used(Process("kernel", 100, 5, [ended, forked, tool])) == (130, 7)
    with pytest.raises(psutil.NoSuchProcess):
        used(Process("kernel", 100, 5, ended=True))


def test_what_ran_is_not_stale_until_its_code_changes(lesson, capsys):
    path = lesson("print(6 * 7)")
    assert run.is_stale(read(path))
    assert run.main([str(path)]) == 0
    notebook = read(path)
    assert not run.is_stale(notebook)
    assert notebook.cells[0].outputs[0].text == "42\n"
    notebook.cells[0].source = "print(6 * 8)"
    assert run.is_stale(notebook)
    assert "1 of 1 notebooks ran" in capsys.readouterr().out


def test_what_changes_while_it_runs_makes_it_stale(lesson, monkeypatch):
    path, hashes = lesson("1 + 1"), iter(["begun with", "changed meanwhile"])
    monkeypatch.setattr(run, "fingerprint", lambda notebook: next(hashes))
    assert run.run(path)
    assert run.is_stale(read(path))


def test_the_set_up_cell_is_put_in_front_once(lesson):
    path = lesson("1 + 1")
    assert run.main(["--setup", str(path)]) == 0
    first = path.read_bytes()
    assert run.main(["--setup", str(path)]) == 0
    assert path.read_bytes() == first
    cells = read(path).cells
    assert [cell.id for cell in cells] == ["setup", "c0"]
    assert "google.colab" in cells[0].source


def test_a_file_is_replaced_whole_or_not_at_all(lesson):
    path = lesson("1 + 1")
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write(path, new_notebook(cells=[new_code_cell("x", metadata={"bad": object()})]))
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_next_run_sweeps_what_a_killed_one_left_unfinished(lesson):
    path = lesson("1 + 1")
    (path.parent / ".partial-killed").mkdir()
    (path.parent / ".partial-killed" / path.name).write_text("half a notebook")
    assert run.main(["--list", str(path)]) == 0
    assert list(path.parent.iterdir()) == [path]


def test_lists_of_numbers_take_one_line_and_words_stay_as_they_are(tmp_path):
    path, words = tmp_path / "lesson.ipynb", "print('[ 1, 2 ]', [\n  1,\n  2\n])"
    write(path, new_notebook(cells=[new_code_cell(words, id="c")], metadata={"data": [[1, -2.5e-3], [], ["3"]]}))
    assert "[1, -0.0025]" in path.read_text(encoding="utf-8")
    assert read(path).cells[0].source == words
    assert read(path).metadata["data"] == [[1, -2.5e-3], [], ["3"]]


def test_normal_form_drops_timings_and_empty_settings():
    cell = new_code_cell("1", metadata={"execution": {"iopub.execute_input": "2026"}, "tags": ["hide-cell"]})
    result = normalise(
        new_notebook(cells=[cell], metadata={"language_info": {"name": "python", "version": "3.11.7"}, "widgets": {}})
    )
    assert json.loads(nbformat.writes(result))["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert result.cells[0].metadata == {"tags": ["hide-cell"]}
