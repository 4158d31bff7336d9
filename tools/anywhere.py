"""Run the lessons as other machines would, compare as the tests do, and print one table.

    python tools/anywhere.py                          every lesson on every machine that this computer can play
    python tools/anywhere.py other-minds              these lessons only
    python tools/anywhere.py --machines sse avx2      on these machines only
    python tools/anywhere.py --plainest               on the one that is farthest from a new processor
    python tools/anywhere.py --list                   name the machines, run nothing
    --again                                           also what has passed or failed before
    -j N                                              N lessons at a time (default: the number of cores)

It may be stopped at any time. What a lesson did on a machine is kept in _build/anywhere, beside its log, until the
notebook, its stored outputs, the library code that it uses or the comparison changes; then that lesson runs again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from inputs import fingerprint
from jielong.files import write_text
from lessons import ROOT, lessons, read

KEPT = ROOT / "_build" / "anywhere"
ENVIRONMENTS = KEPT / "environments"
PROCESSORS = {
    "native": {},
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "MKL_CBWR": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    "sse": {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "ONEDNN_MAX_CPU_ISA": "SSE41"},
    "plain": {"ATEN_CPU_CAPABILITY": "default"},
}
"""How torch, MKL and oneDNN are told to leave newer instructions alone; "native" is the processor as it is, "plain" any
but an x86 one."""
ELSEWHERE = {"TZ": "Asia/Taipei", "LC_ALL": "C", "LANG": "C", "JIELONG_HASH_SEED": "4711"}
"""Another time zone and locale, and another order of sets."""
X86 = platform.machine().lower() in ("x86_64", "amd64")
PLAINEST = "sse" if X86 else "plain"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
LISTS = ("requirements.txt", "pyproject.toml")
ASK = """
import platform, torch
said = torch.backends.cpu.get_cpu_capability(), f"Python {platform.python_version()}", f"torch {torch.__version__}"
print(*said, sep=", ", end="")
"""


class Machine(NamedTuple):
    """A processor, a number of threads, a Python, which versions of the packages, and whether it stands elsewhere."""

    name: str
    processor: str = "native"
    threads: int = 1
    interpreter: Path = Path(sys.executable)
    versions: str = "those here"
    elsewhere: bool = False

    @property
    def python(self) -> Path:
        """The Python that runs the lessons: this one, or that of an environment made for the machine."""
        inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        return Path(sys.executable) if self.versions == "those here" else ENVIRONMENTS / self.name / inside

    def environment(self) -> dict[str, str]:
        chosen = {**PROCESSORS[self.processor], "JIELONG_THREADS": str(self.threads)}
        return {**os.environ, **chosen, **(ELSEWHERE if self.elsewhere else {})}

    def describe(self) -> str:
        """What torch says of this machine: its instruction set, and the versions."""
        asked = subprocess.run(
            [self.python, "-c", ASK], env=self.environment(), capture_output=True, text=True, check=True
        )
        return f"{asked.stdout}, {self.threads} thread{'s' * (self.threads > 1)}"


def machines() -> dict[str, Machine]:
    """Every machine that this computer can play, by name."""
    other = [name for name in PROCESSORS if (name == "plain") != X86 and name != "native"]
    played = [
        Machine(f"{processor}{'-2' * (threads == 2)}", processor, threads)
        for processor in ("native", *other)
        for threads in (1, 2)
    ]
    played += [Machine("elsewhere", elsewhere=True)]
    pythons = interpreters()
    others = [(version, path) for version, path in pythons.items() if path != Path(sys.executable)]
    played += [Machine(f"python{version}", interpreter=path, versions="tested") for version, path in others]
    oldest, newest = pythons.get("3.11", Path(sys.executable)), list(pythons.values())[-1]
    played += [Machine("lowest", interpreter=oldest, versions="lowest-direct")]
    played += [Machine("newest", interpreter=newest, versions="highest")]
    return {machine.name: machine for machine in played}


def interpreters() -> dict[str, Path]:
    """Version -> Python, for each of `PYTHONS` that is on the PATH or under pyenv, and this one."""
    found = {}
    for version in PYTHONS:
        under_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        places = [shutil.which(f"python{version}"), *map(str, under_pyenv)]
        if platform.python_version().startswith(f"{version}."):
            places.insert(0, sys.executable)
        working = [place for place in places if place and _runs(place)]
        if working:
            found[version] = Path(working[0])
    return found


def _runs(python: str) -> bool:
    return subprocess.run([python, "-c", "import venv"], capture_output=True).returncode == 0


def prepare(machine: Machine) -> None:
    """Make the environment that a machine needs, unless it is there and current.

    Of the tested versions by make.py; of the lowest or newest ones by uv, in an environment that also has a pip, since
    the weights come by pip. Raises CalledProcessError where that fails; what was said stands above it.
    """
    place = ENVIRONMENTS / machine.name
    if machine.versions == "those here":
        return
    if machine.versions == "tested":
        surroundings = {**os.environ, "JIELONG_VENV": str(place)}
        subprocess.run([machine.interpreter, ROOT / "make.py", "install"], check=True, env=surroundings)
        return
    current = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in LISTS)).hexdigest()
    stamp = place / "versions.stamp"
    if stamp.exists() and stamp.read_text() == current:
        return
    subprocess.run([machine.interpreter, "-m", "venv", "--clear", place], check=True)
    subprocess.run([machine.python, "-m", "pip", "install", "-q", "uv"], check=True)
    uv = ["-m", "uv", "pip", "install", "--python", str(machine.python), "--resolution", machine.versions]
    subprocess.run([machine.python, *uv, "-r", "requirements.txt", "-e", ".[test]"], check=True, cwd=ROOT)
    write_text(stamp, current)


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    chosen = _machines([PLAINEST] if options.plainest else options.machines)
    if options.list:
        for machine in chosen:
            print(f"{machine.name:12}{machine.processor}, {machine.threads} threads, versions: {machine.versions}")
        return 0
    paths, found = _lessons(options.lessons), {}
    for machine in chosen:
        try:
            prepare(machine)
        except subprocess.CalledProcessError as error:
            print(f"{machine.name:12}cannot be played: {error}", flush=True)
            continue
        with ThreadPoolExecutor(options.jobs) as pool:
            records = pool.map(lambda path, machine=machine: outcome(path, machine, options.again), paths)
            found[machine] = dict(zip([path.stem for path in paths], records, strict=True))
    print(table(found))
    missing = sorted(set(PYTHONS) - set(interpreters()))
    if missing and not options.machines and not options.plainest:
        print(f"Not played, since there is no such Python here: {', '.join(missing)}")
    bad = any(record["failed"] for records in found.values() for record in records.values())
    return 1 if bad or len(found) < len(chosen) else 0


def outcome(path: Path, machine: Machine, again: bool = False) -> dict[str, Any]:
    """How a lesson went on a machine: from the record, if it is still about the same files, else by running it."""
    kept = _record(path, machine)
    if again or kept is None:
        kept = {"key": key(path), **run(path, machine)}
        write_text(_file(path, machine, "json"), json.dumps(kept, indent=1))
        how = f"FAILED in {', '.join(kept['failed'])}" if kept["failed"] else f"passed {kept['passed']} cells"
        print(f"{machine.name:12}{path.stem}: {how}, {kept['seconds']} s", flush=True)
    return kept


def run(path: Path, machine: Machine) -> dict[str, Any]:
    """Execute one notebook through pytest and nbval, as `make notebooks` does: cells that passed and that failed."""
    log, started = _file(path, machine, "log"), time.perf_counter()
    log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open(log, "w", encoding="utf-8") as file:
        report = Path(folder) / "report.xml"
        pytest = ["-m", "pytest", "--nbval", "-p", "no:cacheprovider", f"--junitxml={report}", str(path)]
        subprocess.run(
            [machine.python, *pytest], cwd=ROOT, env=machine.environment(), stdout=file, stderr=subprocess.STDOUT
        )
        cells = list(ET.parse(report).iter("testcase")) if report.exists() else []
    failed = [cell.get("name", "") for cell in cells if {"failure", "error"} & {part.tag for part in cell}]
    if not cells:
        failed = [f"(no cell ran: see {log})"]
    return {"passed": len(cells) - len(failed), "failed": failed, "seconds": round(time.perf_counter() - started)}


def key(path: Path) -> str:
    """A hash of all that decides how a lesson goes: notebook, stored outputs, library code, comparison."""
    digest = hashlib.sha256(path.read_bytes() + fingerprint(read(path)).encode())
    for file in [*sorted((ROOT / "tools").glob("compare*.py")), ROOT / "conftest.py"]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def table(found: dict[Machine, dict[str, dict[str, Any]]]) -> str:
    """A line for each machine, and below it the cells that failed. found: for each machine, lesson -> record."""
    lines = [f"{'machine':12}{'passed':>8}{'failed':>8}{'minutes':>9}  what it is"]
    for machine, records in found.items():
        bad = {name: record["failed"] for name, record in records.items() if record["failed"]}
        minutes = sum(record["seconds"] for record in records.values()) / 60
        counts = f"{len(records) - len(bad):8}{len(bad):8}{minutes:9.1f}"
        lines.append(f"{machine.name:12}{counts}  {machine.describe()}")
        lines += [f"{'':12}{name}: {', '.join(cells)}" for name, cells in bad.items()]
    return "\n".join(lines)


def _record(path: Path, machine: Machine) -> dict[str, Any] | None:
    try:
        kept = json.loads(_file(path, machine, "json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    complete = isinstance(kept, dict) and {"key", "passed", "failed", "seconds"} <= set(kept)
    return kept if complete and kept["key"] == key(path) else None


def _file(path: Path, machine: Machine, kind: str) -> Path:
    return KEPT / machine.name / f"{path.stem}.{kind}"


def _machines(names: list[str]) -> list[Machine]:
    known = machines()
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no such machine: {', '.join(unknown)}. This computer can play {', '.join(known)}")
    return [known[name] for name in names or known]


def _lessons(names: list[str]) -> list[Path]:
    known = {path.stem: path for path in lessons()}
    wanted = [Path(name).stem for name in names]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        sys.exit(f"no such lesson: {', '.join(unknown)}. The book has {', '.join(known)}")
    return [known[name] for name in wanted or known]


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("--machines", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--plainest", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
