"""The normal form of a notebook that has just been run: two runs of the same code give the same file."""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat
from lessons import WIDGET_STATE, WIDGET_VIEW, widget_models

ADDRESS = re.compile(
    r"(?<=\bat )0x[0-9a-f]{8,16}\b"
)  # of an object in a repr; other hexadecimal numbers mean something
HAN = re.compile(r"[\u4e00-\u9fff]")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Rename widget models in the order of their appearance; drop memory addresses, timings and empty settings."""
    order = _keep_shown_models(notebook)
    text = json.dumps(notebook)
    for number, model in enumerate(order):
        text = text.replace(model, f"{number:032x}")
    result = nbformat.from_dict(json.loads(ADDRESS.sub("0x…", text)))
    for model in widget_models(result).values():
        if model["model_name"] == "LayoutModel":
            model["state"] = {key: value for key, value in model["state"].items() if value is not None}
    if not widget_models(result):
        result.metadata.pop("widgets", None)
    result.metadata["kernelspec"], result.metadata["language_info"] = KERNEL, {"name": "python"}
    for cell in result.cells:
        cell.metadata.pop("execution", None)
        cell.metadata.pop("ExecuteTime", None)
        _fold(cell)
    return result


def _fold(cell: Any) -> None:
    """Code that carries words in both languages is for the picture's sake: the page shows it at a click."""
    tags = cell.metadata.get("tags", [])
    folded = {"hide-input", "hide-cell", "remove-cell"} & set(tags)
    if cell.cell_type == "code" and HAN.search(cell.source) and not folded:
        cell.metadata["tags"] = [*tags, "hide-input"]


def _keep_shown_models(notebook: Any) -> list[str]:
    """Drop every widget model that no output reaches. Returns the ids of the others, from the first shown one on."""
    models = widget_models(notebook)
    queue = [
        output["data"][WIDGET_VIEW]["model_id"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if WIDGET_VIEW in output.get("data", {})
    ]
    order: list[str] = []
    while queue:
        model = queue.pop(0)
        if model in models and model not in order:
            order.append(model)
            queue += re.findall(r"IPY_MODEL_([0-9a-f]{32})", json.dumps(models[model], sort_keys=True))
    if models:
        notebook.metadata["widgets"][WIDGET_STATE]["state"] = {model: models[model] for model in order}
    return order
