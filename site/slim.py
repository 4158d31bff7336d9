"""Make a drawn edition light: only the icons that its pages show, and no file that no page asks for."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from fontTools import subset

UNUSED = ("**/*.map", "**/*.ttf", "**/fontawesome.js*", "**/*thebe*", "**/translations", ".buildinfo")
logging.getLogger("fontTools").setLevel(logging.WARNING)
CODE_IN_CSS = re.compile(r'content:\s*"\\(f[0-9a-f]{3})"')


def slim(edition: Path) -> None:
    """Subset the icon fonts below `edition` and drop what is not used. Doing it twice does no harm."""
    static = edition / "_static"
    wanted = sorted(_icons_shown(edition))
    for font in (static / "vendor" / "fontawesome" / "webfonts").glob("*.woff2"):
        _subset(font, wanted)
    for pattern in UNUSED:
        for path in static.glob(pattern):
            if path.is_file():
                path.unlink()


def _icons_shown(edition: Path) -> set[int]:
    """Code points of the icons named in pages and scripts, and of those that style sheets draw by themselves."""
    sheet = (edition / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    codes: dict[str, int] = {}
    for names, code in re.findall(r'((?:\.fa-[\w-]+:{1,2}before,?)+)\{content:"\\([0-9a-f]+)"\}', sheet):
        codes |= dict.fromkeys(re.findall(r"\.fa-([\w-]+)", names), int(code, 16))
    texts = [
        path.read_text(encoding="utf-8")
        for kind in ("*.html", "_static/scripts/pydata*.js")
        for path in edition.rglob(kind)
    ]
    named = {name for text in texts for name in re.findall(r"\bfa-([\w-]+)", text)}
    rest = re.sub(r"\.fa-[^{]*\{content:[^}]*\}", "", sheet)
    sheets = [
        rest,
        *(path.read_text(encoding="utf-8") for path in edition.glob("_static/styles/sphinx-book-theme.css")),
    ]
    return {codes[name] for name in named & codes.keys()} | {
        int(c, 16) for text in sheets for c in CODE_IN_CSS.findall(text)
    }


def _subset(path: Path, codes: list[int]) -> None:
    options = subset.Options(flavor="woff2")
    font = subset.load_font(str(path), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    subset.save_font(font, str(path), options)
