"""A lesson as Colab opens it, in each language, from this repository under a made-up name.

In an environment with Colab's versions and a stand-in for google.colab, the finished notebook's set-up cell installs
the library, and the lesson runs. Colab's versions must still be there afterwards, and figures speak the language.

python tools/rehearse_colab.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from anywhere import interpreters
from colab_pins import PINS, PYTHON, pins
from lessons import ROOT, code_cells, read, widget_models
from nbformat import NotebookNode

LESSON = "book/generative-ai/rolling-the-die.ipynb"
REPOSITORY = "a-teacher/her-fork"
PLACE = ROOT / "_build" / "colab"
JUPYTER = ("ipython", "ipywidgets", "traitlets", "torch", "numpy", "matplotlib", "jinja2")  # in the environment before
STAND_IN = """\
import pathlib
def enable_custom_widget_manager():
    pathlib.Path("widget-manager-enabled").touch()
"""
RUN = """\
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=600, kernel_name="python3", store_widget_state=True).execute()
nbformat.write(notebook, sys.argv[2])
"""


def prepare(place: Path = PLACE) -> Path:
    """An environment like Colab's, as far as the library could notice, without the library."""
    python = place / "environment/bin/python"
    subprocess.run([interpreters()[PYTHON], "-m", "venv", "--clear", python.parent.parent], check=True)
    had = pins(PINS.read_text(encoding="utf-8"))
    wanted = [f"{name}=={had[name]}" for name in JUPYTER]
    install: list[str | Path] = [python, "-m", "pip", "install", "-q", "-c", PINS]
    subprocess.run([*install, *wanted, "ipykernel==6.17.1", "nbclient", "setuptools"], check=True)
    packages = next((python.parent.parent / "lib").glob("python*/site-packages"))
    (packages / "google/colab").mkdir(parents=True)
    (packages / "google/colab/__init__.py").touch()
    (packages / "google/colab/output.py").write_text(STAND_IN)
    (packages / "colab.pth").write_text("import google.colab\n")
    return python


def rehearse(python: Path, language: str) -> list[str]:
    """Finish the lesson's notebook, open it and run it; returns what went wrong."""
    notebooks = PLACE / language / "notebooks"
    finish = ["site/finished.py", language, LESSON, "--output", str(notebooks)]
    made_up = {**os.environ, "GITHUB_REPOSITORY": REPOSITORY}
    subprocess.run([sys.executable, *finish], cwd=ROOT, check=True, env=made_up)
    return opened(python, notebooks / language / LESSON, language, REPOSITORY, ROOT)


def opened(python: Path, notebook: Path, language: str, repository: str, plays: Path) -> list[str]:
    """Run a finished notebook with the git repository `plays` in place of GitHub's; returns what went wrong."""
    before, ran = versions(python), notebook.with_name("ran.ipynb")
    environment = {
        **os.environ,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{plays}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{repository}",
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
    }
    environment.pop("PYTHONPATH", None)
    subprocess.run([python, "-c", RUN, notebook, ran], check=True, cwd=notebook.parent, env=environment)
    return [*wrong(read(ran), language), *changed(before, versions(python))]


def wrong(notebook: NotebookNode, language: str) -> list[str]:
    """What the lesson shows that it should not, or lacks."""
    spoken = {model["state"]["language"] for model in widget_models(notebook).values() if "_esm" in model["state"]}
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    shown = "".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    hidden = 'lang="en" hidden' if language == "zh-TW" else 'lang="zh-Hant-TW" hidden'
    found = [] if spoken == {language} else [f"figures speak {spoken or 'nothing'}"]
    return found + ([] if hidden in shown else [f"no {hidden} in what is shown"])


def versions(python: Path) -> dict[str, str]:
    """What is installed there."""
    return pins(subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout)


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What Colab brought in one version and now has in another."""
    return [f"{name} {before[name]} became {after.get(name)}" for name in before if after.get(name) != before[name]]


def main() -> int:
    python = prepare()
    found = {language: rehearse(python, language) for language in ("en", "zh-TW")}
    for language, faults in found.items():
        print(f"{language}: {'; '.join(faults) or 'as it should be'}")
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main())
