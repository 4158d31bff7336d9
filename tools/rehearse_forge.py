"""Publishing the book, rehearsed: an empty bare repository plays the forge, under a made-up owner and name.

What is committed here is pushed there; the workflows Book and Release run step by step, all but the tests; then the
site, the branch of notebooks, a Chinese lesson opened from that branch, and the packages are looked at.

    python tools/rehearse_forge.py                     in a folder that is gone afterwards
    python tools/rehearse_forge.py --folder PLACE      in this one, which stays
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import yaml
from lessons import ROOT, tags
from lxml import html
from rehearse_colab import LESSON, opened, prepare
from workflow import WEB, Forge, StepFailed, play

REPOSITORY = "ada/her-book"
LANGUAGES = ("en", "zh-TW")
COLAB = "https://colab.research.google.com/github"
IN_A_REPOSITORY = re.compile(rf"(?:{COLAB}|{WEB})/([^/]+/[^/]+)/blob/([^/]+)/(.+)")
NO_NAME = re.compile("[O]WNER/")
ASK = "import importlib.metadata, jielong; print(importlib.metadata.version('jielong'), jielong.__file__)"

Seen = tuple[str, list[str]]
"""What a check saw, in a few words, and what is wrong."""


def push(forge: Forge) -> str:
    """What is committed here, in full, to the empty repository; returns the commit."""
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=ROOT, text=True).strip()
    forge.found()
    forge.receive(ROOT, commit, "refs/heads/main")
    return commit


def look_at_site(forge: Forge, commit: str) -> Seen:
    """Both editions are there, and every link into a repository leads to a file that this one has."""
    lessons, links, faults = _notebooks(forge, commit), 0, []
    there = {"notebooks": set(forge.files("notebooks")), "HEAD": set(forge.files(commit))}
    pages = {path.relative_to(forge.site).as_posix(): path for path in sorted(forge.site.rglob("*.html"))}
    wanted = {"index.html", *(f"{language}/index.html" for language in LANGUAGES), *map(_page, lessons)}
    faults += [f"no page {name}" for name in sorted(wanted - pages.keys())]
    for name, path in pages.items():
        tree = html.fromstring(path.read_bytes())
        for link in filter(None, map(IN_A_REPOSITORY.fullmatch, tree.xpath("//a/@href"))):
            repository, ref, file = link.groups()
            links += 1
            if repository != forge.repository or unquote(file) not in there.get(ref, ()):
                faults.append(f"{name}: {link[0]} leads nowhere")
        if (notebook := name.removesuffix("html") + "ipynb") in lessons:
            faults += [f"{name}: {fault}" for fault in _wrong_buttons(forge, tree, path.parent, notebook)]
    texts = [file for file in forge.site.rglob("*") if file.suffix in (".html", ".js", ".ipynb")]
    unnamed = [file for file in texts if NO_NAME.search(file.read_text(encoding="utf-8"))]
    faults += [f"{file.relative_to(forge.site)} has no name of an owner" for file in unnamed]
    return f"{len(lessons)} pages of lessons among {len(pages)}, {links} links into {forge.repository}", faults


def _wrong_buttons(forge: Forge, tree: html.HtmlElement, folder: Path, notebook: str) -> Iterator[str]:
    """A lesson's page opens its notebook in the branch, in its language, and gives the same one to download."""
    if (colab := tree.xpath("//a[@class='colab']/@href")) != [f"{COLAB}/{forge.repository}/blob/notebooks/{notebook}"]:
        yield f"the button for Colab leads to {colab}"
    downloads = [folder / unquote(urlsplit(href).path) for href in tree.xpath("//a[@download]/@href")]
    if len(downloads) != 1 or not downloads[0].exists():
        yield f"a download of {[str(file) for file in downloads]}"
    elif downloads[0].read_text(encoding="utf-8") != forge.git("show", f"notebooks:{notebook}"):
        yield "the download is not the notebook in the branch"


def look_at_branch(forge: Forge, commit: str) -> Seen:
    """Every lesson in each language, nothing else, and each installs this very commit and speaks its language."""
    wanted, found = _notebooks(forge, commit), set(forge.files("notebooks"))
    faults = [f"{path} is not in the branch" for path in wanted - found]
    faults += [f"{path} is in the branch" for path in found - wanted]
    for path in sorted(found & wanted):
        notebook = nbformat.reads(forge.git("show", f"notebooks:{path}"), as_version=4)
        set_up = "".join(cell.source for cell in notebook.cells if "setup" in tags(cell))
        installs = re.findall(r"pip install .*?(\S+)\"\)", set_up)
        speaks = re.findall(r'"JIELONG_LANGUAGE"\] = "([^"]+)"', set_up)
        if installs != [f"git+{WEB}/{forge.repository}@{commit}"] or speaks != [path.partition("/")[0]]:
            faults.append(f"{path}: installs {installs}, speaks {speaks}")
    return f"{len(found)} notebooks, which install {forge.repository}@{commit[:7]}", faults


