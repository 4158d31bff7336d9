"""The built pages as the tests read them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lxml import html

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "_build" / "html"
EDITIONS = ("en", "zh-TW")
LESSONS = sorted(path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "book").rglob("*.ipynb"))


def paths(edition: str) -> list[Path]:
    """Every page of an edition, without what belongs to the theme."""
    folder = BUILT / edition
    return sorted(path for path in folder.rglob("*.html") if "_static" not in path.parts)


@cache
def tree(path: Path) -> html.HtmlElement:
    return html.fromstring(path.read_bytes())


def drawn_lessons() -> list[str]:
    """The lessons in the table of contents, as paths below an edition."""
    return [lesson for lesson in LESSONS if (BUILT / "en" / f"{lesson}.html").exists()]
