"""Weights that others have trained: the cache on this machine, and what may stand in its way.

Nothing is trusted but what has its known SHA-256. What stands in the way (no network, a full disk, a cache that is
damaged, read-only, or a file) is said in one paragraph, by `WeightsUnavailable`. Whatever is fetched lies below the
cache until it is whole (`jielong.files`); so a kill leaves nothing that the next command does not sweep away.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import ssl
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

from platformdirs import user_cache_path
from safetensors import SafetensorError

from jielong.files import FULL, scratch, sweep

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


@dataclass
class Search:
    """One search for weights. cache: the folder that keeps them. reasons: what has gone wrong so far."""

    cache: Path
    say: Say
    reasons: list[str] = field(default_factory=list)

    def look(self, names: Sequence[str], fault: Callable[[Path], str | None]) -> Path | None:
        """The first of these folders in the cache that is whole; ``fault`` says what is wrong with one that is not."""
        for folder in (self.cache / name for name in names):
            if not folder.exists():
                continue
            wrong = fault(folder)
            if wrong is None:
                self.say(f"weights are in the cache: {folder}")
                return folder
            self.reasons.append(f"the copy in the cache, {folder}, is damaged ({wrong})")
            self.say(f"{self.reasons[-1]}; making it anew")
        return None

    def make(self, makers: Mapping[str, Callable[[Search, Path], Path]], advice: str) -> Path:
        """What the first of these makers that can makes, with a folder for what it needs only for a while.

        Raises `WeightsUnavailable` with the ``advice``, which names {cache} and {reasons}, if none can.
        """
        for where, maker in makers.items():
            try:
                with scratch(self.cache) as there:
                    return maker(self, there)
            except UNAVAILABLE as error:
                self.reasons.append(f"{where}: {describe(error)}")
                self.say(self.reasons[-1])
        raise WeightsUnavailable(advice.format(cache=self.cache, reasons="; ".join(self.reasons)))


@contextmanager
def searching(say: Say) -> Iterator[Search]:
    """A search in the swept cache. Raises `WeightsUnavailable` for whatever the system says about that."""
    search = Search(cache_path(), say)
    with explained(f"the cache, {search.cache},", "or set JIELONG_CACHE to another folder", search.reasons):
        sweep(search.cache)
        yield search


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
