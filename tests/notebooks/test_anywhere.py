"""Other machines: that they are what they are called, and that what a lesson did on one is known until it changes."""

import json

import anywhere
import nbformat
import pytest
from lessons import ROOT
from nbformat.v4 import new_code_cell, new_notebook, new_output

MACHINES = anywhere.machines()


@pytest.mark.skipif("sse" not in MACHINES, reason="only an x86 processor can play an older one")
@pytest.mark.parametrize(("name", "says"), [("sse", "DEFAULT"), ("avx2", "AVX2")])
def test_torch_believes_that_the_processor_is_another(name, says):
    assert MACHINES[name].describe().startswith(f"{says}, ")


@pytest.fixture
def lesson(tmp_path_factory, monkeypatch):
    """A lesson inside of this tree, so that it is compared as the book's are."""
    monkeypatch.setattr(anywhere, "KEPT", tmp_path_factory.mktemp("kept"))
    (ROOT / "_build").mkdir(exist_ok=True)
    path = ROOT / "_build" / "test-anywhere.ipynb"

    def write(shown):
        cell = new_code_cell("6 * 7", id="c", execution_count=1)
        cell.outputs = [new_output("execute_result", {"text/plain": shown}, execution_count=1)]
        nbformat.write(new_notebook(cells=[cell], metadata=KERNEL), path)
        return path

    yield write
    path.unlink()


KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def test_a_record_stands_until_the_lesson_changes(lesson, monkeypatch, capsys):
    machine, path = MACHINES["native"], lesson("42")
    assert anywhere.outcome(path, machine)["failed"] == []
    with monkeypatch.context() as context:
        context.delattr(anywhere, "run")
        assert anywhere.outcome(path, machine)["passed"] == 1
    lesson("43")
    record = anywhere.outcome(path, machine)
    assert record["failed"] == ["Cell 0"]
    said = anywhere.table({machine: {path.stem: record}}).splitlines()
    assert said[1].split()[:3] == ["native", "0", "1"]
    assert said[2].split() == ["test-anywhere:", "Cell", "0"]
    assert "FAILED in Cell 0" in capsys.readouterr().out


def test_a_damaged_record_is_none(lesson):
    machine, path = MACHINES["native"], lesson("42")
    file = anywhere.KEPT / machine.name / f"{path.stem}.json"
    file.parent.mkdir()
    for text in ("", "{", "[]", json.dumps({"failed": []})):
        file.write_text(text)
        assert anywhere.outcome(path, machine)["passed"] == 1


def test_unknown_names_are_refused_with_those_that_there_are():
    with pytest.raises(SystemExit, match="no such machine: z80. This computer can play .*native"):
        anywhere.main(["--machines", "z80"])
    with pytest.raises(SystemExit, match="no such lesson: other-mind. The book has .*other-minds"):
        anywhere.main(["other-mind"])
