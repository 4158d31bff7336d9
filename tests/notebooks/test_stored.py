"""What a stored notebook must be, checked without running it. nbval alone passes a notebook that never ran."""

import importlib
import re

import pytest
from colab import CELL
from jielong.pretrained.converted import QUANTIZED, SOURCES
from jielong.pretrained.minilm import SOURCE as SENTENCES
from jielong.teaching.claims import CLAIM_MIME, gather
from lessons import WIDGET_VIEW, code_cells, lessons, read, tags, widget_models
from run import is_stale

LESSONS = lessons()
MOST_TOLERANCES, WIDEST = 15, 0.02
TIMED = {
    ("inside-the-box", "cost-in-time"),
    ("pictures-without-attention", "c28"),
    ("the-price-of-looking-back", "c08"),
    ("the-price-of-looking-back", "c21"),
}
EVERY = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@EVERY
def test_it_ran_from_top_to_bottom_without_an_error(path):
    notebook = read(path)
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run it: python tools/run.py"
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source


@EVERY
def test_its_outputs_come_from_the_code_in_this_tree(path):
    """Its cells, the library's code that they use, the words of its claims, and the weights that it loaded."""
    notebook = read(path)
    assert not is_stale(notebook), "what it runs on has changed: python tools/run.py"
    loaded = set(filter(None, notebook.metadata["jielong"]["run"].get("weights", "").split(", ")))
    assert loaded <= {SOURCES[QUANTIZED], SENTENCES}, "it was run with other weights than the book's"


@EVERY
def test_its_widgets_are_drawn_by_the_code_in_this_tree(path):
    notebook = read(path)
    models = widget_models(notebook)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if WIDGET_VIEW in output.get("data", {}):
                assert output.data[WIDGET_VIEW]["model_id"] in models
    for model in models.values():
        if "_anywidget_id" in model["state"]:
            module, _, name = model["state"]["_anywidget_id"].rpartition(".")
            widget = getattr(importlib.import_module(module), name)
            assert model["state"]["_esm"] == str(widget._esm), f"{name} has changed: python tools/run.py {path.name}"
            assert model["state"]["_css"] == str(widget._css), f"{name} has changed: python tools/run.py {path.name}"


@EVERY
def test_its_run_was_within_the_budget(path):
    card = read(path).metadata["jielong"]["run"]
    assert card["cpu_seconds"] < {"the-race": 240}.get(path.stem, 120)
    assert card["peak_mb"] < 4000


def test_all_runs_together_were_within_the_budget():
    assert sum(read(path).metadata["jielong"]["run"]["cpu_seconds"] for path in LESSONS) < 45 * 60


@EVERY
def test_its_first_cell_sets_it_up_on_colab(path):
    first = read(path).cells[0]
    assert {"remove-cell", "setup"} <= set(tags(first))
    assert first.source == CELL, "python tools/run.py --setup"


def test_tolerances_are_few_and_narrow_and_say_why():
    cells = [cell.metadata for path in LESSONS for cell in read(path).cells]
    stated = [metadata["tolerance"] for metadata in cells if "tolerance" in metadata]
    assert len(stated) < MOST_TOLERANCES
    for tolerance in stated:
        assert set(tolerance) in ({"absolute", "reason"}, {"relative", "reason"}), tolerance
        assert 0 < tolerance.get("absolute", tolerance.get("relative")) <= WIDEST, tolerance
        assert len(tolerance["reason"].split()) > 3, tolerance


def test_only_times_are_volatile_and_no_claim_is():
    """What is marked so is not compared; each such cell is looked at, and named here."""
    cells = [(path.stem, cell) for path in LESSONS for cell in code_cells(read(path))]
    assert {(lesson, cell.id) for lesson, cell in cells if "volatile" in cell.source} <= TIMED
    for lesson, cell in cells:
        for output in cell.outputs:
            assert not output.get("data", {}).get(CLAIM_MIME, {}).get("volatile"), (lesson, cell.id)
            marked = output.get("metadata", {}).get("jielong", {}).get("volatile")
            assert not marked or (lesson, cell.id) in TIMED, (lesson, cell.id)


def test_no_claim_has_a_tolerance_of_its_own():
    for path in LESSONS:
        for cell in code_cells(read(path)):
            claims = [output for output in cell.outputs if CLAIM_MIME in output.get("data", {})]
            assert not (claims and "tolerance" in cell.metadata), (path.stem, cell.id)


@EVERY
def test_its_cells_are_short(path):
    for cell in read(path).cells[1:]:
        if cell.cell_type == "code":
            lines = [line for line in cell.source.splitlines() if line.strip()]
            assert len(lines) <= 14, f"cell {cell.id} has {len(lines)} lines"
            folded = {"hide-input", "hide-cell"} & set(tags(cell))
            longest = max(map(len, lines), default=0)
            assert folded or longest <= 96, f"cell {cell.id}: a line of {longest} letters does not fit on the page"
        elif "## References" not in cell.source:
            words = cell.source.split()
            assert len(words) < 90, f"cell {cell.id} ({' '.join(words[:6])} …) has {len(words)} words"


@EVERY
def test_code_with_words_in_both_languages_is_folded_away(path):
    for cell in code_cells(read(path)):
        folded = {"hide-input", "hide-cell", "remove-cell"} & set(tags(cell))
        assert folded or not re.search(r"[\u4e00-\u9fff]", cell.source), f"run it: python tools/run.py\n{cell.source}"


@EVERY
def test_it_makes_claims_and_closes_with_their_summary(path):
    cells = list(code_cells(read(path)))
    recorded = [o.data[CLAIM_MIME]["id"] for c in cells for o in c.outputs if CLAIM_MIME in o.get("data", {})]
    assert recorded, "no claim"
    assert "summary()" in cells[-1].source


def test_every_claim_has_an_id_of_its_own():
    ids = [claim["id"] for claim in gather(LESSONS)]
    assert sorted(ids) == sorted(set(ids))
