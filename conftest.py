"""How the tests run: shapes are checked in the library, and notebooks are compared by what a reader would see."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from jaxtyping import install_import_hook

ROOT = Path(__file__).parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "lib"), str(ROOT / "site")]
# Every shape in a signature is checked while testing; an int passes for a float, as PEP 484 has it.
install_import_hook("jielong", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

from compare import Tolerance, differences  # noqa: E402
from lessons import kernel_environment, widget_models  # noqa: E402

HIDDEN = {"en": 'lang="en" hidden', "zh-TW": 'lang="zh-Hant-TW" hidden'}
MOST = 12  # differences of one cell that are worth reading


def pytest_configure(config: pytest.Config) -> None:
    """Run as the runner does (JIELONG_THREADS=2 tries two threads); let nbval compare as tools/compare.py does."""
    lessons_run = config.getoption("nbval", default=False)
    os.environ.update(kernel_environment(int(os.environ.get("JIELONG_THREADS", "1")), offline=lessons_run))
    if not lessons_run:
        return
    from nbval.plugin import IPyNbCell, IPyNbFile

    IPyNbCell.compare_outputs = _compare
    IPyNbFile.get_kernel_message = _listen(IPyNbFile.get_kernel_message)


def _compare(cell: Any, now: list[Any], stored: list[Any], skip_compare: Any = None) -> bool:
    models = (widget_models(cell.parent.nb), getattr(cell.parent, "widget_models", {}))
    tolerance = Tolerance.stated(cell.cell.metadata, cell.parent.nb.metadata)
    language = cell.parent.nb.metadata.get("jielong", {}).get("language")
    if language:  # a finished notebook stores one of the two that an output carries
        from bookpages.languages import EDITIONS
        from finished import in_one_language

        if any(HIDDEN[language] in "".join(output.get("data", {}).get("text/html", "")) for output in now):
            cell.comparison_traceback = [f"{HIDDEN[language]}: what it shows is not in the notebook's language"]
            return False
        edition = next(each for each in EDITIONS.values() if each.folder == language)
        now = [in_one_language(output, edition) for output in now]
    found = differences(stored, now, tolerance, models)
    more = [f"… and {len(found) - MOST} more"] if len(found) > MOST else []
    cell.comparison_traceback = [*found[:MOST], *more]
    return not found


def _listen(get_message: Any) -> Any:
    """nbval passes over what widgets send; their state is part of what a cell shows, so keep it."""

    def get_kernel_message(notebook: Any, *arguments: Any, **options: Any) -> Any:
        message = get_message(notebook, *arguments, **options)
        content = message["content"]
        models = notebook.__dict__.setdefault("widget_models", {})
        if message["msg_type"] == "comm_open":
            models[content["comm_id"]] = {"state": dict(content["data"].get("state", {}))}
        elif message["msg_type"] == "comm_msg" and content["comm_id"] in models:
            models[content["comm_id"]]["state"].update(content["data"].get("state", {}))
        return message

    return get_kernel_message
