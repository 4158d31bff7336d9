"""A workflow, played on this computer: a bare repository is the forge, fresh folders are the runners.

Jobs follow their `needs`, and each step does what the file says: `run` in bash, `uses` by a function of `ACTIONS`. What
is not known here, an action, one of its inputs, a condition, a key, is an error: no step is left out in silence.
"""

from __future__ import annotations

import fnmatch
import inspect
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml
from anywhere import interpreters

TESTS = "./.github/workflows/test.yml"
WEB = "https://github.com"
ON = True  # as YAML 1.1 reads the key `on`
KEYS = {"name", ON, "permissions", "concurrency", "jobs"}
JOB_KEYS = {"needs", "if", "runs-on", "timeout-minutes", "permissions", "environment", "concurrency", "steps"}
STEP_KEYS = {"name", "id", "uses", "with", "run"}
CONDITION = re.compile(r"github\.(ref|ref_name|event_name) == '([^']*)'")
NETWORK = re.compile(r"(?i)PIP_\w+|\w+_proxy|SSL_CERT_\w+|\w+_CA_BUNDLE")  # this computer's own way to the packages
HOOK = '#!/bin/sh\n[ "$CONTENTS" = write ] || { echo "this job may not write"; exit 1; }\n'
TAIL = 40  # lines of a failed step's output


class StepFailed(RuntimeError):
    """A step ended with an error; `step` is its name, the message also has the end of what it said."""

    def __init__(self, step: str, said: str):
        super().__init__(f"{step}: failed\n{said}")
        self.step = step


@dataclass(frozen=True)
class Forge:
    """A bare repository, what its jobs hand to each other, and what they publish, all in one folder."""

    folder: Path
    repository: str

    @property
    def bare(self) -> Path:
        return self.folder / f"{self.repository}.git"

    @property
    def artifacts(self) -> Path:
        return self.folder / "artifacts"

    @property
    def site(self) -> Path:
        return self.folder / "published" / "site"

    @property
    def packages(self) -> Path:
        return self.folder / "published" / "packages"

    def found(self) -> None:
        """Make the repository, with nothing in it. Only a job with `contents: write` may push there."""
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", self.bare], check=True)
        for setting in ("uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter"):
            self.git("config", setting, "true")
        hook = self.bare / "hooks/pre-receive"
        hook.write_text(HOOK)
        hook.chmod(0o755)

    def receive(self, source: Path, commit: str, ref: str) -> None:
        """Somebody who may write pushes a commit from a repository at `source`."""
        push = ["git", "push", "--quiet", str(self.bare), f"{commit}:{ref}"]
        subprocess.run(push, cwd=source, check=True, env={**os.environ, "CONTENTS": "write"})

    def git(self, *command: str) -> str:
        return subprocess.run(
            ["git", "--git-dir", self.bare, *command], check=True, capture_output=True, text=True
        ).stdout

    def files(self, ref: str) -> list[str]:
        return self.git("-c", "core.quotepath=off", "ls-tree", "-r", "--name-only", ref).splitlines()


