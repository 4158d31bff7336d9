"""Code that a model wrote, run where it can do no harm: a process of its own, with nothing but a folder.

    run("print(6 * 7)").output        "42\\n"

Three fences stand behind each other. The kernel limits processor time, memory, the size of files and of the output.
Where the system lets it (Linux user namespaces), the process has no network at all. And inside the process Python's
audit hooks refuse every file outside its folder, every socket, every other process (`jielong.agents.tools.jail`). The
parent stops it when the time by the clock is over. This keeps out mistakes and what a language model writes; for people
who attack on purpose, put a virtual machine around it.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

from jielong.agents.typed import Typed
from jielong.tokenizer import well_formed

JAIL = Path(__file__).with_name("jail.py")
LONGEST = 100_000
"""Characters of output that are kept."""


class Result(Typed):
    """What came of it. ended: "done", "failed" (an error, see ``error``), or "time" (it was stopped)."""

    ended: Literal["done", "failed", "time"]
    output: str
    error: str = ""


def run(code: str, *, seconds: int = 5, megabytes: int = 512, files: dict[str, str] | None = None) -> Result:
    """Run Python code. seconds: by the clock, and of the processor. files: names and texts that lie in its folder.

    Raises ValueError for a file name that is more than a name.
    """
    if seconds < 1 or megabytes < 64:
        raise ValueError(f"seconds={seconds} must be at least 1, and megabytes={megabytes} at least 64")
    with tempfile.TemporaryDirectory() as there:
        folder, output, error = Path(there, "folder"), Path(there, "output"), Path(there, "error")
        lay_out(folder, files or {})
        jail = [sys.executable, "-I", "-S", "-B", str(JAIL), str(folder), str(megabytes), str(seconds)]
        ended = execute([*no_network(), *jail], code, seconds, output, error)
        said, wrong = (path.read_text(encoding="utf-8", errors="replace")[:LONGEST] for path in (output, error))
    if ended is None:
        return Result(ended="time", output=said, error=f"stopped after {seconds} seconds")
    last = wrong.strip().split("\n")[-1] if wrong.strip() else f"ended with {ended}"
    return Result(ended="failed", output=said, error=last) if ended else Result(ended="done", output=said)


def lay_out(folder: Path, files: dict[str, str]) -> None:
    """Make the folder, with the files in it. Raises ValueError for a name that is more than one."""
    folder.mkdir()
    for name, text in files.items():
        if Path(name).name != name or name in ("", ".", "..") or "\0" in name or name != well_formed(name):
            raise ValueError(f"files: {name!r} must be a plain name")
        (folder / name).write_text(well_formed(text), encoding="utf-8")


def execute(command: list[str], code: str, seconds: int, output: Path, error: Path) -> int | None:
    """Give the code to a new process, which is gone afterwards: its exit status, or None where its time was over."""
    with output.open("wb") as out, error.open("wb") as err:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=err, env={"PYTHONUTF8": "1"}, start_new_session=True
        )
        try:
            process.communicate(well_formed(code).encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            stop(process)
    late = hasattr(signal, "SIGXCPU") and process.returncode in (-signal.SIGXCPU, 128 + signal.SIGXCPU)
    return None if late else process.returncode


def stop(process: subprocess.Popen[bytes]) -> None:
    """The process and whatever it may have started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


@functools.cache
def no_network() -> list[str]:
    """The beginning of a command whose process has no network; empty where the system does not let us."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    command = [unshare, "--user", "--net", "--"]
    tried = subprocess.run([*command, sys.executable, "-c", ""], capture_output=True)
    return command if tried.returncode == 0 else []
