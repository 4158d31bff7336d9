"""The rehearsal of publishing leaves no step out, and what it looks at could be wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from lessons import ROOT
from rehearse_forge import COLAB, LANGUAGES, REPOSITORY, look_at_branch, look_at_site
from workflow import WEB, Forge, Runner, StepFailed, begins, deploy_pages, holds, in_order, play, unknown

WORKFLOWS = ROOT / ".github" / "workflows"
BOOK = (WORKFLOWS / "book.yml").read_text(encoding="utf-8")
MAIN = "refs/heads/main"
TOY = """\
name: Toy
on: {push: {branches: [main]}}
permissions: {contents: read}
jobs:
  last: {needs: [elsewhere], runs-on: any, steps: [{run: "false"}]}
  elsewhere: {needs: made, if: github.ref == 'refs/heads/other', runs-on: any, steps: [{run: "false"}]}
  read:
    needs: made
    runs-on: any
    permissions: {contents: write}
    steps:
      - uses: actions/checkout@1
      - uses: actions/download-artifact@1
        with: {name: word, path: there}
      - run: grep "$GITHUB_SHA of $GITHUB_REPOSITORY" there/word
      - name: push
        run: git push --quiet origin HEAD:refs/heads/copy
  made:
    runs-on: any
    steps:
      - run: mkdir out && echo "$GITHUB_SHA of $GITHUB_REPOSITORY" > out/word
      - uses: actions/upload-artifact@1
        with: {name: word, path: out}
