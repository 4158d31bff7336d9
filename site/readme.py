"""README.zh-TW.md, made from README.md and its catalogue, paragraph by paragraph.

python site/readme.py
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polib
from jielong.files import write_text

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "locale" / "zh_TW" / "LC_MESSAGES" / "README.po"
OTHER = {"[繁體中文](README.zh-TW.md)": "[English](README.md)"}
PARAGRAPH = re.compile(r"(#+ )?(.*)", re.DOTALL)


def paragraphs(text: str) -> list[tuple[str, str]]:
    """What stands between empty lines, headings, prose, lists, code: the marks of a heading, and the rest."""
    parts = (PARAGRAPH.fullmatch(part) for part in re.split(r"\n{2,}", text.strip("\n")))
    return [(part[1] or "", part[2]) for part in parts if part]


def messages() -> list[str]:
    """What a translator has to say: every paragraph but the link to the other README, and code without words."""
    told = [text for _, text in paragraphs((ROOT / "README.md").read_text(encoding="utf-8"))]
    return [text for text in told if text not in OTHER and (text[:4] != "    " or re.search(r"\S {2,}\S", text))]


def translated(text: str, known: Mapping[str, str]) -> str:
    """The text with each paragraph as ``known`` has it; one that it lacks stays."""
    return "\n\n".join(mark + (known.get(part) or part) for mark, part in paragraphs(text)) + "\n"


def in_chinese() -> str:
    """What README.zh-TW.md has to be."""
    entries = polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else []
    known = OTHER | {entry.msgid: entry.msgstr for entry in entries if entry.translated()}
    return translated((ROOT / "README.md").read_text(encoding="utf-8"), known)


def write() -> None:
    write_text(ROOT / "README.zh-TW.md", in_chinese())


if __name__ == "__main__":
    write()
