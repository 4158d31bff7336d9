"""The releases of the book, as its changelog has them."""

from __future__ import annotations

import re
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
RELEASE = re.compile(r"^## \[?v?(\d+\.\d+[.\w]*)\]?\W+(\d{4}-\d\d-\d\d)\)?\s*$", re.MULTILINE)


def changelog() -> str:
    """The text of the changelog; nothing where there is none beside the site's code."""
    return CHANGELOG.read_text(encoding="utf-8") if CHANGELOG.exists() else ""


def releases(changes: str) -> list[tuple[str, str, str]]:
    """Version, day and words of each release in the changelog, the newest first."""
    heads = [*RELEASE.finditer(changes)]
    ends = [head.start() for head in heads[1:]] + [len(changes)]
    return [(head[1], head[2], changes[head.end() : end].strip()) for head, end in zip(heads, ends, strict=False)]
