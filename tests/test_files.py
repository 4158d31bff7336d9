"""Whole or not at all: an exception, a full disk and a kill leave what was there before, and nothing beside it."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jielong import files
from jielong.files import LOCK, Damaged, making, reading, scratch, sweep, write_text, writing

ROOT = Path(__file__).resolve().parents[1]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != LOCK)


def test_a_file_takes_its_place_at_the_end_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "new" / "file"
    with writing(path) as draft:
        draft.write_text("one")
        assert not path.exists()
    assert path.read_text() == "one"
    assert names(path.parent) == ["file"]
    path.chmod(0o640)
    with writing(path) as draft:
        draft.write_text("two")
        assert path.read_text() == "one"
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_text_is_written_in_the_same_bytes_on_every_system(tmp_path):
    write_text(tmp_path / "file", "龍\n")
    assert (tmp_path / "file").read_bytes() == "龍\n".encode()


def test_a_new_file_may_be_read_by_whom_the_umask_lets(tmp_path):
    """safetensors, for one, writes files that only their owner may read."""
    (tmp_path / "usual").touch()
    with writing(tmp_path / "file") as draft:
        draft.touch(0o600)
    with making(tmp_path / "folder", good=lambda folder: False) as draft:
        (draft / "part").touch(0o600)
    for path in (tmp_path / "file", tmp_path / "folder" / "part"):
        assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_exception_leaves_what_was_there(tmp_path, error):
    (tmp_path / "file").write_text("old")
    with pytest.raises(error), writing(tmp_path / "file") as draft:
        draft.write_text("half")
        raise error
    with pytest.raises(error), making(tmp_path / "folder", good=lambda folder: False) as draft:
        (draft / "part").write_text("half")
        raise error
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "old"


FULL = """
import resource, sys
from pathlib import Path
from jielong.files import writing
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with writing(Path(sys.argv[1])) as draft:
        draft.write_bytes(b"x" * 2000)
except OSError as error:
    print(f"{type(error).__name__}: {error}")
"""


@pytest.mark.skipif(os.name == "nt", reason="limits on a file's size are POSIX")
def test_a_full_disk_leaves_what_was_there(tmp_path):
    (tmp_path / "file").write_text("old")
    run = subprocess.run([sys.executable, "-c", FULL, str(tmp_path / "file")], capture_output=True, text=True)
    assert run.stdout.startswith("NoRoom:"), run.stderr
    assert "the disk is full; make room" in run.stdout, run.stderr
    assert "file as it was before is still there" in run.stdout
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "old"


def test_a_folder_takes_the_place_of_a_bad_one_and_spares_a_good_one(tmp_path):
    def make(word: str) -> str:
        with making(tmp_path / "folder", good=lambda folder: (folder / "word").read_text() == "good") as draft:
            (draft / "word").write_text(word)
        assert names(tmp_path) == ["folder"]
        return (tmp_path / "folder" / "word").read_text()

    assert [make(word) for word in ("bad", "good", "better")] == ["bad", "good", "good"]
    shutil.rmtree(tmp_path / "folder")
    (tmp_path / "folder").write_text("a file in its place")
    with making(tmp_path / "folder", good=Path.is_dir) as draft:
        (draft / "word").touch()
    assert names(tmp_path) == ["folder"]
    assert (tmp_path / "folder").is_dir()


def test_all_is_on_the_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    """What a power cut would lose cannot be seen from here; the order of the calls can."""
    done: list[tuple[str, str]] = []
    flush, replace = files.flush, os.replace
    monkeypatch.setattr(files, "flush", lambda path: (done.append(("flush", path.name)), flush(path)))
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append(("replace", Path(b).name)), replace(a, b)))
    with writing(tmp_path / "file") as draft:
        draft.touch()
    assert done == [("flush", "file"), ("replace", "file"), ("flush", tmp_path.name)]
    done.clear()
    with making(tmp_path / "folder", good=lambda folder: False) as draft:
        (draft / "part").touch()
    flushed = [("flush", "part"), ("flush", "folder")]
    assert done == [*flushed, ("replace", "folder"), ("flush", tmp_path.name)]


WORKER = """
import sys
from pathlib import Path
from jielong.files import scratch
with scratch(Path(sys.argv[1])) as there:
    (there / "part").write_text("half")
    print(there, flush=True)
    sys.stdin.read()
