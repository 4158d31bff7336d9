"""docs/public.md is what the library is: every name that a version number promises, as it is called."""

from __future__ import annotations

import difflib
import importlib
import sys

import public
import pytest
from bookpages.library import PAGES, modules

MADE_UP = """
from __future__ import annotations
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

LIMIT: int = 3
_hidden = 4

def roll(sides: int = LIMIT, *, where: Path | None = None, key=os.path.join) -> list[int]:
    return []

async def wait(): ...

def _private(): ...

class Pair(NamedTuple):
    one: int
    def swapped(self) -> Pair: ...

class Failed(ValueError): ...

@dataclass
class Die:
    sides: int = 6
    @property
    def mean(self) -> float: ...
    @classmethod
    def fair(cls, sides: int) -> Die: ...
    def _roll(self): ...
"""
WRITTEN = """\
class Die(sides: int = 6)
    def fair(cls, sides: int) -> Die
    mean
    sides
class Failed
LIMIT
class Pair(one: int)
    one
    def swapped(self) -> Pair
def roll(sides: int = 3, *, where: Path | None = None, key=join) -> list[int]
async def wait()
"""


def test_the_page_is_what_the_library_is():
    found = public.PAGE.read_text(encoding="utf-8").splitlines()
    changes = [
        *difflib.unified_diff(found, public.page().splitlines(), "docs/public.md", "lib/jielong", lineterm="", n=0)
    ]
    assert changes == [], "a promise of the version number: write it in CHANGELOG.md, then python tools/public.py"


def test_what_is_promised_is_what_the_library_pages_show():
    assert public.modules() == sorted(name for page in PAGES for name in modules(page))


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """A module beside the library, and how to change it."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(source: str) -> list[str]:
        (tmp_path / "made_up.py").write_text(source)
        monkeypatch.delitem(sys.modules, "made_up", raising=False)
        importlib.invalidate_caches()
        return [*public.public("made_up")]

    return make


def test_names_and_signatures_stand_as_in_the_source(made_up):
    assert made_up(MADE_UP) == WRITTEN.splitlines()
    assert made_up(MADE_UP + '__all__ = ["roll"]\n') == [WRITTEN.splitlines()[-2]]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("def roll(sides: int = LIMIT", "def roll(sides: int = 4"), "def roll(sides: int = 4"),
        (("def roll(", "def throw("), "def throw("),
        (("*, where", "where"), "def roll(sides: int = 3, where: Path"),
        (
            ("    sides: int = 6", "    sides: int = 6\n    colour: str = ''"),
            "class Die(sides: int = 6, colour: str = '')",
        ),
        (("def swapped(self)", "def swapped(self, again: bool = False)"), "    def swapped(self, again: bool = False)"),
    ],
)
def test_a_change_of_what_is_public_is_seen(made_up, change, line):
    assert change[0] in MADE_UP
    assert any(each.startswith(line) for each in set(made_up(MADE_UP.replace(*change))) - set(WRITTEN.splitlines()))


def test_a_change_of_what_is_private_is_not(made_up):
    assert made_up(MADE_UP.replace("def _private()", "def _secret(more)").replace("_hidden = 4", "_hidden = 5")) == (
        WRITTEN.splitlines()
    )


def test_the_command_says_what_has_changed(tmp_path, monkeypatch, capsys):
    kept = public.PAGE.read_text(encoding="utf-8")
    line = next(line for line in kept.splitlines() if line.startswith("class Config("))
    monkeypatch.setattr(public, "PAGE", tmp_path / "public.md")
    public.PAGE.write_text(kept.replace(line, "class Configuration()"), encoding="utf-8")
    assert public.main(["--check"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[-2:] == ["-class Configuration()", f"+{line}"]
    assert public.main([]) == 0
    assert public.main(["--check"]) == 0
