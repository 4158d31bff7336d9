"""Keep the catalogues of the Chinese edition in step with the book.

    python site/translate.py            update locale/zh_TW and list what is missing
    python site/translate.py --check    change nothing; fail if a message is missing, fuzzy or stale

A sentence that was edited keeps its old translation as a suggestion, marked fuzzy, until somebody has looked at it.
"""

from __future__ import annotations

import argparse
import difflib
import shutil
import sys
from pathlib import Path

import polib
from bookpages.languages import EDITIONS
from build import ROOT, draw

TEMPLATES = ROOT / "_build" / "messages"
CATALOGUES = ROOT / "locale" / "zh_TW" / "LC_MESSAGES"
BY_HAND = {Path("sphinx.po")}  # the theme's own words: no page is their source
HEADER = {
    "Language": "zh_TW",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
}
ALIKE = 0.6


def update(template: polib.POFile, old: polib.POFile) -> polib.POFile:
    """The catalogue for `template`, with every translation of `old` that still fits."""
    known = {entry.msgid: entry for entry in old if not entry.obsolete}
    wanted = {entry.msgid for entry in template}
    retired = [msgid for msgid, entry in known.items() if msgid not in wanted and entry.msgstr]
    new = polib.POFile(wrapwidth=0)
    new.metadata = HEADER
    for entry in template:
        new.append(known.get(entry.msgid) or _suggest(entry.msgid, known, retired))
    return new


def _suggest(msgid: str, known: dict[str, polib.POEntry], retired: list[str]) -> polib.POEntry:
    near = difflib.get_close_matches(msgid, retired, n=1, cutoff=ALIKE)
    if not near:
        return polib.POEntry(msgid=msgid)
    retired.remove(near[0])
    return polib.POEntry(msgid=msgid, msgstr=known[near[0]].msgstr, previous_msgid=near[0], flags=["fuzzy"])


def problems(template: polib.POFile, catalogue: polib.POFile, name: str) -> list[str]:
    """What keeps this catalogue from being complete, one line each."""
    entries = {entry.msgid: entry for entry in catalogue if not entry.obsolete}
    wanted = [entry.msgid for entry in template]
    found = [
        f"{name}: missing: {_short(msgid)}" for msgid in wanted if not (msgid in entries and entries[msgid].msgstr)
    ]
    found += [f"{name}: fuzzy: {_short(entry.msgid)}" for entry in entries.values() if entry.fuzzy]
    return found + [
        f"{name}: stale: {_short(entry.msgid)}" for entry in catalogue if entry.obsolete or entry.msgid not in wanted
    ]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else line[:87] + "..."


def gather() -> dict[Path, polib.POFile]:
    """Every message of the book, by the catalogue that it belongs to."""
    shutil.rmtree(TEMPLATES, ignore_errors=True)
    if not draw(EDITIONS["en"], ROOT, TEMPLATES / "en", builder="gettext"):
        raise SystemExit("The messages could not be gathered: see the warnings above.")
    pots = sorted((TEMPLATES / "en").rglob("*.pot"))
    return {path.relative_to(TEMPLATES / "en").with_suffix(".po"): polib.pofile(str(path)) for path in pots}


def review(*, write: bool) -> list[str]:
    """Everything that is missing, fuzzy or stale; with `write`, after the catalogues were brought up to date."""
    found = []
    templates = gather()
    for name, template in templates.items():
        path = CATALOGUES / name
        catalogue = polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile(wrapwidth=0)
        if write:
            catalogue = update(template, catalogue)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(catalogue) + "\n", encoding="utf-8")
        found += problems(template, catalogue, name.as_posix())
    for path in sorted(CATALOGUES.rglob("*.po")):
        name = path.relative_to(CATALOGUES)
        if name not in templates and name not in BY_HAND:
            found.append(f"{name.as_posix()}: stale: no page has this name")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, fail if something is missing")
    check = parser.parse_args().check
    found = review(write=not check)
    print("\n".join(found) or "Complete: every message has its translation.")
    return int(check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
