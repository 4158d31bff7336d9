"""The script behind make: its names, its Python, and an environment that is whole or made again."""

import ast
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import make

SOURCE = make.ROOT / "make.py"


def test_the_makefile_knows_the_same_names():
    names = re.search(r"^NAMES := (.+)$", (make.ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert names[1].split() == list(make.TASKS)


def test_style_before_a_commit_is_that_of_the_tests():
    hooks = (make.ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    pinned = re.findall(r"^((?:ruff|import-linter)==\S+)", (make.ROOT / "constraints.txt").read_text(), flags=re.M)
    assert set(re.findall(r'\["([^"]+)"\]', hooks)) == set(pinned)
    assert len(pinned) == 2


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
def test_make_hands_on_a_lesson_s_name_and_its_lecture():
    command = ["make", "--no-print-directory", "--dry-run", "lesson", "NAME=two dice", "LECTURE=agents"]
    said = subprocess.run(command, cwd=make.ROOT, capture_output=True, text=True).stdout
    assert said.strip().endswith('make.py lesson "two dice" "agents"')


def test_an_older_python_can_read_the_script_and_is_told_in_one_sentence(monkeypatch):
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6))
    monkeypatch.setattr(sys, "version_info", (3, 8, 10))
    with pytest.raises(SystemExit, match="needs Python 3.11 or newer, and this is 3.8") as end:
        runpy.run_path(str(SOURCE))
    assert "\n" not in str(end.value)


def test_a_name_that_is_none_is_refused_with_the_list(capsys):
    with pytest.raises(SystemExit, match="There is no 'bok'"):
        make.main(["bok"])
    assert "make book" in capsys.readouterr().out


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An environment of its own, and a record of what would have been run in it."""
    monkeypatch.setattr(make, "VENV", tmp_path / "env")
    monkeypatch.setattr(make, "PYTHON", tmp_path / "env" / make.PYTHON.relative_to(make.PYTHON.parents[1]))
    steps = []
    monkeypatch.setattr(make, "step", lambda *command: steps.append(command))
    return steps


def test_an_environment_without_pip_is_made_again_and_a_whole_one_is_kept(place):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", make.VENV], check=True)
    (make.VENV / "left-over").touch()
    make.set_up("test")
    assert not (make.VENV / "left-over").exists()
    assert subprocess.run([make.PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0
    (make.VENV / "mine").touch()
    make.set_up("test")
    make.set_up("book")  # which is a part of it
    assert len(place) == 1
    assert ".[test]" in place[0]
    (make.VENV / "book.stamp").write_text("of another list")
    make.set_up("book")
    assert len(place) == 2
    assert ".[test]" not in place[1]
    assert (make.VENV / "mine").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there, the locale has nothing to do with it")
def test_the_library_is_found_in_any_locale_wherever_the_book_lies(tmp_path, monkeypatch):
    root = tmp_path / "書 book"
    monkeypatch.setattr(make, "ROOT", root)
    monkeypatch.setattr(make, "VENV", root / ".venv")
    (root / "lib").mkdir(parents=True)
    (root / "lib" / "found.py").touch()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", make.VENV], check=True)
    (site,) = make.VENV.glob("lib/*/site-packages")
    (site / "__editable__.jielong-0.1.0.pth").write_text(str(root / "lib"), encoding="utf-8")
    command, surroundings = [make.VENV / "bin" / "python", "-c", "import found"], {"LC_ALL": "C"}
    make._point_to_library()
    assert subprocess.run(command, env=surroundings, capture_output=True).returncode == 0


def test_what_was_stopped_is_not_taken_for_done(place, monkeypatch):
    def stop(*_command):
        raise KeyboardInterrupt

    monkeypatch.setattr(make, "_has_pip", lambda: True)
    monkeypatch.setattr(make, "step", stop)
    make.VENV.mkdir()
    with pytest.raises(KeyboardInterrupt):
        make.set_up("book")
    assert list(make.VENV.iterdir()) == []


@pytest.mark.parametrize(
    ("folder", "letters", "changed"),
    [("/home/book", "ascii", False), ("/home/書 book", "ascii", True), ("/home/書 book", "utf-8", False)],
)
def test_the_locale_can_write_where_the_book_lies(monkeypatch, folder, letters, changed):
    monkeypatch.setattr(make, "ROOT", Path(folder))
    monkeypatch.setattr(make.locale, "getencoding", lambda: letters)
    monkeypatch.setenv("LC_ALL", "C")
    assert make.environment()["LC_ALL"] == ("C.UTF-8" if changed else "C")
