"""Finished notebooks: in one language, numbers in place, the library from the repository; nothing else is changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter

import nbformat
import pytest
from bookpages import repository
from bookpages.languages import EDITIONS
from finished import ROOT, STATE, finished, main, write
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.sign import NotebookNotary

LESSONS = sorted((ROOT / "book").rglob("*.ipynb"))
EN, ZH = EDITIONS["en"], EDITIONS["zh_TW"]
HAN = re.compile("[\u3400-\u9fff]")
EVERY = pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])


@pytest.fixture
def a_fork(monkeypatch):
    """The repository of somebody else."""
    monkeypatch.setattr(repository, "slug", lambda: "a-reader/her-fork")
    monkeypatch.setattr(repository, "commit", lambda: "c0ffee" + 34 * "0")


def sources(notebook: dict, kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def numbers(printed: str | list[str]) -> Counter[str]:
    """The numbers in what was printed, in any order."""
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", "".join(printed)))


@EVERY
def test_both_editions_are_whole_and_alike_cell_by_cell(path, a_fork):
    before = json.loads(path.read_text(encoding="utf-8"))
    english, chinese = (finished(path, edition) for edition in (EN, ZH))
    for notebook in (english, chinese):
        nbformat.validate(nbformat.from_dict(notebook))
        assert [cell["cell_type"] for cell in notebook["cells"]] == [cell["cell_type"] for cell in before["cells"]]
        assert "{value}" not in "".join(sources(notebook, "markdown"))
    for english_cell, chinese_cell in zip(english["cells"], chinese["cells"], strict=True):
        assert english_cell["metadata"] == chinese_cell["metadata"]
        for one, other in zip(english_cell.get("outputs", []), chinese_cell.get("outputs", []), strict=True):
            private = [{k: v for k, v in each.get("data", {}).items() if "jielong" in k} for each in (one, other)]
            assert private[0] == private[1]
            assert numbers(one.get("text", "")) == numbers(other.get("text", ""))


@EVERY
def test_each_paragraph_of_the_chinese_edition_is_chinese(path):
    for source in sources(finished(path, ZH), "markdown"):
        for paragraph in source.split("\n\n"):
            code = paragraph.startswith(("$$", "    "))
            assert code or HAN.search(paragraph) or not re.search(r"[a-z]{3,} [a-z]{2,}", paragraph), paragraph


@EVERY
def test_outputs_speak_one_language(path):
    for edition, others in (
        (EN, ["zh-Hant-TW", "data-zh-"]),
        (ZH, ['lang="en"', "data-zh-", 'lang="zh-Hant-TW" hidden']),
    ):
        notebook = finished(path, edition)
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                shown = "".join(output.get("data", {}).get("text/html", ""))
                assert [other for other in others if other in shown] == []
        models = notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {}).values()
        figures = [model["state"] for model in models if "_esm" in model["state"]]
        assert {state["language"] for state in figures} <= {edition.folder}


def test_the_set_up_cell_installs_this_repository_at_this_commit_and_is_folded(a_fork):
    for edition in (EN, ZH):
        notebook = finished(LESSONS[0], edition)
        assert notebook["cells"][0]["metadata"]["jupyter"]["source_hidden"]
        set_up = sources(notebook, "code")[0]
        assert f"git+https://github.com/a-reader/her-fork@c0ffee{34 * '0'}" in set_up
        assert "jielong==" not in set_up
        compile(set_up, "set-up", "exec")
        assert f'os.environ["JIELONG_LANGUAGE"] = "{edition.folder}"' in set_up
    assert HAN.search(set_up.partition("\n")[0])


def test_a_chinese_notebook_says_an_error_in_chinese_under_its_traceback(tmp_path, monkeypatch):
    monkeypatch.setenv("JIELONG_LANGUAGE", "en")  # and its kernel sets it back
    monkeypatch.setattr(repository, "slug", lambda: None)
    cells = [sources(finished(LESSONS[0], ZH), "code")[0], "from jielong.tokens import kind\nkind(-3)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(CellExecutionError, match="token -3 is not in the vocabulary"):
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    error, sentence = notebook.cells[1].outputs
    assert (error.output_type, error.ename) == ("error", "ValueError")
    assert "詞彙表裡沒有 token -3" in sentence.data["text/html"]


def test_without_the_library_the_set_up_cell_does_nothing_more(monkeypatch):
    monkeypatch.setitem(sys.modules, "jielong.teaching.errors", None)  # so that an import of it fails
    monkeypatch.setenv("JIELONG_LANGUAGE", "en")
    exec(sources(finished(LESSONS[0], ZH), "code")[0], {})
    assert os.environ["JIELONG_LANGUAGE"] == "zh-TW"


def test_without_a_repository_it_installs_the_release(monkeypatch):
    monkeypatch.setattr(repository, "slug", lambda: None)
    assert re.search(r"jielong==\d", sources(finished(LESSONS[0], EN), "code")[0])


@pytest.mark.parametrize(
    ("remote", "owner_and_name"),
    [
        ("https://github.com/a-reader/her-fork.git", "a-reader/her-fork"),
        ("git@github.com:A.Reader/its_name\n", "A.Reader/its_name"),
        ("https://token@github.com/one/two/", "one/two"),
        ("ssh://git@ssh.github.com:443/one/two.git", "one/two"),
        ("https://GitHub.com:443/one/two", "one/two"),
        ("https://notgithub.com/one/two", None),
        ("https://gitlab.com/mirrors/github.com/one/two", None),
        ("/home/x/github.com/one/two", None),
        ("/somewhere/on/this/disk", None),
        ("", None),
    ],
)
def test_the_remote_says_whose_repository_it_is(monkeypatch, remote, owner_and_name):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.setattr(repository, "_git", lambda *command: remote)
    assert repository.slug.__wrapped__() == owner_and_name


def test_on_the_forge_its_own_name_counts(monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "an-owner/a-name")
    assert repository.slug.__wrapped__() == "an-owner/a-name"
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://another.forge")
    monkeypatch.setattr(repository, "_git", lambda *command: "")
    assert repository.slug.__wrapped__() is None


def test_what_a_reader_wrote_stays_and_the_rest_is_trusted(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "signatures"))
    write(ZH, tmp_path, LESSONS[:2], mine=True)
    first, second = (tmp_path / path.relative_to(ROOT) for path in LESSONS[:2])
    assert NotebookNotary().check_signature(nbformat.read(first, as_version=4))
    first.write_text("my answer")
    second.unlink()
    write(ZH, tmp_path, LESSONS[:2], mine=True)
    assert first.read_text() == "my answer" and second.exists()


@pytest.mark.parametrize("what", ["zh_TW", "book", "book/agents/none.ipynb", "/etc/hosts"])
def test_what_is_neither_an_edition_nor_a_lesson_is_named(what, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["finished.py", what])
    with pytest.raises(SystemExit):
        main()
    assert "is neither an edition (en, zh-TW) nor a notebook of the book" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git")
def test_who_exports_a_commit_that_is_not_pushed_is_told(tmp_path, monkeypatch, capsys):
    def git(*command: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@forge.example"]
        subprocess.run(["git", *who, *command], cwd=here, check=True, capture_output=True)

    def told() -> str:
        assert main() == 0
        return capsys.readouterr().err

    forge, here = tmp_path / "forge.git", tmp_path / "here"
    here.mkdir()
    monkeypatch.setattr(repository, "ROOT", here)
    monkeypatch.setattr(repository, "slug", lambda: "a-reader/her-fork")
    monkeypatch.setattr(repository, "commit", repository.commit.__wrapped__)
    monkeypatch.setattr(sys, "argv", ["finished.py", "en", str(LESSONS[0]), "--output", str(tmp_path / "out")])
    for name in ("GITHUB_ACTIONS", "GITHUB_SHA"):
        monkeypatch.delenv(name, raising=False)
    git("init", "--quiet", "--bare", str(forge))
    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "one")
    assert told() == ""  # there is no remote
    git("remote", "add", "origin", str(forge))
    assert told() == f"Push first: Colab cannot install {repository.commit()}, which these notebooks name.\n"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert told() == ""
    monkeypatch.delenv("GITHUB_ACTIONS")
    git("push", "--quiet", "origin", "HEAD:main")
    assert told() == ""
