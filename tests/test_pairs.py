"""Every pair (English, 中文) outside the catalogues is held against the same rules as they are: labels and hints in the
library, words of claims in its TOML files, labels in notebooks."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from translations import HAN, faults

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "book").glob("*/*.ipynb"))
FILES = sorted([*(ROOT / "lib").rglob("*.py"), *(ROOT / "lib").rglob("*.toml"), *LESSONS])
SHOWN = {"alt", "bar", "control_what", "label", "text", "title", "what", "x_label", "y_label"}
CHINESE = re.compile(r"zh\b|\[1\]|、", re.IGNORECASE)  # in an {expression}: the Chinese of something


def pairs(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix == ".toml":
        yield from pairs_of_table(tomllib.loads(path.read_text(encoding="utf-8")))
    elif path.suffix == ".py":
        yield from pairs_of_code(path.read_text(encoding="utf-8"))
    else:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for source in ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"):
            yield from pairs_of_code(re.sub(r"(?m)^\s*[%!].*$", "pass", source))


def pairs_of_table(table: object) -> Iterator[tuple[str, str]]:
    """Whatever has an `en` and a `zh`, at any depth."""
    if isinstance(table, dict):
        if isinstance(table.get("en"), str):
            yield table["en"], table.get("zh", "")
        for inner in table.values():
            yield from pairs_of_table(inner)


def pairs_of_code(source: str) -> Iterator[tuple[str, str]]:
    """Tuples of two strings, or what Text(...) is called with, if the second has Chinese letters or a name says so."""
    shown = set[ast.AST]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in SHOWN:
            shown.add(node.value)
        elif isinstance(node, ast.Dict):
            named = zip(node.keys, node.values, strict=True)
            shown |= {value for key, value in named if isinstance(key, ast.Constant) and key.value in SHOWN}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Text":
            shown.add(node)
        two = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else []
        words = [text for text in map(text_of, two) if text is not None]
        if len(words) == len(two) == 2 and (node in shown or HAN.search(words[1])):
            yield words[0], _alike(*words)


def text_of(node: ast.AST) -> str | None:
    """A string, with its {expressions} as they are written; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else part for part in node.values]
        return "".join(p if isinstance(p, str) else f"{{{ast.unparse(p.value)}}}" for p in parts)
    return None


def _alike(en: str, zh: str) -> str:
    """`zh` with the English expression in the place of each that is the Chinese of something."""
    there, here = (re.findall(r"\{[^{}]*\}", text) for text in (en, zh))
    left = [*(Counter(there) - Counter(here)).elements()]
    for expression in (Counter(here) - Counter(there)).elements():
        if left and CHINESE.search(expression):
            zh = zh.replace(expression, left.pop(0), 1)
    return zh


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_its_pairs_say_the_same(path):
    assert [(fault, en, zh) for en, zh in pairs(path) for fault in faults(en, zh)] == []


def test_pairs_are_found_where_they_stand():
    source = """
explorer(label=("loss", "loss"), alt=(f"{n} of {total[0]}", f"{total[1]}裡的 {n}"), values=("a", "b"))
hint = ("Nearly.", "差一點。")
Text("Lost", "Lost")
{"label": ("rank", "排名"), "name": ("x", "y")}
"""
    assert sorted(pairs_of_code(source)) == [
        ("Lost", "Lost"),
        ("Nearly.", "差一點。"),
        ("loss", "loss"),
        ("rank", "排名"),
        ("{n} of {total[0]}", "{total[0]}裡的 {n}"),
    ]
    table = {"1.1": {"en": "a", "zh": "甲", "what": {"en": "b"}}}
    assert [*pairs_of_table(table)] == [("a", "甲"), ("b", "")]
