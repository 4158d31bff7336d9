"""Every dotted name of the library that a docstring, a comment or a page speaks of is there."""

from __future__ import annotations

import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from lessons import lessons, read

ROOT = Path(__file__).parents[1]
DOTTED = re.compile(r"(?<![\w./-])jielong(?:\.[A-Za-z_]\w*)+")
PROSE = ("*.md", "docs/**/*.md", "book/**/*.md", "lib/**/*.py", "site/**/*.py", "tools/*.py", "benchmarks/*.py")
CATALOGUES = "locale/**/*.po"


def named(text: str) -> set[str]:
    return set(DOTTED.findall(text))


def exists(name: str) -> bool:
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def texts() -> Iterator[tuple[Path, str]]:
    """Whatever a reader may read, of lessons all cells."""
    for pattern in (*PROSE, CATALOGUES):
        yield from ((path, path.read_text(encoding="utf-8")) for path in ROOT.glob(pattern))
    yield from ((path, "\n".join(cell.source for cell in read(path).cells)) for path in lessons())


def test_every_name_that_is_spoken_of_is_there():
    where = defaultdict(list)
    for path, text in texts():
        for name in named(text):
            where[name].append(path.relative_to(ROOT).as_posix())
    assert not {name: files for name, files in where.items() if not exists(name)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("see `jielong.model.LanguageModel`, and jielong.sites.", {"jielong.model.LanguageModel", "jielong.sites"}),
        ("application/vnd.jielong.value+json at lib/jielong/claims.toml", set()),
    ],
)
def test_a_name_is_told_from_a_file_and_a_kind_of_data(text, names):
    assert named(text) == names


@pytest.mark.parametrize(
    "name", ["jielong.dictionaries", "jielong.model.Transformer", "jielong.model.LanguageModel.think"]
)
def test_a_name_that_is_gone_is_missed(name):
    assert not exists(name)
