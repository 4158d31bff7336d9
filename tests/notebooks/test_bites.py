"""The checks bite: change one thing in a copy of the book, and the check that is meant for it fails.

The copy has one small lesson with a printed number, a figure, a widget and a claim, each in its own cell. It is run
once by the runner; then what it stores, or what it runs on, is changed, and the real checks judge it.
"""

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import polib
import pytest
from lessons import ROOT, read, widget_models, write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CELLS = {
    "count": """
from jielong.teaching.claims import claim, summary
from jielong.counting import LLAMA_2_7B, parameter_counts
from jielong.teaching.figures import Explorer, show, subplots
millions = sum(parameter_counts(LLAMA_2_7B).values()) / 1e6
print(f"{millions:.1f} million parameters")
""",
    "figure": """
fig, ax = subplots()
ax.plot([0, 4], [0, 1])
ax.set_xticks([0, 4])
show(fig, alt=("A line that rises to 1.", "一條升到 1 的線。"))
""",
    "curve": """
fig, ax = subplots()
ax.plot([0, 1, 2], [0.1, 0.5, 0.9])
show(fig, alt=("A curve.", "一條曲線。"))
""",
    "widget": """
controls = [{"name": "beta", "label": ("beta", "beta"), "values": [0, 1]}]
frames = {value: {"bars": {"labels": ["a", "b"], "values": [0.25, 0.75]}} for value in (0, 1)}
Explorer(controls, frames, alt=("Two bars.", "兩根長條。"))
""",
    "claim": """
right, control = 0.8, 0.1
claim("1.3 tail", measured=right, control=control,
      holds=lambda gap=0.5: right > control + gap)
""",
    "bar": """
claim("1.3 repetition", measured=right, control=control,
      holds=lambda gap=0.5: right > control + gap)
""",
    "summary": "summary()",
}


