"""The Chinese notebook of one lesson of each lecture runs, and shows what it stores, in Chinese."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from bookpages.languages import EDITIONS
from finished import ROOT, write
from lessons import code_cells, read

LESSONS = [
    "generative-ai/inside-the-box",
    "agents/the-inner-theatre",
    "interpretability/one-pass-by-hand",
    "architectures/a-memory-with-gates",
]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_chinese_notebook_runs_and_shows_what_it_stores(tmp_path, lesson):
    write(EDITIONS["zh_TW"], tmp_path, [ROOT / "book" / f"{lesson}.ipynb"])
    notebook = tmp_path / "book" / f"{lesson}.ipynb"
    command = [
        "-m",
        "pytest",
        "--nbval",
        "-p",
        "no:cacheprovider",
        f"--rootdir={ROOT}",
        "-c",
        str(ROOT / "pyproject.toml"),
    ]
    run = subprocess.run(
        [sys.executable, *command, "--confcutdir", str(ROOT), "-p", "conftest", str(notebook)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert f"{sum(1 for _ in code_cells(read(notebook)))} passed" in run.stdout