@dataclass
class Runner:
    """A fresh machine for one job: a home, a workspace, and the variables that GitHub sets."""

    forge: Forge
    ref: str
    commit: str
    permissions: dict[str, str]
    place: Path
    given: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        for folder in (self.workspace, self.temp, self.home):
            folder.mkdir(parents=True)

    @property
    def workspace(self) -> Path:
        return self.place / "workspace"

    @property
    def temp(self) -> Path:
        return self.place / "temp"

    @property
    def home(self) -> Path:
        return self.place / "home"

    def environment(self) -> dict[str, str]:
        _, kind, name = self.ref.split("/", 2)
        own_pip = Path.home() / ".config/pip/pip.conf"
        return {
            **{name: value for name, value in os.environ.items() if NETWORK.fullmatch(name)},
            **({"PIP_CONFIG_FILE": str(own_pip)} if own_pip.exists() else {}),
            "CI": "true",
            "CONTENTS": self.permissions.get("contents", "none"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REF": self.ref,
            "GITHUB_REF_NAME": name,
            "GITHUB_REF_TYPE": "branch" if kind == "heads" else "tag",
            "GITHUB_REPOSITORY": self.forge.repository,
            "GITHUB_REPOSITORY_OWNER": self.forge.repository.partition("/")[0],
            "GITHUB_SERVER_URL": WEB,
            "GITHUB_SHA": self.commit,
            "GITHUB_WORKSPACE": str(self.workspace),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.temp),
            **self.given,
        }

    def run(self, script: str, step: str) -> None:
        """Run a step's lines as GitHub does; raises StepFailed."""
        file, log = self.temp / "step.sh", self.place / "log"
        file.write_text(script)
        with open(log, "w", encoding="utf-8") as said:
            code = subprocess.run(
                ["bash", "-e", file], cwd=self.workspace, env=self.environment(), stdout=said, stderr=subprocess.STDOUT
            ).returncode
        if code:
            raise StepFailed(step, "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]))

    def need(self, **permissions: str) -> None:
        lacking = {name.replace("_", "-"): level for name, level in permissions.items()}
        lacking = {name: level for name, level in lacking.items() if self.permissions.get(name) != level}
        if lacking:
            raise StepFailed("permissions", f"lacking: {lacking}")


def checkout(runner: Runner, *, fetch_depth: int = 1) -> None:
    name = runner.ref.split("/", 2)[2]
    branch = runner.ref.startswith("refs/heads/")
    there = f"refs/remotes/origin/{name}" if branch else runner.ref
    depth = f"--depth={fetch_depth}" if fetch_depth else ""
    out = f"-B {name} {there}" if branch else f"--detach {there}"
    runner.run(
        f"git init --quiet\ngit remote add origin 'file://{runner.forge.bare}'\n"
        f"git fetch --quiet --no-tags {depth} origin +{runner.commit}:{there}\ngit checkout --quiet {out}",
        "checkout",
    )


def setup_python(
    runner: Runner, *, python_version: str, cache: str | None = None, cache_dependency_path: str = ""
) -> None:
    """A Python of that version, into which a job may install what it wants; its pip's cache is the reader's."""
    found = interpreters().get(python_version)
    if found is None:
        raise StepFailed("setup-python", f"this computer has no Python {python_version}")
    place = runner.place / "python"
    subprocess.run([found, "-m", "venv", place], check=True)
    runner.given["PATH"] = f"{place / 'bin'}:{runner.environment()['PATH']}"
    if cache == "pip":
        runner.given["PIP_CACHE_DIR"] = os.environ.get("PIP_CACHE_DIR", str(Path.home() / ".cache/pip"))


def upload_artifact(runner: Runner, *, name: str, path: str) -> None:
    shutil.copytree(runner.workspace / path, runner.forge.artifacts / name, ignore=shutil.ignore_patterns(".*"))


def upload_pages_artifact(runner: Runner, *, path: str) -> None:
    upload_artifact(runner, name="github-pages", path=path)


def download_artifact(runner: Runner, *, name: str, path: str) -> None:
    shutil.copytree(runner.forge.artifacts / name, runner.workspace / path, dirs_exist_ok=True)


def deploy_pages(runner: Runner) -> None:
    runner.need(pages="write", id_token="write")
    shutil.copytree(runner.forge.artifacts / "github-pages", runner.forge.site)


def publish_packages(runner: Runner) -> None:
    """What PyPI would be sent, kept on the forge: nothing leaves this computer."""
    runner.need(id_token="write")
    shutil.copytree(runner.workspace / "dist", runner.forge.packages)


ACTIONS: dict[str, Callable[..., None]] = {
    "actions/checkout": checkout,
    "actions/setup-python": setup_python,
    "actions/upload-artifact": upload_artifact,
    "actions/upload-pages-artifact": upload_pages_artifact,
    "actions/download-artifact": download_artifact,
    "actions/deploy-pages": deploy_pages,
    "pypa/gh-action-pypi-publish": publish_packages,
}


def play(forge: Forge, workflow: dict[Any, Any], ref: str, commit: str) -> Iterator[str]:
    """Do what the workflow does after a push of `commit` to `ref`; a line for each job that was played.

    Raises ValueError where something is unknown or the push begins nothing, StepFailed where a step fails.
    """
    if problems := unknown(workflow):
        raise ValueError(f"this workflow cannot be played: {'; '.join(problems)}")
    if not begins(workflow, ref):
        raise ValueError(f"a push to {ref} does not begin {workflow['name']}")
    skipped: set[str] = set()
    for name in in_order(workflow["jobs"]):
        job, started = workflow["jobs"][name], time.perf_counter()
        if "uses" in job:
            yield f"{name}: the tests, not played"
            continue
        place = forge.folder / "runners" / f"{ref.split('/', 2)[2]}-{name}"
        runner = Runner(forge, ref, commit, job.get("permissions", workflow.get("permissions", {})), place)
        if skipped & set(needs(job)) or not holds(job.get("if"), runner.environment()):
            skipped.add(name)
            yield f"{name}: skipped"
            continue
        for step in job["steps"]:
            _do(runner, step)
        yield f"{name}: {len(job['steps'])} steps in {time.perf_counter() - started:.0f} s"


def _do(runner: Runner, step: dict[str, Any]) -> None:
    name = step.get("name", step.get("run", "").partition("\n")[0])
    if "run" in step:
        return runner.run(step["run"], name)
    action = _action(step)
    try:
        ACTIONS[action](runner, **_inputs(step))
    except (OSError, shutil.Error) as error:
        raise StepFailed(action, str(error)) from error


def needs(job: dict[str, Any]) -> list[str]:
    wanted = job.get("needs", [])
    return [wanted] if isinstance(wanted, str) else wanted


def in_order(jobs: dict[str, dict[str, Any]]) -> list[str]:
    """The jobs, each after those that it needs."""
    return list(TopologicalSorter({name: needs(job) for name, job in jobs.items()}).static_order())


def begins(workflow: dict[Any, Any], ref: str) -> bool:
    """Does a push to this branch or tag start the workflow?"""
    _, kind, name = ref.split("/", 2)
    patterns = workflow[ON].get("push", {}).get({"heads": "branches", "tags": "tags"}[kind], [])
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def holds(condition: str | None, environment: dict[str, str]) -> bool:
    """A job's `if`; no condition always holds. Raises ValueError for one that is not of the kind that is known."""
    if condition is None:
        return True
    compared = CONDITION.fullmatch(condition)
    if not compared:
        raise ValueError(f"if: {condition!r} is unknown")
    return environment[f"GITHUB_{compared[1].upper()}"] == compared[2]


def unknown(workflow: dict[Any, Any]) -> list[str]:
    """What in a workflow cannot be played."""
    jobs = workflow["jobs"]
    found = [f"{key}:" for key in workflow.keys() - KEYS]
    for name, job in jobs.items():
        tests = job.get("uses") == TESTS
        problems = [f"{key}:" for key in job.keys() - ({"uses", "needs"} if tests else JOB_KEYS)]
        problems += [f"needs: {other}" for other in needs(job) if other not in jobs]
        if "if" in job and not CONDITION.fullmatch(job["if"]):
            problems.append(f"if: {job['if']}")
        problems += [problem for step in job.get("steps", []) for problem in _unknown_in(step)]
        found += [f"{name}: {problem}" for problem in problems]
    return found


def _unknown_in(step: dict[str, Any]) -> list[str]:
    found = [f"{key}:" for key in step.keys() - STEP_KEYS]
    found += ["an expression in ${{ }}"] * ("${{" in yaml.dump(step))
    if "uses" not in step:
        return found
    action = _action(step)
    if action not in ACTIONS:
        return [*found, action]
    try:
        inspect.signature(ACTIONS[action]).bind(None, **_inputs(step))
    except TypeError as error:
        found.append(f"{action}: {error}")
    return found


def _action(step: dict[str, Any]) -> str:
    return step["uses"].partition("@")[0]


def _inputs(step: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("-", "_"): value for name, value in step.get("with", {}).items()}