"""
LESSON = "book/agents/one.ipynb"
PAGE = """<a class="colab" href="{colab}">Colab</a><a href="{web}/blob/HEAD/{lesson}">source</a>
<a download href="../../_sources/{lesson}">download</a>"""


@pytest.mark.parametrize("name", ["book", "release"])
def test_every_step_of_what_publishes_is_known(name):
    assert unknown(yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("actions/deploy-pages@", "somebody/deploys@", "publish: somebody/deploys"),
        ("path: _build/html", "path: _build/html\n          retention-days: 1", "draw: actions/upload-pages-artifact"),
        ("run: python make.py export", "run: python make.py export ${{ github.ref }}", "draw: an expression"),
        (
            "needs: draw\n    if: github.ref ==",
            "needs: draw\n    if: always() && github.ref ==",
            "notebooks: if: always",
        ),
        ("needs: draw\n", "needs: paint\n", "notebooks: needs: paint"),
        ("  draw:\n", "  draw:\n    continue-on-error: true\n", "draw: continue-on-error"),
        ("run: python make.py book", "run: python make.py book\n        shell: sh", "draw: shell"),
        ("\njobs:", "\nenv: {A: b}\n\njobs:", "env"),
        ("uses: ./.github/workflows/test.yml", "uses: ./.github/workflows/other.yml", "test: uses"),
    ],
)
def test_what_is_unknown_is_an_error(tmp_path, old, new, named):
    assert BOOK.count(old) == 1
    changed = yaml.safe_load(BOOK.replace(old, new))
    assert any(problem.startswith(named) for problem in unknown(changed))
    with pytest.raises(ValueError, match="cannot be played: .*" + named):
        list(play(Forge(tmp_path, REPOSITORY), changed, MAIN, "f" * 40))


def test_a_job_comes_after_those_that_it_needs():
    assert in_order(yaml.safe_load(BOOK)["jobs"]) == ["test", "draw", "notebooks", "publish"]
    backwards = dict(reversed(yaml.safe_load(BOOK)["jobs"].items()))
    assert in_order(backwards) == ["test", "draw", "notebooks", "publish"]


def test_a_condition_holds_or_not_or_is_unknown():
    condition = "github.ref == 'refs/heads/main'"
    assert holds(condition, {"GITHUB_REF": MAIN})
    assert not holds(condition, {"GITHUB_REF": "refs/pull/1/merge"})
    with pytest.raises(ValueError, match="success"):
        holds("success()", {"GITHUB_REF": MAIN})


def test_a_push_begins_what_waits_for_it():
    release = yaml.safe_load((WORKFLOWS / "release.yml").read_text(encoding="utf-8"))
    pushes = (MAIN, "refs/heads/other", "refs/tags/v1.2.3", "refs/tags/1.2.3")
    assert [begins(yaml.safe_load(BOOK), ref) for ref in pushes] == [True, False, False, False]
    assert [begins(release, ref) for ref in pushes] == [False, False, True, False]


@pytest.fixture
def forge(tmp_path) -> tuple[Forge, str]:
    """A forge with one commit of one lesson, and that commit."""
    if os.name == "nt" or not shutil.which("git"):
        pytest.skip("steps run on Linux, with git")
    forge = Forge(tmp_path / "forge", REPOSITORY)
    forge.found()
    return forge, commit(forge, tmp_path / "source", {LESSON: "{}"}, MAIN)


def commit(forge: Forge, place: Path, files: dict[str, str], ref: str) -> str:
    """Push these files, and no others, to a branch; returns the commit."""
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run([*git, "init", "--quiet", place], check=True)
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    subprocess.run([*git, "add", "."], cwd=place, check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "All"], cwd=place, check=True)
    made = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=place, text=True).strip()
    forge.receive(place, made, ref)
    return made


def test_a_workflow_is_played(forge):
    forge, pushed = forge
    played = [line.partition(" in ")[0] for line in play(forge, yaml.safe_load(TOY), MAIN, pushed)]
    assert sorted(played) == ["elsewhere: skipped", "last: skipped", "made: 2 steps", "read: 4 steps"]
    assert forge.files("copy") == [LESSON]


def test_a_job_that_may_not_write_cannot_push(forge):
    workflow = yaml.safe_load(TOY.replace("    permissions: {contents: write}\n", ""))
    with pytest.raises(StepFailed, match="this job may not write") as failed:
        list(play(forge[0], workflow, MAIN, forge[1]))
    assert failed.value.step == "push"


def test_a_site_is_published_by_a_job_that_may(forge, tmp_path):
    runner = Runner(forge[0], MAIN, forge[1], {"pages": "write"}, tmp_path / "runner")
    with pytest.raises(StepFailed, match="lacking: {'id-token': 'write'}"):
        deploy_pages(runner)


def test_a_step_ends_where_a_line_fails(forge):
    workflow = yaml.safe_load(TOY.replace("run: mkdir out &&", "run: false; mkdir out &&"))
    with pytest.raises(StepFailed, match="^false; mkdir out .*: failed"):
        list(play(forge[0], workflow, MAIN, forge[1]))


def test_a_push_that_begins_nothing_is_an_error(forge):
    with pytest.raises(ValueError, match="refs/tags/v1 does not begin Toy"):
        list(play(forge[0], yaml.safe_load(TOY), "refs/tags/v1", forge[1]))


def finished(language: str, installs: str) -> str:
    source = f'get_ipython().system("pip install -q {installs}")\nos.environ["JIELONG_LANGUAGE"] = "{language}"'
    cell = {"cell_type": "code", "id": "a", "metadata": {"tags": ["setup"]}, "source": source}
    cell |= {"outputs": [], "execution_count": None}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def published(forge, tmp_path) -> tuple[Forge, str]:
    """As it should be: a lesson in the branch and on the site, in each language."""
    forge, pushed = forge
    there = f"git+{WEB}/{REPOSITORY}@{pushed}"
    notebooks = {f"{language}/{LESSON}": finished(language, there) for language in LANGUAGES}
    commit(forge, tmp_path / "notebooks", notebooks, "refs/heads/notebooks")
    for language in LANGUAGES:
        colab = f"{COLAB}/{REPOSITORY}/blob/notebooks/{language}/{LESSON}"
        page = PAGE.format(colab=colab, web=f"{WEB}/{REPOSITORY}", lesson=LESSON)
        files = {LESSON.replace("ipynb", "html"): page, f"_sources/{LESSON}": notebooks[f"{language}/{LESSON}"]}
        for name, text in {**files, "index.html": "<p>"}.items():
            (forge.site / language / name).parent.mkdir(parents=True, exist_ok=True)
            (forge.site / language / name).write_text(text, encoding="utf-8")
    (forge.site / "index.html").write_text("<p>")
    return forge, pushed


def test_what_is_right_has_no_fault(published):
    assert look_at_site(*published) == (f"2 pages of lessons among 5, 4 links into {REPOSITORY}", [])
    assert look_at_branch(*published)[1] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("zh-TW/book/agents/one.html", "notebooks/zh-TW", "notebooks/en", "the button for Colab leads to"),
        ("zh-TW/book/agents/one.html", 'class="colab"', "", "the button for Colab leads to []"),
        ("en/book/agents/one.html", "blob/HEAD/book", "blob/HEAD/nowhere", "leads nowhere"),
        ("en/book/agents/one.html", f"{WEB}/{REPOSITORY}/blob", f"{WEB}/bob/his-book/blob", "leads nowhere"),
        ("en/book/agents/one.html", "download href", "href", "a download of []"),
        ("en/_sources/book/agents/one.ipynb", "pip", "pop", "the download is not the notebook in the branch"),
        ("en/index.html", "<p>", "<p>O" + "WNER/", "has no name of an owner"),
    ],
)
def test_a_fault_on_the_site_is_found(published, file, old, new, fault):
    forge, pushed = published
    text = (forge.site / file).read_text(encoding="utf-8")
    assert old in text
    (forge.site / file).write_text(text.replace(old, new), encoding="utf-8")
    assert any(fault in found for found in look_at_site(forge, pushed)[1])


def test_a_page_that_is_missing_is_found(published):
    forge, pushed = published
    (forge.site / "zh-TW/book/agents/one.html").unlink()
    assert "no page zh-TW/book/agents/one.html" in look_at_site(forge, pushed)[1]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        (f"en/{LESSON}", finished("zh-TW", f"git+{WEB}/{REPOSITORY}@COMMIT"), "speaks ['zh-TW']"),
        (f"en/{LESSON}", finished("en", f"git+{WEB}/{REPOSITORY}@{'f' * 40}"), "fff"),
        ("en/more.txt", "", "en/more.txt is in the branch"),
    ],
)
def test_a_fault_in_the_branch_is_found(published, tmp_path, name, text, fault):
    text = text.replace("COMMIT", published[1])
    commit(published[0], tmp_path / "notebooks", {name: text}, "refs/heads/notebooks")
    assert any(fault in found for found in look_at_branch(*published)[1])


def test_a_notebook_that_is_missing_is_found(published, tmp_path):
    (tmp_path / "notebooks" / "zh-TW" / LESSON).unlink()
    commit(published[0], tmp_path / "notebooks", {}, "refs/heads/notebooks")
    assert look_at_branch(*published)[1] == [f"zh-TW/{LESSON} is not in the branch"]
