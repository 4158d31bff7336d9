"""Keep the catalogues of the Chinese edition in step with the book.

    python site/translate.py            update locale/zh_TW and list what is missing
    python site/translate.py --check    change nothing; fail if a message is missing, fuzzy, stale or wrong

A sentence that was edited keeps its old translation as a suggestion, marked fuzzy, until somebody has looked at it.
Each translation carries the hash of the English that it was made from, written here when it is new or no longer fuzzy:
an English sentence that was changed in the catalogue as well turns fuzzy like any other. What is wrong by the rules of
`translations`, and meant so, has its reason in the catalogue: `# other-names: why`, `# other-numbers: why`.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import readme
from bookpages import comments, notebooks, printed
from bookpages.languages import EDITIONS
from build import ROOT, draw
from jielong.files import write_text
from translations import faults

TEMPLATES = ROOT / "_build" / "messages"
CATALOGUES = ROOT / "locale" / "zh_TW" / "LC_MESSAGES"
BY_HAND = [Path("sphinx.po")]  # the theme's own words: no page is their source, so they are their own template
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
        new.append(confirm(known.get(entry.msgid) or _suggest(entry.msgid, known, retired)))
    return new


def confirm(entry: polib.POEntry) -> polib.POEntry:
    """Bind a translation that somebody stands for to its English; one that was made from another English is fuzzy."""
    if entry.msgstr and not entry.fuzzy and not entry.comment:
        entry.comment, entry.previous_msgid = source(entry), None
    elif entry.comment and entry.comment != source(entry):
        entry.comment, entry.flags = "", [*{*entry.flags, "fuzzy"}]
    return entry


def source(entry: polib.POEntry) -> str:
    """The comment that says which English this is, of all that it may have been."""
    return f"made from {hashlib.sha256(entry.msgid.encode()).hexdigest()[:8]}"


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
    found += [
        f"{name}: stale: {_short(entry.msgid)}" for entry in catalogue if entry.obsolete or entry.msgid not in wanted
    ]
    clear = [entry for msgid, entry in entries.items() if msgid in wanted and entry.msgstr and not entry.fuzzy]
    return found + [f"{name}: {doubt}: {_short(entry.msgid)}" for entry in clear for doubt in _doubts(entry)]


def _doubts(entry: polib.POEntry) -> Iterator[str]:
    """Why a translation may not be one of its English, but for what a comment of its translator explains."""
    if entry.comment != source(entry):
        yield "not confirmed"
    for fault in faults(entry.msgid, entry.msgstr):
        if f"other-{fault.split(':')[0]}: " not in entry.tcomment:
            yield fault


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else line[:87] + "..."


def gather() -> dict[Path, polib.POFile]:
    """Every message of the book, comments and printed words of code as well, by the catalogue that it belongs to."""
    shutil.rmtree(TEMPLATES, ignore_errors=True)
    if not draw(EDITIONS["en"], ROOT, TEMPLATES / "en", builder="gettext"):
        raise SystemExit("The messages could not be gathered: see the warnings above.")
    pots = sorted((TEMPLATES / "en").rglob("*.pot"))
    templates = {path.relative_to(TEMPLATES / "en").with_suffix(".po"): polib.pofile(str(path)) for path in pots}
    for template in templates.values():
        template[:] = [entry for entry in template if entry.msgid]  # a list of pages without a caption has an empty one
    for path in sorted((ROOT / "book").rglob("*.ipynb")):
        add_code(templates[path.relative_to(ROOT).with_suffix(".po")], notebooks.read(path))
    templates[Path("README.po")] = polib.POFile()
    templates[Path("README.po")].extend(polib.POEntry(msgid=text) for text in readme.messages())
    return templates


def add_code(template: polib.POFile, notebook: dict[str, Any]) -> None:
    """What a lesson's code says, in comments and in print, behind the messages of its page, each once."""
    said = {entry.msgid for entry in template}
    messages = dict.fromkeys([*comments.messages(notebook), *printed.messages(notebook)])
    template.extend(polib.POEntry(msgid=text) for text in messages if text not in said)


def review(*, write: bool) -> list[str]:
    """Everything that is missing, fuzzy or stale; with `write`, after the catalogues were brought up to date."""
    found = []
    templates = gather()
    templates |= {name: polib.pofile(str(CATALOGUES / name)) for name in BY_HAND if (CATALOGUES / name).exists()}
    for name, template in templates.items():
        path = CATALOGUES / name
        catalogue = polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile(wrapwidth=0)
        if write:
            catalogue = update(template, catalogue)
            write_text(path, f"{catalogue}\n")
        found += problems(template, catalogue, name.as_posix())
    for path in sorted(CATALOGUES.rglob("*.po")):
        name = path.relative_to(CATALOGUES)
        if name not in templates:
            found.append(f"{name.as_posix()}: stale: no page has this name")
    if write:
        readme.write()
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