def open_lesson(forge: Forge, commit: str) -> Seen:
    """A Chinese lesson from the branch, on what plays Colab: its set-up cell installs the library from the forge."""
    python = prepare(forge.folder / "colab")
    notebook = forge.folder / "colab" / Path(LESSON).name
    notebook.write_text(forge.git("show", f"notebooks:zh-TW/{LESSON}"), encoding="utf-8")
    faults = opened(python, notebook, "zh-TW", forge.repository, forge.bare)
    has = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
    if f"jielong @ git+{WEB}/{forge.repository}@{commit}\n" not in has:
        faults.append("the library is not that of the commit")
    return f"{notebook.stem} ran, its figures speak Chinese", faults


def look_at_packages(forge: Forge, commit: str, version: str) -> Seen:
    """One wheel and one source distribution of this version; the wheel has all of the library's files and imports."""
    wheel, source = (forge.packages / f"jielong-{version}{end}" for end in ("-py3-none-any.whl", ".tar.gz"))
    if missing := {wheel, source} ^ set(forge.packages.glob("*")):
        return "not these two", sorted(str(file.name) for file in missing)
    library = {file.removeprefix("lib/") for file in forge.files(commit) if file.startswith("lib/jielong/")}
    faults = [f"{file} is not in the wheel" for file in sorted(library - set(zipfile.ZipFile(wheel).namelist()))]
    unpacked = forge.folder / "unpacked"
    with tarfile.open(source) as archive:
        archive.extractall(unpacked, filter="data")
    if f"\nVersion: {version}\n" not in (unpacked / f"jielong-{version}/PKG-INFO").read_text(encoding="utf-8"):
        faults.append("the source distribution states another version")
    target = forge.folder / "target"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True)
    asked = subprocess.run([sys.executable, "-c", ASK], cwd=target, capture_output=True, text=True)
    if asked.stdout.split() != [version, str(target / "jielong/__init__.py")]:
        faults.append(f"the wheel says {asked.stdout}{asked.stderr}")
    return f"{wheel.name} has {len(library)} files of the library and imports; {source.name}", faults


def refuses(forge: Forge, release: dict[Any, Any], tag: str, commit: str) -> Seen:
    """A tag that is not the version goes as far as the step that compares them."""
    forge.receive(ROOT, commit, f"refs/tags/{tag}")
    try:
        list(play(forge, release, f"refs/tags/{tag}", commit))
    except StepFailed as failed:
        right = failed.step == "The tag is the version that the sources name"
        return f"{tag} is refused", [] if right else [str(failed)]
    return f"{tag} is published", ["it names another version"]


def _notebooks(forge: Forge, commit: str) -> set[str]:
    """What the branch should have: each lesson of the commit, in each language."""
    lessons = [file for file in forge.files(commit) if re.fullmatch(r"book/.+\.ipynb", file)]
    return {f"{language}/{lesson}" for language in LANGUAGES for lesson in lessons}


def _page(notebook: str) -> str:
    return notebook.removesuffix("ipynb") + "html"


def rehearse(forge: Forge) -> Iterator[tuple[str, Seen]]:
    """All of it, part by part: what was done, what was seen there, what is wrong."""
    commit = push(forge)
    yield "Push", (f"{commit[:7]} to {forge.repository}", [])
    book, release = (
        yaml.safe_load(forge.git("show", f"{commit}:.github/workflows/{name}.yml")) for name in ("book", "release")
    )
    for job in play(forge, book, "refs/heads/main", commit):
        yield book["name"], (job, [])
    yield "Site", look_at_site(forge, commit)
    yield "Branch", look_at_branch(forge, commit)
    yield "Lesson", open_lesson(forge, commit)
    version = tomllib.loads(forge.git("show", f"{commit}:pyproject.toml"))["project"]["version"]
    yield release["name"], refuses(forge, release, f"v{version}.1", commit)
    forge.receive(ROOT, commit, f"refs/tags/v{version}")
    for job in play(forge, release, f"refs/tags/v{version}", commit):
        yield release["name"], (job, [])
    yield "Packages", look_at_packages(forge, commit, version)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="an empty one; it stays")
    chosen = parser.parse_args().folder
    right = True
    with tempfile.TemporaryDirectory() as passing:
        forge = Forge((chosen or Path(passing)).resolve(), REPOSITORY)
        try:
            for part, (seen, faults) in rehearse(forge):
                print(f"{part:10}{seen}", *(f"{'':10}WRONG: {fault}" for fault in faults), sep="\n", flush=True)
                right = right and not faults
        except (StepFailed, ValueError, subprocess.CalledProcessError) as error:
            sys.exit(str(error))
    print("All is as it should be." if right else "See what is WRONG above.")
    return int(not right)


if __name__ == "__main__":
    sys.exit(main())
