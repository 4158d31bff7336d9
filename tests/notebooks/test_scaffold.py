"""A lesson that was just begun is green: in a copy of the repository, by the tests that every lesson must pass."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import scaffold
from lessons import ROOT, read

COPIED = "benchmarks book docs lib locale site tests tools _config.yml _toc.yml conftest.py index.md make.py".split()
COPIED += ["pyproject.toml", "README.md"]
TEXT = {".ipynb", ".po", ".py", ".toml"}
LEFT = shutil.ignore_patterns("__pycache__", "*.mo", ".*")
LESSON = "book/architectures/dice-for-all"
TESTS = "test_architecture.py test_pairs.py lessons/dice_for_all teaching/exercises notebooks/test_stored.py".split()
TESTS += "notebooks/test_claim_sources.py notebooks/test_lectures.py".split()


def ran(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "PYTHONPATH": str(copy / "lib"), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=copy, env=surroundings, capture_output=True, encoding="utf-8", timeout=300
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """This repository, with one lesson more."""
    folder = tmp_path_factory.mktemp("begun") / "book"
    folder.mkdir()
    for source in (ROOT / name for name in COPIED):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=LEFT)
        else:
            shutil.copy(source, folder)
    result = ran(folder, "tools/scaffold.py", "dice-for-all", "architectures")
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def test_it_passes_what_every_lesson_must(copy):
    paths = [f"tests/{name}" for name in TESTS]
    chosen = "dice-for-all or dice_for_all or test_architecture"
    result = ran(copy, "-m", "pytest", "-p", "no:cacheprovider", *paths, "-k", chosen)
    assert result.returncode == 0, result.stdout[-3000:]
    assert int(re.findall(r"(\d+) passed", result.stdout)[0]) > 25


def test_two_lessons_tests_may_have_one_name(copy):
    same = [f"tests/lessons/{room}/test_same.py" for room in ("dice_for_all", "goal_look_act")]
    for name in same:
        (copy / name).write_text(f'def test_it():\n    assert __file__.endswith("{name}")\n')
    result = ran(copy, "-m", "pytest", "-p", "no:cacheprovider", *same)
    assert "2 passed" in result.stdout, result.stdout[-3000:]


def test_its_chinese_is_complete_and_confirmed(copy):
    said = ran(copy, "site/translate.py", "--check").stdout
    assert [line for line in said.splitlines() if line.startswith(LESSON)] == []
    assert (copy / f"locale/zh_TW/LC_MESSAGES/{LESSON}.po").read_text(encoding="utf-8").count("made from") > 10


def test_its_style_is_the_house_s(copy):
    rooms = [str(path) for path in copy.glob("*/**/dice_for_all")]
    assert len(rooms) == 2
    assert ran(copy, "-m", "ruff", "check", "--no-cache", *rooms).stdout.strip() == "All checks passed!"
    assert ran(copy, "-m", "ruff", "format", "--no-cache", "--check", *rooms).returncode == 0


def test_it_is_the_last_of_its_lecture_and_says_which_that_is(copy):
    contents = (copy / "_toc.yml").read_text(encoding="utf-8").splitlines()
    assert contents[contents.index(f"      - file: {LESSON}") + 1].startswith("  - caption")
    opening = read(copy / f"{LESSON}.ipynb").cells[1].source
    assert opening.startswith("# Dice for all\n")
    assert "lecture 4" in opening
    words = tomllib.loads((copy / "lib/jielong/lessons/dice_for_all/claims.toml").read_text(encoding="utf-8"))
    assert list(words) == ["4.1 dice-for-all"]


def test_nothing_of_the_template_s_name_is_left(copy):
    begun = [path for path in copy.rglob("*dice*for*all*") if path.is_file()]
    begun += [path for path in copy.glob("*/**/dice_for_all/*") if path.is_file()]
    texts = {path.name: path.read_text(encoding="utf-8") for path in begun if path.suffix in TEXT}
    assert len(texts) > 6
    assert [name for name, text in texts.items() if re.search("a.new.lesson", text, flags=re.IGNORECASE)] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "lower-case words joined by hyphens, such as a-new-lesson; got ''"),
        (["Dice", "agents"], "lower-case words joined by hyphens, such as a-new-lesson; got 'Dice'"),
        (["two--dice", "agents"], "lower-case words joined by hyphens, such as a-new-lesson; got 'two--dice'"),
        (["lambda", "agents"], "lower-case words joined by hyphens, such as a-new-lesson; got 'lambda'"),
        (["two-dice", "agent"], "one of generative-ai, agents, interpretability, architectures; got 'agent'"),
        (["goal-look-act", "agents"], "a lesson 'goal-look-act' already: book/agents/goal-look-act.ipynb"),
        (["goal-look-act", "architectures"], "a lesson 'goal-look-act' already: "),
    ],
)
def test_what_can_be_no_lesson_is_refused_in_one_sentence(arguments, says):
    with pytest.raises(SystemExit) as end:
        scaffold.main(arguments)
    assert says in str(end.value)
    assert str(end.value).count("\n") == 0
