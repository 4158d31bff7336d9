"""Files and folders that are there whole or not at all, whenever a kill, a full disk or a power cut comes.

    write_text(path, text)                                  a text
    with writing(path) as draft: torch.save(..., draft)     a file
    with making(path, good) as draft: ...                   a folder
    with scratch(folder) as there: ...                      what is needed only for a while

What is unfinished lies in a folder ``.partial-...`` beside its place, with a lock that is held for as long as its
process lives. An exception takes it away; after a kill, the next to write there sweeps away whatever nobody holds.
"""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from jielong.arguments import writable

PARTIAL = ".partial-"
"""How the names of unfinished things begin; .gitignore knows it, too."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where there is no room."""
LOCK = ".lock"
"""Inside an unfinished folder: held while its process lives. Beside a made one: held while it is put in its place."""


class NoRoom(OSError):
    """There is no room for a file; the message names it and says what is still there."""


class Damaged(ValueError):
    """A file that cannot be what was written; the message names it and says what to do."""


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Where to write a file that then takes the place of ``path``, with the permissions of the one it replaces.

    Raises `NoRoom` on a full disk, whatever the writer made of it.
    """
    with scratch(path.parent) as there:
        draft = there / path.name
        try:
            yield draft
        except Exception as error:
            if not has_room(draft):
                still = f"{path} as it was before is still there" if path.exists() else "there was none before"
                raise NoRoom(f"{path} could not be written: the disk is full; make room ({still})") from error
            raise
        shutil.copymode(path if path.exists() else usual(there), draft)
        flush(draft)
        os.replace(draft, path)
        flush(path.parent)


def write_text(path: Path, text: str) -> None:
    """Put a text, in UTF-8 and with the same line ends on every system, in the place of ``path``; see `writing`.

    Raises ValueError for half of a character.
    """
    writable(text=text)
    with writing(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def making(folder: Path, good: Callable[[Path], bool]) -> Iterator[Path]:
    """An empty folder, to be filled with files, that then takes the place of ``folder``.

    If another process was faster, and what it has put there is ``good``, that one stays. All this under a lock: else a
    process could take away the good folder that another has just put in the place of a broken one.
    """
    with scratch(folder.parent) as there:
        draft = there / folder.name
        draft.mkdir()
        yield draft
        for path in draft.iterdir():
            shutil.copymode(usual(there), path)
            flush(path)
        flush(draft)
        with FileLock(folder.parent / LOCK):
            if folder.exists():
                if good(folder):
                    return
                os.replace(folder, there / "replaced")
            os.replace(draft, folder)
            flush(folder.parent)


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """An empty folder inside ``folder``, which is made if need be; afterwards it is gone, with all that is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    there, lock = begin(folder)
    try:
        yield there
    finally:
        lock.release()  # Windows removes no file that is open
        shutil.rmtree(there, ignore_errors=True)


def begin(folder: Path) -> tuple[Path, FileLock]:
    """A new unfinished folder and its lock, held. Another process may sweep it away before it is: then once more."""
    while True:
        there = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=folder))
        lock = FileLock(there / LOCK)
        with suppress(FileNotFoundError, FileExistsError):
            lock.acquire()
            if (there / LOCK).exists():
                return there, lock


def sweep(folder: Path) -> None:
    """Remove what processes that live no more have left in ``folder``. What cannot be removed stays, silently."""
    for left in folder.glob(PARTIAL + "*"):
        with suppress(OSError):  # also a lock that somebody holds: TimeoutError
            with FileLock(left / LOCK, timeout=0):
                shutil.rmtree(left, ignore_errors=True)
            if os.name == "nt":  # where the lock could not be removed while it was open
                (left / LOCK).unlink()
                left.rmdir()


def usual(there: Path) -> Path:
    """A file with the permissions that new ones have here; some writers leave others, which only the owner may read."""
    new = there / ".new"
    new.touch()
    return new


def has_room(draft: Path) -> bool:
    """Whether a file that could not be finished might go on. Writers hide what the system said: so ask it again."""
    try:
        with open(draft, "ab") as file:
            file.write(bytes(2**20))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.errno not in FULL
    return True


def flush(path: Path) -> None:
    """Onto the disk, so that after a power cut there is all of it or none."""
    if path.is_dir() and os.name == "nt":  # where folders cannot be opened
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def reading(path: Path, advice: str) -> Iterator[None]:
    """Whatever goes wrong while a file that we wrote is understood becomes one sentence. Raises `Damaged`."""
    try:
        yield
    except (ValueError, KeyError, TypeError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        said = (str(error).splitlines() or [""])[0].partition(". ")[0]
        raise Damaged(f"{path} is damaged ({type(error).__name__}: {said}); {advice}") from error
