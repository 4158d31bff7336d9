"""Draw the English edition with Sphinx alone, and hold its pages against those that Jupyter Book has drawn.

    python tools/plain_sphinx.py        to _build/plain/en, against _build/html/en: python make.py book comes first

Jupyter Book 1 turns _config.yml into settings for Sphinx, and starts it. site/conf.py has the same settings; so the
book can go on without it. Whether it is installed makes no difference: here it cannot be imported.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from lessons import BOOK, ROOT, lessons

BUILD = ROOT / "_build"
SPHINX = """
import sys
sys.modules["jupyter_book"] = None
from sphinx.cmd.build import main
sys.exit(main(sys.argv[1:]))
"""
MOST = 6  # lines of a difference that are worth reading


def draw(source: Path, output: Path, beside: Sequence[str]) -> bool:
    """Draw a book from nothing; a warning is an error. True if all went well. beside: as in site/build.py."""
    doctrees = output.parent / "doctrees"
    for folder in (output, doctrees):
        shutil.rmtree(folder, ignore_errors=True)
    how = ["-b", "html", "-c", str(source / "site"), "-d", str(doctrees), "-D", f"editions={','.join(beside)}"]
    strict = ["-n", "-W", "--keep-going", "-q"]
    return subprocess.run([sys.executable, "-c", SPHINX, *strict, *how, source, output]).returncode == 0


def differences(found: Path, wanted: Path) -> Iterator[str]:
    """How the pages in one folder differ from those in another, to the last letter of their HTML."""
    pages = [{page.relative_to(folder) for page in folder.rglob("*.html")} for folder in (found, wanted)]
    for page in sorted(pages[0] ^ pages[1]):
        yield f"{page} is only in {found if page in pages[0] else wanted}"
    for page in sorted(pages[0] & pages[1]):
        old, new = ((folder / page).read_text(encoding="utf-8").splitlines() for folder in (wanted, found))
        yield from islice(unified_diff(old, new, f"{wanted}/{page}", f"{found}/{page}", lineterm="", n=0), MOST)


def main() -> int:
    found, wanted = BUILD / "plain" / "en", BUILD / "html" / "en"
    if not wanted.exists():
        sys.exit(f"{wanted} is not there: python make.py book draws it")
    beside = sorted(page.parent.name for page in wanted.parent.glob("*/index.html"))
    if not draw(ROOT, found, beside):
        return 1
    missing = [path for path in lessons() if not (found / path.relative_to(BOOK.parent).with_suffix(".html")).exists()]
    wrong = [*(f"{path} has no page" for path in missing), *differences(found, wanted)]
    print(*wrong or [f"{len(lessons())} lessons, and all pages are the same: {found}"], sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
