"""What a change reaches: the tests beside it, the lessons that use it, the pages with its words."""

import check
import nbformat
import pytest
from lessons import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


@pytest.mark.parametrize(
    ("files", "tests"),
    [
        (["lib/jielong/mixers/delta.py"], ["tests/mixers/test_delta.py"]),
        (["lib/jielong/mixers/__init__.py"], ["tests/mixers"]),
        (["lib/jielong/mixers/__init__.py", "lib/jielong/mixers/delta.py"], ["tests/mixers"]),
        (["lib/jielong/teaching/claims.toml"], ["tests/teaching/test_claims.py"]),
        (["lib/jielong/teaching/figures/js/die.js"], ["tests/teaching/figures"]),
        (["tools/run.py", "site/build.py"], ["tests/notebooks/test_run.py"]),  # the site's are run on the drawn pages
        (["tests/mixers/grid.py"], ["tests/mixers"]),
        (["tests/mixers/test_delta.py"], ["tests/mixers/test_delta.py"]),
        (["README.md", "Makefile"], ["tests/test_make.py", "tests/test_readme.py"]),
        (["book/ledger.md"], []),
    ],
)
def test_tests_lie_where_the_files_do(files, tests):
    assert check.tests_of(files) == tests


def test_pages_are_drawn_for_their_words_and_all_of_them_for_the_site():
    files = ["index.md", "locale/zh_TW/LC_MESSAGES/book/ledger.po", "lib/jielong/model.py", "README.md"]
    assert check.pages_of(files) == ["book/ledger", "index"]
    first = next(check.page_commands(files))
    assert first == ["site/build.py", "--pages", "book/ledger", "index"]
    assert next(check.page_commands(["site/assets/book.css"])) == ["site/build.py", "--strict"]
    assert list(check.page_commands(["lib/jielong/model.py"])) == []


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Two lessons, one of which uses mixers/delta.py; a third file is in git as it was."""
    made = {}
    for name, code, seconds in (("long", "from jielong.mixers import delta\ndelta", 200), ("short", "1 + 1", 10)):
        made[name] = tmp_path / f"{name}.ipynb"
        cells = [new_markdown_cell("A sentence.", id="text"), new_code_cell(code, id="code")]
        nbformat.write(new_notebook(cells=cells, metadata={"jielong": {"run": {"seconds": seconds}}}), made[name])
    before = made["short"].read_text(encoding="utf-8")
    monkeypatch.setattr(check, "ROOT", tmp_path)
    monkeypatch.setattr(check, "lessons", lambda: list(made.values()))
    monkeypatch.setattr(check, "_git", lambda *_: before)
    return made


def test_a_sentence_runs_nothing_and_code_or_an_output_runs_the_lesson(book):
    notebook = check.read(book["short"])
    notebook.cells[0].source = "A better sentence."
    nbformat.write(notebook, book["short"])
    assert check.lessons_of(["short.ipynb"], "HEAD") == []
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="3")]
    nbformat.write(notebook, book["short"])
    assert check.lessons_of(["short.ipynb"], "HEAD") == [book["short"]]


def test_a_file_of_the_library_runs_the_lessons_that_use_it(book, monkeypatch):
    monkeypatch.setattr(check, "ROOT", ROOT)
    assert check.lessons_of(["lib/jielong/mixers/delta.py"], "HEAD") == [book["long"]]
    assert check.lessons_of(["lib/jielong/programs/race.py"], "HEAD") == []
    assert check.lessons_of(["lib/jielong/lessons/short/claims.toml"], "HEAD") == [book["short"]]


def test_the_shortest_lessons_run_as_far_as_the_time_goes(book, monkeypatch):
    order = [book["short"], book["long"]]
    monkeypatch.setattr(check, "JOBS", 1)
    assert check.affordable(order) == order
    monkeypatch.setattr(check, "SECONDS", 205)
    assert check.affordable(order) == [book["short"]]
    assert check.affordable(order[1:]) == [book["long"]]