"""


def worker(folder: Path) -> tuple[subprocess.Popen, Path]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", WORKER, str(folder)], text=True, **pipes)
    return process, Path(process.stdout.readline().strip())


def test_the_next_sweeps_what_the_killed_left_and_spares_what_lives(tmp_path):
    (alive, here), (killed, left) = worker(tmp_path), worker(tmp_path)
    killed.kill()
    killed.wait()
    older = tmp_path / ".partial-of-an-earlier-version"
    older.mkdir()
    (older / "model.safetensors").write_bytes(b"half")
    with scratch(tmp_path) as mine:
        assert not left.exists()
        assert not older.exists()
        sweep(tmp_path)
        assert mine.exists()
        assert (here / "part").read_text() == "half"
    alive.communicate("")
    assert alive.returncode == 0
    assert names(tmp_path) == []


def test_what_is_swept_away_before_its_lock_is_held_is_made_again(tmp_path, monkeypatch):
    make, made = files.tempfile.mkdtemp, []

    def swept_at_once(**options):
        made.append(make(**options))
        if len(made) == 1:
            sweep(tmp_path)
            assert not Path(made[0]).exists()
        return made[-1]

    monkeypatch.setattr(files.tempfile, "mkdtemp", swept_at_once)
    with scratch(tmp_path) as there:
        assert there.is_dir()
        assert (there / LOCK).exists()
    assert names(tmp_path) == []


MANY = """
import os, sys
from pathlib import Path
from jielong.files import scratch
for i in range(300):
    with scratch(Path(sys.argv[1])) as there:
        (there / "part").write_text("half")
        assert (there / "part").exists()
"""


def test_processes_that_begin_and_sweep_at_once_leave_each_other_alone(tmp_path):
    run = [sys.executable, "-c", MANY, str(tmp_path)]
    workers = [subprocess.Popen(run, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert ["" for _ in workers] == [worker.communicate(timeout=120)[1] for worker in workers]
    assert names(tmp_path) == []


def test_a_folder_that_is_not_there_or_no_folder_has_nothing_to_sweep(tmp_path):
    sweep(tmp_path / "nothing")
    (tmp_path / "file").touch()
    sweep(tmp_path / "file")
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [ValueError("line 1\nline 2"), KeyError("model"), RuntimeError(), EOFError()])
def test_damage_is_one_sentence_that_says_what_to_do(tmp_path, error):
    with pytest.raises(Damaged) as caught, reading(tmp_path / "file", "delete it"):
        raise error
    assert str(caught.value).startswith(f"{tmp_path / 'file'} is damaged ({type(error).__name__}")
    assert str(caught.value).endswith("; delete it")
    assert "\n" not in str(caught.value)


def test_git_does_not_see_what_is_unfinished(tmp_path):
    place = ROOT / "book" / "inside" / f"{files.PARTIAL}x" / "lesson.ipynb"
    ignored = subprocess.run(["git", "-C", str(ROOT), "check-ignore", "-q", str(place)])
    assert ignored.returncode == 0


WAYS = {"os.replace", "os.rename", "os.fsync", "tempfile.mkstemp", "tempfile.mkdtemp", "tempfile.NamedTemporaryFile"}


def test_there_is_no_second_way():
    """Whoever moves a draft into its place, or flushes it, does so here."""
    second = {
        f"{path.relative_to(ROOT)}: {ast.unparse(node)}"
        for path in [*(ROOT / "lib").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if path.name != "files.py" and isinstance(node, ast.Attribute) and ast.unparse(node) in WAYS
    }
    assert not second
