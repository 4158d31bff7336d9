"""Finished notebooks: every lesson as a reader opens it, alone and in one language, its numbers filled in.

    python site/finished.py                     both editions, into _build/notebooks
    python site/finished.py zh-TW book/agents/borrowed-hands.ipynb
    python site/finished.py --without-solutions
    python site/finished.py --mine              into my-notebooks, but for those that are there already

What the sources leave to the pages is done: prose, comments and printed words from the catalogues, {value}s from the
run, outputs and widgets in the edition's language. The set-up cell installs the library from the repository, at the
commit that it was made from, and says in which language cards, hints and figures speak while the lesson runs. Nothing
is executed.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from bookpages import comments, notebooks, printed, repository
from bookpages.catalogue import known, translated
from bookpages.languages import EDITIONS, Edition, speak
from jielong.files import write_text
from nbformat.sign import NotebookNotary

ROOT = Path(__file__).parents[1]
OUTPUT, MINE = ROOT / "_build" / "notebooks", ROOT / "my-notebooks"
FOLDERS = [edition.folder for edition in EDITIONS.values()]
VALUE = re.compile(r"\{value\}`([^`]+)`")
RELEASE = re.compile(r"jielong==[\w.]+")
STATE = "application/vnd.jupyter.widget-state+json"
SET_UP = "# Sets this lesson up on Colab. Anywhere else it does nothing.\nimport sys\n"
SPEAK = (
    "# Sets this lesson up on Colab. Anywhere, figures, cards and hints speak English.",
    "# 在 Colab 上，這一格會把這一課準備好；不管在哪裡，都讓圖、卡片和提示說中文。",
)
EXPLAIN = """

from contextlib import suppress

with suppress(ImportError):  # 出錯的時候，在英文的錯誤訊息下面用中文說一次
    from jielong.teaching.errors import explain

    explain()"""


def finished(path: Path, edition: Edition, root: Path = ROOT) -> dict[str, Any]:
    """The notebook at ``path``, in ``root``, as this edition's readers open it.

    As on the pages, what has no translation stays English, and a {value} that was not recorded stays as it is.
    """
    notebook = copy.deepcopy(notebooks.read(path))
    catalogue = root / "locale" / edition.code / "LC_MESSAGES" / path.relative_to(root).with_suffix(".po")
    words = known(catalogue)
    texts = {each["name"]: each["text"] for each in notebooks.records(notebook, notebooks.VALUE)}
    values = {name: text if isinstance(text, str) else edition.pick(*text) for name, text in texts.items()}
    explained = {text: words.get(text, text) for text in comments.messages(notebook)}
    printed.translate(notebook, lambda text: words.get(text, text))
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = VALUE.sub(lambda value: values.get(value[1], value[0]), translated(source, words))
        elif "setup" in cell["metadata"].get("tags", []):
            source = _set_up(source, edition)
            cell["metadata"] |= {"jupyter": {"source_hidden": True}, "cellView": "form"}  # folded, at home and on Colab
        else:
            source = comments.translated(source, explained.__getitem__)
            cell["outputs"] = [in_one_language(output, edition) for output in cell["outputs"]]
            for output in cell["outputs"]:
                _translate_shown(output, explained)
        cell["source"] = source.splitlines(keepends=True)
    for model in notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {}).values():
        if "language" in model["state"]:
            model["state"]["language"] = edition.folder
    notebook["metadata"].setdefault("jielong", {})["language"] = edition.folder  # for who compares it with another run
    return notebook


def _translate_shown(output: dict[str, Any], explained: Mapping[str, str]) -> None:
    """Where a lesson shows the source of its own functions, their comments are those of its cells."""
    data = output.get("data", {})
    for english, here in explained.items():
        if "text/html" in data:
            data["text/html"] = data["text/html"].replace(f"># {escape(english)}<", f"># {escape(here)}<")
        if "text/plain" in data:
            data["text/plain"] = "".join(data["text/plain"]).replace(f"# {english}", f"# {here}")


def in_one_language(output: dict[str, Any], edition: Edition) -> dict[str, Any]:
    """A cell's output as this edition shows it; what is kept for the ledger and for prose stays."""
    data = output.get("data", {})
    if "text/html" not in data:
        return output
    return {**output, "data": {**data, "text/html": speak("".join(data["text/html"]), edition)}}


def _set_up(source: str, edition: Edition) -> str:
    """The set-up cell with this repository in place of a release, if there is one, and in the edition's language."""
    if repository.slug():
        source = RELEASE.sub(f"git+{repository.FORGE}/{repository.slug()}@{repository.commit()}", source)
    speak_it = f'import os\nimport sys\n\nos.environ["JIELONG_LANGUAGE"] = "{edition.folder}"\n'
    return source.replace(SET_UP, f"{edition.pick(*SPEAK)}\n{speak_it}") + edition.pick("", EXPLAIN)


def without_solutions(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook as a teacher hands it out."""
    kept = [cell for cell in notebook["cells"] if "solution" not in cell["metadata"].get("tags", [])]
    return {**notebook, "cells": kept}


def write(
    edition: Edition,
    output: Path,
    paths: Sequence[Path] = (),
    root: Path = ROOT,
    *,
    solutions: bool = True,
    mine: bool = False,
) -> None:
    """Write these lessons, or all of them, into ``output``, under the names that they have in the book.

    mine: leave those that are there, and sign the others, so that JupyterLab shows their figures before they are run.
    """
    for path in paths or sorted((root / "book").rglob("*.ipynb")):
        target = output / path.relative_to(root)
        if mine and target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        notebook = finished(path, edition, root)
        notebook = notebook if solutions else without_solutions(notebook)
        write_text(target, json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")
        if mine:
            NotebookNotary().sign(nbformat.read(target, as_version=4))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help=f"editions ({', '.join(FOLDERS)}), notebooks; default: all")
    parser.add_argument("--without-solutions", action="store_true", help="as a teacher hands them out")
    parser.add_argument("--mine", action="store_true", help="to work in: what is there already stays as it is")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    output = options.output or (MINE if options.mine else OUTPUT)
    paths = [(ROOT / each).resolve() for each in options.what if each not in FOLDERS]
    if wrong := [
        path for path in paths if path.suffix != ".ipynb" or not path.is_relative_to(ROOT) or not path.exists()
    ]:
        parser.error(f"{wrong[0]} is neither an edition ({', '.join(FOLDERS)}) nor a notebook of the book")
    for edition in [each for each in EDITIONS.values() if each.folder in options.what] or [*EDITIONS.values()]:
        folder = output / edition.folder
        write(edition, folder, paths, solutions=not options.without_solutions, mine=options.mine)
        print(f"{edition.label}: {folder}")
    if not options.mine and repository.unpushed():
        print(f"Push first: Colab cannot install {repository.commit()}, which these notebooks name.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
