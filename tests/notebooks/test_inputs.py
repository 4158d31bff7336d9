"""What makes a notebook stale: its code, and the library code that it uses, and nothing else."""

import nbformat
import pytest
from inputs import code_of, files_used, fingerprint
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

LIBRARY = {
    "__init__.py": "",
    "model.py": """from jielong import mixers
from .tokens import SIZE

def run():
    import jielong.late
    return SIZE, mixers, jielong.late
""",
    "tokens.py": "SIZE = 3",
    "late.py": "",
    "unused.py": "",
    "mixers/__init__.py": "from .attention import Attention\n\nDEFAULT = Attention",
    "mixers/table.txt": "",
    "mixers/attention.py": "import torch\n\nclass Attention: ...",
    "teaching/figures/__init__.py": """from jielong.teaching.figures.svg import show
from jielong.teaching.figures.die import Die

__all__ = ["Die", "show"]
""",
    "teaching/figures/svg.py": "import matplotlib\n\ndef show(): ...",
    "teaching/figures/die.py": "class Die:\n    _js = 'die.js'",
    "teaching/figures/js/die.js": "draw()",
    "teaching/figures/js/other.js": "",
    "teaching/claims.py": "ROWS = 'claims.toml'\n\ndef claim(id): ...",
    "teaching/claims.toml": '["1.3"]\nen = "a die"\n\n["1.4"]\nen = "depth"\n',
    "lessons/rolling/claims.toml": '["1.3 tail"]\nwhat.en = "right"\n\n["1.3 flat"]\nwhat.en = "flat"\n',
    "teaching/exercises.py": "def check(): ...",
    "lessons/rolling_the_die/exercises.py": "from jielong.teaching.exercises import check\n\ncheck",
}


@pytest.fixture
def library(tmp_path):
    for name, source in LIBRARY.items():
        path = tmp_path / "jielong" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return tmp_path


def notebook(*sources):
    return new_notebook(cells=[new_code_cell(source, id=f"c{i}") for i, source in enumerate(sources)])


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("import torch", []),
        (
            "from jielong.teaching.figures import show\nshow()",
            ["teaching/figures/__init__.py", "teaching/figures/svg.py"],
        ),
        (
            "from jielong.teaching.figures import Die",
            [f"teaching/figures/{name}" for name in ("__init__.py", "die.py", "js/die.js")],
        ),
        ("import jielong.teaching.figures.svg", ["teaching/figures/svg.py"]),
        (
            "from jielong.model import run",
            ["late.py", "mixers/__init__.py", "mixers/attention.py", "model.py", "tokens.py"],
        ),
        ("from jielong.teaching import claims", ["teaching/claims.py"]),
        (
            'from jielong.teaching import exercises\nexercises.check("rolling-the-die/entropy", ...)',
            ["lessons/rolling_the_die/exercises.py", "teaching/exercises.py"],
        ),
        ("%matplotlib inline\n!ls\nfrom jielong import tokens", ["tokens.py"]),
        ('run([sys.executable, "-m", "jielong.late"])', ["late.py"]),
        (
            'files("jielong.mixers").joinpath("table.txt")',
            ["mixers/__init__.py", "mixers/attention.py", "mixers/table.txt"],
        ),
    ],
)
def test_files_used(library, code, files):
    assert [path.relative_to(library / "jielong").as_posix() for path in files_used(notebook(code), library)] == files


def edit(library, name, old, new):
    path = library / "jielong" / name
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(old, new) if old else before + new, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "stale"),
    [("tokens.py", True), ("mixers/attention.py", True), ("unused.py", False), ("teaching/figures/js/die.js", False)],
)
def test_only_library_code_that_is_used_makes_a_notebook_stale(library, name, stale):
    lesson = notebook("from jielong.model import run")
    before = fingerprint(lesson, library)
    edit(library, name, "", "\nchanged = True\n")
    assert (fingerprint(lesson, library) != before) is stale


def test_code_makes_a_notebook_stale_and_text_outputs_and_the_set_up_cell_do_not(library):
    lesson = notebook("1 + 1", "2 + 2")
    before = fingerprint(lesson, library)
    lesson.cells[0].outputs = [nbformat.v4.new_output("stream", text="2")]
    lesson.cells.insert(0, new_markdown_cell("# Title"))
    lesson.cells.insert(0, new_code_cell("import sys", metadata={"tags": ["setup"]}))
    assert fingerprint(lesson, library) == before
    lesson.cells[2].source = "1 + 2"
    assert fingerprint(lesson, library) != before


@pytest.mark.parametrize(
    ("name", "old", "new", "stale"),
    [
        ("teaching/claims.toml", "a die", "two dice", True),
        ("teaching/claims.toml", "depth", "width", False),
        ("teaching/claims.toml", '["1.4"]', '["1.5"]\nen = "new"\n\n["1.4"]', False),
        ("lessons/rolling/claims.toml", "right", "wrong", True),
        ("lessons/rolling/claims.toml", "flat", "round", False),
    ],
)
def test_of_the_words_those_of_its_own_claims_make_a_notebook_stale(library, name, old, new, stale):
    lesson = notebook("from jielong.teaching.claims import claim", "claim('1.3 tail')")
    before = fingerprint(lesson, library)
    edit(library, name, old, new)
    assert (fingerprint(lesson, library) != before) is stale


def test_docstrings_count_in_the_rooms_of_lessons_where_a_model_may_read_them(library):
    lesson = notebook("import jielong.lessons.rolling.tools", "import jielong.late")
    edit(library, "late.py", "", '"""Late."""')
    (library / "jielong/lessons/rolling/tools.py").write_text(
        'def look():\n    """Looks."""  # why\n', encoding="utf-8"
    )
    before = fingerprint(lesson, library)
    edit(library, "late.py", "Late", "Later")
    edit(library, "lessons/rolling/tools.py", "# why", "# how")
    assert fingerprint(lesson, library) == before
    edit(library, "lessons/rolling/tools.py", "Looks", "Looks around")
    assert fingerprint(lesson, library) != before


def test_of_python_only_code_counts():
    code = 'def twice(x):\n    return 2 * x\nSIZE = "# 3"'
    said = code.replace("(x):", '(x):  # why\n    """Two times.\n\n    And more."""\n') + '\n"""A size."""\n'
    assert code_of(said) == code
    assert code_of(said.replace("2 * x", "3 * x")) != code
