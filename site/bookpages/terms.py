"""The book's terms, as locale/terms.toml has them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "locale" / "terms.toml"


@dataclass(frozen=True)
class Term:
    """One term: `says` is a sentence in English and one in Chinese; `home` is lecture/lesson#anchor."""

    name: str
    en: str
    zh: str
    home: str
    says: tuple[str, str]
    lecturer: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    mention: bool = True  # whether its name in prose means the term

    @property
    def page(self) -> str:
        """The page on which the term is at home, as Sphinx calls it."""
        lesson = self.home.partition("#")[0]
        return lesson if lesson == "index" else f"book/{lesson}"

    @property
    def anchor(self) -> str:
        return self.home.partition("#")[2]

    @property
    def names(self) -> list[str]:
        """All that a reader may call it, the field's and the edition's name first."""
        return list(dict.fromkeys([self.en, self.zh, *self.lecturer, *self.elsewhere, *self.typed]))


@cache
def terms() -> dict[str, Term]:
    """Every term, by the name that is its anchor in the glossary."""
    return {name: _term(name, entry) for name, entry in tomllib.loads(FILE.read_text(encoding="utf-8")).items()}


def _term(name: str, entry: dict[str, Any]) -> Term:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Term(name, **values)
