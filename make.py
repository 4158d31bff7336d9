"""What `make` does, on every system: `make book` is `python make.py book`, and what stands after it goes along.

The first call makes .venv with what the book needs, in the versions of constraints.txt; later ones start at once.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  what stands above must be readable for an older Python, too
    wanted = "The book needs Python 3.11 or newer, and this is %d.%d: try python3.12 make.py, or make PYTHON=python3.12"
    sys.exit(wanted % sys.version_info[:2])

import hashlib
import locale
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("JIELONG_VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PARALLEL = ["-n", str(min(2, os.cpu_count() or 1)), "--dist", "loadfile"]
LISTS = ("requirements.txt", "constraints.txt", "pyproject.toml")
INSTALL = {"book": ["-r", "requirements.txt"], "test": ["-r", "requirements.txt", "-e", ".[test]"]}


def book(more: list[str]) -> None:
    """set everything up, draw the book in both languages, say where to look"""
    set_up("book")
    weights()
    step("site/build.py", *more)
    print("The book is drawn. Open _build/html/index.html, or type: make serve")


def test(more: list[str]) -> None:
    """everything that CI runs: lint, unit, notebooks, far, pages"""
    for part in (lint, unit, notebooks, far, pages):
        part([])
    step("site/browser.py", "--look")
    print("All tests passed.")


def install(more: list[str]) -> None:
    """make .venv with all that drawing and testing need, fetch the weights, and nothing else"""
    set_up("test")
    weights()


def check(more: list[str]) -> None:
    """what your change reaches, and nothing else: its lessons, its tests, its pages"""
    install([])
    step("tools/check.py", *more)


def lint(more: list[str]) -> None:
    """style, types, and which way the imports go"""
    set_up("test")
    step("-m", "ruff", "check", ".")
    step("-m", "ruff", "format", "--check", ".")
    step("-m", "mypy")
    step("tools/layers.py")


def unit(more: list[str]) -> None:
    """the library's, the exercises' and the tools' tests"""
    install([])
    step("site/browser.py")
    step("-m", "pytest", *PARALLEL, "--ignore=tests/site", *more)


def notebooks(more: list[str]) -> None:
    """execute every notebook and compare with its stored outputs"""
    install([])
    step("-m", "pytest", "--nbval", *PARALLEL, *(more or ["book"]))


def far(more: list[str]) -> None:
    """two lessons that train, on the plainest processor that this one can play"""
    install([])
    step("tools/anywhere.py", "--plainest", "--again", *(more or ["a-matrix-that-remembers", "other-minds"]))


def pages(more: list[str]) -> None:
    """draw both editions from nothing, warnings are errors; test links, translation, pages in a browser"""
    set_up("test")
    step("site/build.py", "--strict")
    step("site/browser.py")
    step("-m", "pytest", "tests/site", *more)


def anywhere(more: list[str]) -> None:
    """every lesson on every machine that this computer can play, and one table; may be stopped and goes on"""
    install([])
    step("tools/anywhere.py", *more)


def run(more: list[str]) -> None:
    """execute the notebooks that changed, or whose library code changed, and store their outputs"""
    install([])
    step("tools/run.py", *more)


def export(more: list[str]) -> None:
    """write every lesson as a finished notebook, in both languages (or: make export ARGS=zh-TW)"""
    set_up("book")
    step("site/finished.py", *more)


def lab(more: list[str]) -> None:
    """open lessons of your own in JupyterLab, in English or in Chinese (make lab ARGS=zh-TW); what you write stays"""
    set_up("book")
    step("site/finished.py", "--mine", *more)
    if subprocess.run([PYTHON, "-c", "import jupyterlab"], env=environment(), capture_output=True).returncode:
        step("-m", "pip", "install", "--disable-pip-version-check", "jupyterlab>=4.2")
    weights()
    step("-m", "jupyterlab", f"--notebook-dir={ROOT / 'my-notebooks'}")


def lesson(more: list[str]) -> None:
    """begin a lesson that is green: make lesson NAME=a-new-lesson LECTURE=agents"""
    set_up("test")
    step("tools/scaffold.py", *more)


