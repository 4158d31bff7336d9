"""Begin a lesson that is green before anything is written into it: then replace it piece by piece.

    python tools/scaffold.py a-new-lesson agents

Copies tools/template, which is a lesson with all that one has: a notebook with the rhythm, the words of its claim, its
figure, its exercises, their test, its Chinese. The name, the title, and the lecture's number and addresses are put in;
the table of contents gets its row, the notebook its first cell for Colab, and it is run once.
"""

from __future__ import annotations

import argparse
import keyword
import re
import sys
import tomllib
from pathlib import Path

import polib
from colab import set_up
from jielong.files import write_text
from lessons import BOOK, ROOT, read, write
from rooms import main as draw_rooms
from run import run

sys.path.append(str(ROOT / "site"))
from translate import confirm  # noqa: E402

TEMPLATE = ROOT / "tools" / "template"
NAME, LECTURE, TITLE = "a-new-lesson", "generative-ai", "A new lesson"  # of the template
DIGITS = "零一二三四五六七八九"
CONTENTS = ROOT / "_toc.yml"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="", help="lower-case words joined by hyphens")
    parser.add_argument("lecture", nargs="?", default="", help="a folder of book/")
    options = parser.parse_args(arguments)
    if reason := refusal(options.name, options.lecture):
        sys.exit(reason)
    words = substitutions(options.name, options.lecture)
    files = places(words)
    for source, target in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, replaced(source.read_text(encoding="utf-8"), words))
        print(f"wrote    {target.relative_to(ROOT).as_posix()}")
    (catalogue,) = (path for path in files.values() if path.suffix == ".po")
    bind(catalogue)
    enter(options.name, options.lecture)
    draw_rooms()  # there are more modules now
    lesson = BOOK / options.lecture / f"{options.name}.ipynb"
    notebook = read(lesson)
    set_up(notebook)
    write(lesson, notebook)
    if not run(lesson):
        return 1
    print("Now write, the notebook first; then make run, make translate, its Chinese, and make check.")
    return 0


def lectures() -> dict[str, dict[str, str]]:
    """The lectures' own addresses, in their order."""
    table = tomllib.loads((BOOK / "lectures.toml").read_text(encoding="utf-8"))
    return {name: addresses for name, addresses in table.items() if isinstance(addresses, dict)}


def refusal(name: str, lecture: str) -> str | None:
    """Why there can be no such lesson, in one sentence, or None."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name) or keyword.iskeyword(name):
        return f"A lesson's NAME is lower-case words joined by hyphens, such as {NAME}; got {name!r}."
    if lecture not in lectures():
        return f"LECTURE is one of {', '.join(lectures())}; got {lecture!r}."
    taken = [path for path in places(substitutions(name, lecture)).values() if path.exists()]
    taken += BOOK.glob(f"*/{name}.ipynb")
    if taken:
        return f"There is a lesson {name!r} already: {taken[0].relative_to(ROOT).as_posix()}."
    return None


def substitutions(name: str, lecture: str) -> dict[str, str]:
    """What stands in the template, and what stands in its place."""
    here, there = lectures()[LECTURE], lectures()[lecture]
    number = list(lectures()).index(lecture) + 1
    return {
        f"1.3 {NAME}": f"{number}.1 {name}",  # a row of the lecture's own
        NAME: name,
        NAME.replace("-", "_"): name.replace("-", "_"),
        TITLE: name.replace("-", " ").capitalize(),
        LECTURE: lecture,
        here["video"]: there["video"],
        here["slides"]: there["slides"],
        "lecture 1": f"lecture {number}",
        "第一講": f"第{DIGITS[number]}講",
    }


def replaced(text: str, words: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)


def places(words: dict[str, str]) -> dict[Path, Path]:
    """Each file of the template, and where its copy goes."""
    files = (path for path in sorted(TEMPLATE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path: ROOT / replaced(path.relative_to(TEMPLATE).as_posix(), words) for path in files}


def bind(catalogue: Path) -> None:
    """Note of which English each translation was made."""
    messages = polib.pofile(str(catalogue), wrapwidth=0)
    for entry in messages:
        confirm(entry)
    write_text(catalogue, f"{messages}\n")


def enter(name: str, lecture: str) -> None:
    """Give the lesson its row in the table of contents, as the last of its lecture."""
    lines = CONTENTS.read_text(encoding="utf-8").splitlines()
    last = max(n for n, line in enumerate(lines) if f" book/{lecture}/" in line)
    lines.insert(last + 1, f"{lines[last].partition('book/')[0]}book/{lecture}/{name}")
    write_text(CONTENTS, "\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
