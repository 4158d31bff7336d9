"""Draw the book from its stored notebooks: one edition per language, and a first page that chooses between them.

python site/build.py                 both editions, only what changed
python site/build.py --strict en     one edition from nothing, any warning is an error, as the tests want it
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
import warnings
from pathlib import Path

from bookpages.languages import EDITIONS, Edition
from jupyter_book.sphinx import build_sphinx
from slim import slim

warnings.filterwarnings(
    "ignore", category=FutureWarning, module="sphinx_external_toc"
)  # it looks at all of torch's objects

ROOT = Path(__file__).parents[1]

FIRST_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Jielong 接龍</title>
<link rel="icon" href="en/_static/favicon.svg">
<script>location.replace(navigator.language.startsWith("zh") ? "zh-TW/index.html" : "en/index.html")</script>
<p><a href="en/index.html">English</a> · <a href="zh-TW/index.html" lang="zh-Hant-TW">繁體中文</a></p>
</html>
"""


def draw(edition: Edition, source: Path, output: Path, *, builder: str = "html", strict: bool = False) -> bool:
    """Draw one edition into `output`; True if all went well. `strict` starts from nothing and allows no warning."""
    doctrees = output.parent.parent / f"doctrees-{builder}-{edition.folder}"
    overrides = {"language": edition.code, "nitpicky": strict, "latex_individualpages": False}
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
        warningiserror=strict,
        keep_going=strict,
        quiet=True,
    )
    return result == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("editions", nargs="*", choices=[[], *(each.folder for each in EDITIONS.values())])
    parser.add_argument("--strict", action="store_true", help="start from nothing; a warning is an error")
    parser.add_argument("--source", type=Path, default=ROOT)
    parser.add_argument("--output", type=Path, default=ROOT / "_build" / "html")
    arguments = parser.parse_args()
    for edition in EDITIONS.values():
        if arguments.editions and edition.folder not in arguments.editions:
            continue
        start = time.perf_counter()
        if arguments.strict:
            shutil.rmtree(arguments.output / edition.folder, ignore_errors=True)
        print(f"Drawing the book in {edition.label} ...", flush=True)
        if not draw(edition, arguments.source, arguments.output / edition.folder, strict=arguments.strict):
            return 1
        slim(arguments.output / edition.folder)
        print(
            f"  {arguments.output / edition.folder / 'index.html'}  ({time.perf_counter() - start:.0f} s)", flush=True
        )
    shutil.rmtree(arguments.output / "jupyter_execute", ignore_errors=True)  # MyST-NB's copies of the notebooks
    (arguments.output / "index.html").write_text(FIRST_PAGE, encoding="utf-8")
    (arguments.output / ".nojekyll").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