def translate(more: list[str]) -> None:
    """bring the catalogues in locale/ up to date and list what is missing"""
    set_up("test")
    step("site/translate.py", *more)


def serve(more: list[str]) -> None:
    """show the book at http://localhost:8000 (PORT=... for another port)"""
    book([])
    step("-m", "http.server", "--bind", "127.0.0.1", "--directory", "_build/html", os.environ.get("PORT", "8000"))


def format(more: list[str]) -> None:
    """put the code into the house's style"""
    set_up("test")
    step("-m", "ruff", "check", "--fix", ".")
    step("-m", "ruff", "format", ".")


def clean(more: list[str]) -> None:
    """forget what was drawn; .venv, the weights and what `make anywhere` has found stay"""
    for path in (ROOT / "_build").glob("*"):
        if path.name != "anywhere":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


TASKS: dict[str, Callable[[list[str]], None]] = {
    task.__name__: task
    for task in (
        book,
        test,
        install,
        check,
        lint,
        unit,
        notebooks,
        far,
        pages,
        anywhere,
        run,
        export,
        lab,
        lesson,
        translate,
        serve,
        format,
        clean,
    )
}


def step(*command: str) -> None:
    """Run one command of the environment's Python; where it fails, everything ends with its exit status."""
    code = subprocess.run([PYTHON, *command], cwd=ROOT, env=environment()).returncode
    if code:
        sys.exit(code)


def environment() -> dict[str, str]:
    """This process's, with UTF-8 for all that Python reads and writes, and a locale that can write where the book lies:
    setuptools takes the locale's letters for the path of an editable install."""
    settings = {**os.environ, "PYTHONUTF8": "1"}
    try:
        str(ROOT).encode(locale.getencoding())
    except UnicodeEncodeError:
        settings["LC_ALL"] = "C.UTF-8"
    return settings


def set_up(level: str) -> None:
    """Make the environment for drawing ("book") or also for testing ("test"), unless it is there and current."""
    current = hashlib.sha256(str(ROOT).encode() + b"".join((ROOT / name).read_bytes() for name in LISTS)).hexdigest()
    if _stamp(level) == current:
        return
    print(f"Setting up {VENV.name}: this takes a few minutes, once.", flush=True)
    if not _has_pip():
        if VENV.exists():
            print("It is not whole: it is made anew.", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", "--clear", VENV]).returncode:
            sys.exit("This Python cannot make an environment: do what it says above, or take another Python.")
    step("-m", "pip", "install", "--disable-pip-version-check", *INSTALL[level], "-c", "constraints.txt")
    _point_to_library()
    for done in ("book", level):
        (VENV / f"{done}.stamp").write_text(current)


def weights() -> None:
    """Fetch and verify the models' weights, unless this was done with the code that does it."""
    files = sorted((ROOT / "lib" / "jielong" / "pretrained").glob("*.py"))
    current = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    if _stamp("weights") != current:
        step("-m", "jielong.pretrained")
        (VENV / "weights.stamp").write_text(current)


def _stamp(name: str) -> str | None:
    file = VENV / f"{name}.stamp"
    return file.read_text() if file.exists() and PYTHON.exists() else None


def _point_to_library() -> None:
    """Let the editable install name this folder by the way to it: then its letters trouble no Python in any locale."""
    for file in VENV.glob("[lL]ib/**/__editable__.jielong-*.pth"):
        file.write_text(os.path.relpath(ROOT / "lib", file.parent.resolve()) + "\n", encoding="utf-8")


def _has_pip() -> bool:
    """False where there is no environment, or one that was left half-made, or one of an older Python."""
    ask = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", ask], env=environment(), capture_output=True).returncode == 0


def main(arguments: list[str]) -> None:
    name, *more = arguments or ["help"]
    if name in TASKS:
        return TASKS[name](more)
    for task, does in TASKS.items():
        print(f"  make {task:11}{does.__doc__}")
    if name != "help":
        sys.exit(f"\nThere is no {name!r}; above is what there is.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
