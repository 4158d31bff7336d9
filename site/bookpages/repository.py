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
REMOTE = re.compile(r"(?i)(?:\w+://)?(?:[^@/\s]+@)?(?:ssh\.)?github\.com(?::\d+)?[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?")
COLAB = "https://colab.research.google.com/github"


@functools.cache
def slug() -> str | None:
    """owner/name: as GitHub says, else as the remote is called, else None; also for another forge."""
    remote = REMOTE.fullmatch(_git("remote", "get-url", "origin").strip())
    there = os.environ.get("GITHUB_REPOSITORY") if os.environ.get("GITHUB_SERVER_URL", FORGE) == FORGE else None
    return there or (remote[1] if remote else None)


@functools.cache
def address() -> str | None:
    """Where readers find the pages, ending in a slash: as $BOOK_ADDRESS says, else the repository's GitHub Pages."""
    told = os.environ.get("BOOK_ADDRESS")
    if told or not slug():
        return told and f"{told.rstrip('/')}/"
    owner, name = str(slug()).split("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def page_address(folder: str, page: str) -> str | None:
    """Where readers find a page of the edition in ``folder``, if it is known where they find any."""
    return address() and f"{address()}{folder}/{page}.html"


@functools.cache
def commit() -> str:
    """The commit that these sources are, in full; empty where there is no git."""
    return os.environ.get("GITHUB_SHA") or _git("rev-parse", "HEAD").strip()


def unpushed() -> bool:
    """Whether no remote branch has this commit, so that Colab cannot install it; on the forge itself, one has."""
    if "GITHUB_ACTIONS" in os.environ or not slug() or not _git("remote").strip():
        return False
    return not _git("branch", "--remotes", "--contains", commit()).strip()


def _git(*command: str) -> str:
    try:
        return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""
