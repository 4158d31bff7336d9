"""The workflows: nothing is published but what passed, and no name of a repository stands in any file."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = {path.name: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
TESTS = "./.github/workflows/test.yml"
PLACES = ".github benchmarks book docs lib locale site tests tools".split()
OWN = re.compile(r"\./\.github/workflows/[\w-]+\.yml")
PINNED = re.compile(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
PUBLISHES = re.compile(
    r"deploy-pages|gh-pages|pypi-publish|twine|git .*push|gh release|npm publish|weights.py --upload"
)
WRITES = {  # and nothing else may
    ("book.yml", "notebooks"): {"contents": "write"},
    ("book.yml", "publish"): {"pages": "write", "id-token": "write"},
    ("release.yml", "publish"): {"id-token": "write"},
    ("versions.yml", "tell"): {"issues": "write"},
    ("weights.yml", "upload"): {"contents": "write"},
}


def jobs(text: str) -> dict[str, dict[str, Any]]:
    return yaml.safe_load(text)["jobs"]


def unproven(text: str) -> list[str]:
    """The jobs that publish something although the tests may have failed, or were never run."""
    all_jobs = jobs(text)

    def waits(name: str) -> bool:
        job = all_jobs[name]
        if re.search(r"(always|failure|cancelled|success)\(\)", str(job.get("if", ""))):
            return False  # success() alone would do, but not in an "or"
        needs = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        return job.get("uses") == TESTS or any(map(waits, needs))

    return [name for name, job in all_jobs.items() if PUBLISHES.search(yaml.dump(job)) and not waits(name)]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_nothing_is_published_that_did_not_pass(name):
    assert unproven(WORKFLOWS[name].read_text(encoding="utf-8")) == []


def test_the_tests_that_all_wait_for_are_all_tests():
    job = jobs(WORKFLOWS["test.yml"].read_text(encoding="utf-8"))["test"]
    assert job["steps"][-1] == {"run": "python make.py test"}
    assert not any("if" in part or "continue-on-error" in part for part in [job, *job["steps"]])


@pytest.mark.parametrize(
    "change",
    [
        ("    needs: [draw, notebooks]\n", ""),
        ("    needs: test\n", ""),
        ("    needs: [draw, notebooks]\n    if: ", "    needs: [draw, notebooks]\n    if: always() && "),
        ("    uses: ./.github/workflows/test.yml", "    runs-on: ubuntu-latest\n    steps: [{run: make lint}]"),
    ],
)
def test_a_job_that_does_not_wait_is_found(change):
    text = WORKFLOWS["book.yml"].read_text(encoding="utf-8")
    assert change[0] in text
    assert "publish" in unproven(text.replace(*change))


def test_pages_and_notebooks_and_packages_and_weights_are_what_is_published():
    found = {
        (name, job)
        for name, path in WORKFLOWS.items()
        for job, what in jobs(path.read_text(encoding="utf-8")).items()
        if PUBLISHES.search(yaml.dump(what))
    }
    assert found == {
        ("book.yml", "publish"),
        ("book.yml", "notebooks"),
        ("release.yml", "publish"),
        ("weights.yml", "upload"),
    }


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_by_hash_and_say_which_version_that_is(name):
    lines = WORKFLOWS[name].read_text(encoding="utf-8").splitlines()
    uses = [line.partition("uses:")[2].strip() for line in lines if "uses:" in line]
    assert uses
    assert [action for action in uses if not (PINNED.fullmatch(action) or OWN.fullmatch(action))] == []


def test_a_job_may_write_only_what_it_publishes_and_installs_nothing_there():
    found = {}
    for name, path in WORKFLOWS.items():
        everything = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert everything["permissions"] == {"contents": "read"}
        for job, what in everything["jobs"].items():
            if "permissions" in what:
                found[name, job] = what["permissions"]
                assert not re.search(r"pip |make", yaml.dump(what["steps"])), (name, job)
    assert found == WRITES


def test_no_file_names_a_repository_of_this_book():
    """A fork or a first push needs no edit: names are asked of the forge or of the remote."""
    places = [path for path in ROOT.iterdir() if path.name in PLACES]
    files = [*ROOT.glob("*.*"), *(file for place in places for file in place.rglob("*"))]
    kept = [file for file in files if file.is_file() and not re.search(r"__pycache__|\.egg-info", str(file))]
    texts = {file: file.read_bytes().decode(errors="replace") for file in kept}
    assert len(texts) > 500
    named = re.compile(r"(?:github\.com|githubusercontent\.com)[/:][\w.-]+/jielong|[O]WNER/")
    assert [name for name, text in texts.items() if named.search(text)] == []


def test_the_citation_names_the_version_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version


@pytest.mark.skipif(os.name == "nt" or not shutil.which("git"), reason="the step runs on Linux, with git")
def test_the_branch_of_notebooks_holds_them_and_nothing_else(tmp_path):
    """The workflow's own step, run against a bare repository that plays the forge."""
    steps = jobs(WORKFLOWS["book.yml"].read_text(encoding="utf-8"))["notebooks"]["steps"]
    forge, here = tmp_path / "forge.git", tmp_path / "here"
    subprocess.run(["git", "init", "--quiet", "--bare", forge], check=True)
    subprocess.run(["git", "init", "--quiet", here], check=True)
    subprocess.run(["git", "remote", "add", "origin", forge], cwd=here, check=True)
    lesson = here / "_build/notebooks/zh-TW/book/agents/one.ipynb"
    lesson.parent.mkdir(parents=True)
    environment = {"RUNNER_TEMP": str(tmp_path), "GITHUB_SHA": "f" * 40, "PATH": os.environ["PATH"]}
    for content in ("{}", '{"cells": []}'):  # the second time it replaces the first
        lesson.write_text(content)
        subprocess.run(["bash", "-ec", steps[-1]["run"]], cwd=here, env=environment, check=True, capture_output=True)
        show = ["git", "--git-dir", forge, "ls-tree", "-r", "--name-only", "notebooks"]
        assert subprocess.check_output(show, text=True).split() == ["zh-TW/book/agents/one.ipynb"]
        log = ["git", "--git-dir", forge, "log", "--format=%s", "notebooks"]
        assert subprocess.check_output(log, text=True).splitlines() == [f"The notebooks of {'f' * 40}"]
        show = ["git", "--git-dir", forge, "show", "notebooks:zh-TW/book/agents/one.ipynb"]
        assert subprocess.check_output(show, text=True) == content
    lesson.unlink()  # then nothing is pushed, and what was there stays
    run = subprocess.run(["bash", "-ec", steps[-1]["run"]], cwd=here, env=environment, capture_output=True)
    assert run.returncode != 0
    assert subprocess.check_output(log, text=True).splitlines() == [f"The notebooks of {'f' * 40}"]


def test_whatever_fails_in_a_week_is_told():
    everything = jobs(WORKFLOWS["versions.yml"].read_text(encoding="utf-8"))
    tell = everything.pop("tell")
    assert tell["if"] == "failure()"
    assert sorted(tell["needs"]) == sorted(everything)


@pytest.mark.skipif(os.name == "nt", reason="the step runs on Linux")
@pytest.mark.parametrize(
    ("found", "done"), [("17", "comment 17"), ("", "create --title A version in the ranges fails")]
)
def test_a_second_failure_is_a_comment_on_the_issue_of_the_first(tmp_path, found, done):
    """The workflow's own step, with a program in the forge's place that notes what it is asked."""
    tell = jobs(WORKFLOWS["versions.yml"].read_text(encoding="utf-8"))["tell"]
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n[ "$2" != list ] || echo "{found}"\n')
    gh.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "TITLE": tell["env"]["TITLE"],
        "BODY": "run 4",
    }
    subprocess.run(["bash", "-ec", tell["steps"][-1]["run"]], env=environment, check=True)
    listed, then = (tmp_path / "asked").read_text().splitlines()
    assert listed.startswith('issue list --state open --search in:title "A version in the ranges fails" ')
    assert then == f"issue {done} --body run 4"
