"""Draw the book from its stored notebooks: one edition per language, and a first page that chooses between them.

python site/build.py                 both editions, only what changed
python site/build.py --strict en     one edition from nothing, any warning is an error, as the tests want it
python site/build.py --pages index      what changed, these pages in any case, any warning is an error
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import finished
import front
from bookpages.languages import EDITIONS, Edition
from bookpages.releases import changelog
from bookpages.repository import address
from jupyter_book.sphinx import build_sphinx
from slim import slim

warnings.filterwarnings(
    "ignore", category=FutureWarning, module="sphinx_external_toc"
)  # it looks at all of torch's objects

ROOT = Path(__file__).parents[1]


def draw(
    edition: Edition,
    source: Path,
    output: Path,
    *,
    builder: str = "html",
    strict: bool = False,
    pages: Sequence[str] = (),
    beside: Sequence[str] = (),
) -> bool:
    """Draw one edition into `output`; True if all went well. `beside`: the folders that the language switch offers.

    strict starts from nothing, `pages` are read anew, and with either a warning is an error.
    """
    doctrees = output.parent.parent / f"doctrees-{builder}-{edition.folder}"
    for page in pages:
        (doctrees / f"{page}.doctree").unlink(missing_ok=True)
    careful = strict or bool(pages)
    overrides = {"language": edition.code, "nitpicky": careful, "latex_individualpages": False, "editions": [*beside]}
    result = build_sphinx(
        source,
        output,
        path_config=source / "_config.yml",
        noconfig=True,
        confoverrides=overrides,
        doctreedir=doctrees,
        builder=builder,
        freshenv=strict,
        force_all=strict,
        warningiserror=careful,
        keep_going=careful,
        quiet=True,
    )
    return result == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("editions", nargs="*", choices=[[], *(each.folder for each in EDITIONS.values())])
    parser.add_argument("--strict", action="store_true", help="start from nothing; a warning is an error")
    parser.add_argument("--pages", nargs="+", default=[], help="read these anew (book/ledger); a warning is an error")
    parser.add_argument("--source", type=Path, default=ROOT)
    parser.add_argument("--output", type=Path, default=ROOT / "_build" / "html")
    options = parser.parse_args()
    wanted = [each for each in EDITIONS.values() if each.folder in options.editions or not options.editions]
    beside = [each for each in EDITIONS.values() if each in wanted or (options.output / each.folder).exists()]
    for edition in wanted:
        start, output = time.perf_counter(), options.output / edition.folder
        if options.strict:
            shutil.rmtree(output, ignore_errors=True)
        print(f"Drawing the book in {edition.label} ...", flush=True)
        folders = [each.folder for each in beside]
        if not draw(edition, options.source, output, strict=options.strict, pages=options.pages, beside=folders):
            return 1
        slim(output)
        finished.write(edition, output / "_sources", root=options.source)  # what the download button gives
        print(f"  {output / 'index.html'}  ({time.perf_counter() - start:.0f} s)", flush=True)
    shutil.rmtree(options.output / "jupyter_execute", ignore_errors=True)  # MyST-NB's copies of the notebooks
    front.write(options.output, beside, address(), changelog())
    return 0


if __name__ == "__main__":
    sys.exit(main())