# name of the spoilt copy -> (what is done to its cells, by id and in order; the check that fails)
RAN = "test_it_ran_from_top_to_bottom_without_an_error"
OF_ALL = ("test_only_times_are_volatile_and_no_claim_is", "test_no_claim_has_a_tolerance_of_its_own")
SPOILT = {
    "never-run": (lambda cells, _: cells["count"].update(execution_count=None), RAN),
    "out-of-order": (lambda cells, order: order.insert(2, order.pop(3)), RAN),
    "stderr": (
        lambda cells, _: cells["count"].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="careful")),
        RAN,
    ),
    "a-claim-that-is-not-compared": (
        lambda cells, _: cells["claim"].outputs[0].data["application/vnd.jielong.claim+json"].update(volatile=True),
        "test_only_times_are_volatile_and_no_claim_is",
    ),
    "a-claim-with-a-tolerance": (
        lambda cells, _: cells["bar"].metadata.update(
            tolerance={"relative": 0.02, "reason": "it differs a little here"}
        ),
        "test_no_claim_has_a_tolerance_of_its_own",
    ),
    "no-set-up": (lambda cells, _: cells["setup"].update(source=""), "test_its_first_cell_sets_it_up_on_colab"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the library, the tools and the checks, with one lesson that has been run."""
    root = tmp_path_factory.mktemp("book")
    skip = shutil.ignore_patterns("__pycache__", "exercises.py")
    shutil.copytree(ROOT / "lib" / "jielong", root / "lib" / "jielong", ignore=skip)
    shutil.copytree(ROOT / "tools", root / "tools", ignore=skip)
    (root / "tests" / "notebooks").mkdir(parents=True)
    for name in ("conftest.py", "pyproject.toml", "_config.yml", "tests/notebooks/test_stored.py"):
        shutil.copy(ROOT / name, root / name)
    lesson = root / "book" / "lesson.ipynb"
    lesson.parent.mkdir()
    cells = [new_markdown_cell("# Lesson", id="title")]
    cells += [new_code_cell(source.strip(), id=name) for name, source in CELLS.items()]
    nbformat.write(new_notebook(cells=cells), lesson)
    for options in (["--setup"], []):
        subprocess.run([sys.executable, "tools/run.py", *options, lesson], cwd=root, capture_output=True, check=True)
    return root


@pytest.fixture
def book(copy, tmp_path):
    """That copy, to be spoilt by one test."""
    shutil.copytree(copy, tmp_path / "book")
    return tmp_path / "book"


def failures(root: Path) -> dict[str, str]:
    """What fails in `root`, and how: cells by their ids (nbval), other checks by "name[notebook]"."""
    report = root / "report.xml"
    checks = ["--nbval", "--nbval-current-env", "book/lesson.ipynb", "tests/notebooks/test_stored.py"]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", *checks]
    subprocess.run(command, cwd=root, capture_output=True, check=False)
    cells = {f"Cell {number}": name for number, name in enumerate(["setup", *CELLS])}
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        for failed in (*case.iter("failure"), *case.iter("error")):
            name = case.attrib["name"]
            found[cells.get(name, name)] = failed.text or ""
    return found


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_what_nobody_touched_passes(copy):
    assert failures(copy) == {}


def test_changes_in_what_is_stored(book):
    """A number, an axis, a point of a curve (by 8 %), a widget's data, a measured number, the words of a claim's bar,
    and a number of the summary."""
    lesson = book / "book" / "lesson.ipynb"
    replace(lesson, "6738.4 million", "6837.4 million")
    replace(lesson, ">4</text>", ">5</text>")
    notebook = read(lesson)
    for model in widget_models(notebook).values():
        model["state"] = json.loads(json.dumps(model["state"]).replace("[0.25, 0.75]", "[0.25, 0.85]"))
    cells = {cell.id: cell for cell in notebook.cells}
    (line,) = cells["curve"].outputs[0].data["application/vnd.jielong.figure+json"]["axes"][0]["lines"]
    line["y"][1] = 0.54
    cells["claim"].outputs[0].data["application/vnd.jielong.claim+json"]["measured"] = 0.9
    card = cells["bar"].outputs[0].data
    card["text/html"] = card["text/html"].replace("more", "less")
    table = cells["summary"].outputs[0].data
    table["text/html"] = table["text/html"].replace("0.10", "0.42")
    write(lesson, notebook)
    found = failures(book)
    assert found.keys() == {"count", "figure", "curve", "widget", "claim", "bar", "summary"}
    assert "stored 6837.4, now 6738.4" in found["count"]
    assert "stored 5, now 4" in found["figure"]
    assert "figure.axes[0].lines[0].y[1]: stored 0.54, now 0.5" in found["curve"]
    assert "stored 0.85, now 0.75" in found["widget"]
    assert "claim.measured: stored 0.900000, now 0.800000" in found["claim"]
    assert "stored 0.42, now 0.10" in found["summary"]
    assert "less than 0.5" in found["bar"]


def test_changes_in_what_it_runs_on(book):
    """A constant of the library, one claim's bar raised and another's lowered, and a widget's code."""
    replace(book / "lib/jielong/counting.py", "hidden=11_008", "hidden=10_008")
    replace(book / "lib/jielong/teaching/figures/js/explorer.js", "export default", "/* changed */ export default")
    notebook = read(book / "book" / "lesson.ipynb")
    cells = {cell.id: cell for cell in notebook.cells}
    cells["bar"].source = cells["bar"].source.replace("gap=0.5", "gap=0.9")
    cells["claim"].source = cells["claim"].source.replace("gap=0.5", "gap=0.05")
    write(book / "book" / "lesson.ipynb", notebook)
    found = failures(book)
    stale = "test_its_outputs_come_from_the_code_in_this_tree[lesson]"
    drawn = "test_its_widgets_are_drawn_by_the_code_in_this_tree[lesson]"
    assert found.keys() == {"count", "widget", "claim", "bar", "summary", stale, drawn}
    assert "stored 6738.4" in found["count"]
    assert "ClaimFailed" in found["bar"]
    assert "0.80" in found["bar"]
    assert "its stored code is not the code in this tree" in found["widget"]
    assert "claim.limits.gap: stored 0.5" in found["claim"]
    assert "what it runs on has changed" in found[stale]
    assert "Explorer has changed" in found[drawn]


def test_changes_that_need_no_kernel(book):
    lesson = book / "book" / "lesson.ipynb"
    for name, (spoil, _) in SPOILT.items():
        notebook = read(lesson)
        spoil({cell.id: cell for cell in notebook.cells}, notebook.cells)
        write(lesson.with_stem(name), notebook)
    found = failures(book)
    expected = {check if check in OF_ALL else f"{check}[{name}]" for name, (_, check) in SPOILT.items()}
    expected |= {"test_every_claim_has_an_id_of_its_own"}  # the copies repeat the lesson's claims
    assert found.keys() == expected | {"test_its_outputs_come_from_the_code_in_this_tree[out-of-order]"}


def small_book(root: Path, pages: list[str]) -> None:
    """A book of a few pages of one heading and one sentence, with this book's site code."""
    for name in ("site", "lib"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "locale" / "zh_TW").mkdir(parents=True)
    for name in ("locale/terms.toml", "locale/zh_TW/terms.toml"):
        shutil.copy(ROOT / name, root / name)
    shutil.copy(ROOT / "_config.yml", root)
    (root / "README.md").write_text("# of it\n\nA sentence about it.\n", encoding="utf-8")
    for page in pages:
        (root / f"{page}.md").write_text(f"# {page}\n\nA sentence on the page {page}.\n", encoding="utf-8")
    contents = f"format: jb-book\nroot: {pages[0]}\nparts:\n- caption: Part\n  chapters:\n"
    contents += "".join(f"  - file: {page}\n" for page in pages[1:])
    (root / "_toc.yml").write_text(contents, encoding="utf-8")


def translate(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "site/translate.py", *options]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_changes_in_a_translation(tmp_path):
    """A missing one, one that nobody has looked at again, English that went on without it or took it along, English."""
    small_book(tmp_path, ["index", "missing", "fuzzy", "edited", "along", "english"])
    catalogues = tmp_path / "locale" / "zh_TW" / "LC_MESSAGES"
    translate(tmp_path)
    for path in catalogues.rglob("*.po"):
        catalogue = polib.pofile(str(path), wrapwidth=0)
        for entry in catalogue:
            entry.msgstr = "譯文"
        catalogue.save()
    translate(tmp_path)
    complete = translate(tmp_path, "--check")
    assert complete.returncode == 0, complete.stdout
    replace(catalogues / "missing.po", 'msgid "missing"\nmsgstr "譯文"', 'msgid "missing"\nmsgstr ""')
    replace(catalogues / "fuzzy.po", 'msgid "fuzzy"', '#, fuzzy\nmsgid "fuzzy"')
    replace(tmp_path / "edited.md", "A sentence", "Another sentence")
    for path in (tmp_path / "along.md", catalogues / "along.po"):
        replace(path, "A sentence", "No sentence")
    replace(catalogues / "english.po", 'page english."\nmsgstr "譯文"', 'page english."\nmsgstr "A sentence."')
    spoilt = translate(tmp_path, "--check")
    assert spoilt.returncode == 1
    assert spoilt.stdout.splitlines() == [
        "along.po: not confirmed: No sentence on the page along.",
        "edited.po: missing: Another sentence on the page edited.",
        "edited.po: stale: A sentence on the page edited.",
        "english.po: language: no Chinese in it: A sentence on the page english.",
        "fuzzy.po: fuzzy: fuzzy",
        "missing.po: missing: missing",
    ]
