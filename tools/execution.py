"""One run of one notebook, measured from outside of its kernel."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from contextlib import suppress
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
import psutil
from lessons import code_cells, kernel_environment, read
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from normal import normalise

TIMEOUT = 600  # seconds for one cell
CACHE = "jielong.pretrained.cache"
ASK = f"import sys; print(*dict.fromkeys(getattr(sys.modules.get({CACHE!r}), 'LOADED', [])), sep=', ', end='')"


class RunFailed(Exception):
    """A cell raised, wrote to stderr, or did not end."""


def execute(path: Path, threads: int = 1) -> tuple[nbformat.NotebookNode, dict[str, Any]]:
    """Run a notebook in a fresh kernel, in its own folder. Returns it in normal form, with its run card.

    Raises RunFailed, with the cell and what it said.
    """
    notebook, meter = read(path), Meter()
    notebook.metadata.pop("widgets", None)
    notebook.cells.append(nbformat.v4.new_code_cell(ASK))  # asked of the same kernel: which weights did it load?
    client: NotebookClient = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        record_timing=False,
        store_widget_state=True,
        coalesce_streams=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: meter.watch(client.km),
    )
    started = time.perf_counter()
    try:
        client.execute(env={**os.environ, **kernel_environment(threads)}, stderr=subprocess.DEVNULL)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise RunFailed(str(error)) from None
    finally:
        meter.stop()
    weights = "".join(output.text for output in notebook.cells.pop().outputs)
    _refuse_stderr(notebook)
    return normalise(notebook), _run_card(time.perf_counter() - started, meter, threads, weights)


def _run_card(seconds: float, meter: Meter, threads: int, weights: str) -> dict[str, Any]:
    """When and on what a notebook ran, how long, in how much memory, with which weights."""
    card = {
        "date": date.today().isoformat(),
        "seconds": round(seconds),
        "cpu_seconds": round(meter.cpu_seconds),
        "peak_mb": int(round(meter.peak_bytes / 1e6, -1)),
        "torch": metadata.version("torch").partition("+")[0],
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {threads} used",
    }
    return {**card, "weights": weights} if weights else card


class Meter:
    """Watches a kernel's process tree: its peak of resident memory and its processor time."""

    def __init__(self, interval: float = 0.05) -> None:
        self.peak_bytes = 0
        self.cpu_seconds = 0.0
        self._interval = interval
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, manager: Any) -> None:
        """Begin, once the kernel is there."""
        if self._thread is None:
            process = psutil.Process(manager.provisioner.pid)
            self._thread = threading.Thread(target=self._sample, args=(process,), daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _sample(self, process: psutil.Process) -> None:
        try:
            while not self._done.wait(self._interval):
                memory, cpu = used(process)
                self.peak_bytes, self.cpu_seconds = max(self.peak_bytes, memory), max(self.cpu_seconds, cpu)
        except psutil.NoSuchProcess:
            return  # the kernel has ended: what was seen up to here stands


def used(process: psutil.Process) -> tuple[int, float]:
    """Resident bytes and seconds of processor of a process and of all that it started. Raises NoSuchProcess once it
    has ended; a child that ends meanwhile just counts no more."""
    command = process.cmdline()
    memory, cpu = process.memory_info().rss, sum(process.cpu_times()[:4])
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            cpu += sum(child.cpu_times()[:4])
            if child.cmdline() != command:  # else it is about to run a program, and its memory still is its parent's
                memory += child.memory_info().rss
    return memory, cpu


def _refuse_stderr(notebook: Any) -> None:
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.get("name") == "stderr":
                raise RunFailed(f"this cell wrote to stderr:\n{cell.source}\n\n{output.text}")
