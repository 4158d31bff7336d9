"""Where this book's sources lie: no file names it, so a fork's pages lead to the fork."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOTEBOOKS = "notebooks"  # the branch to which the workflow brings the finished notebooks
FORGE = "https://github.com"
COLAB = "https://colab.research.google.com/github"


@functools.cache
def slug() -> str | None:
    """owner/name: as GitHub says, else as the remote is called, else None."""
    remote = re.search(r"github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?\s*$", _git("remote", "get-url", "origin"))
    return os.environ.get("GITHUB_REPOSITORY") or (remote[1] if remote else None)


@functools.cache
def commit() -> str:
    """The commit that these sources are, in full; empty where there is no git."""
    return os.environ.get("GITHUB_SHA") or _git("rev-parse", "HEAD").strip()


def _git(*command: str) -> str:
    try:
        return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""
