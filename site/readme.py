"""README.zh-TW.md, made from README.md and its catalogue, paragraph by paragraph.

python site/readme.py
"""

from __future__ import annotations

import re
from pathlib import Path

from bookpages.catalogue import known, paragraphs, translated
from jielong.files import write_text

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "locale" / "zh_TW" / "LC_MESSAGES" / "README.po"
OTHER = {"[繁體中文](README.zh-TW.md)": "[English](README.md)"}


def messages() -> list[str]:
    """What a translator has to say: every paragraph but the link to the other README, and code without words."""
    told = [text for _, text in paragraphs((ROOT / "README.md").read_text(encoding="utf-8"))]
    return [text for text in told if text not in OTHER and (text[:4] != "    " or re.search(r"\S {2,}\S", text))]


def in_chinese() -> str:
    """What README.zh-TW.md has to be."""
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    return translated(english, OTHER | known(CATALOGUE)) + "\n"


def write() -> None:
    write_text(ROOT / "README.zh-TW.md", in_chinese())


if __name__ == "__main__":
    write()
