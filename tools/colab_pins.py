"""What Colab has already: the versions that the library must leave as they are.

    python tools/colab_pins.py             fetch Colab's published list, keep what the library could touch
    python tools/colab_pins.py --resolve   ask pip whether the library goes with them; nothing is installed

The list is https://github.com/googlecolab/backend-info, pip-freeze.txt; ours is tests/colab/pins.txt.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from datetime import date
from importlib import metadata

from jielong.files import write_text
from lessons import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PINS = ROOT / "tests" / "colab" / "pins.txt"
LIST = "https://raw.githubusercontent.com/googlecolab/backend-info/main/pip-freeze.txt"
PYTHON = "3.13"
PIN = re.compile(r"^([\w.-]+)(?:==| @ \S*?-)(\d[^\s%+/-]*)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    """Name -> version of a list as pip freezes it, also of a wheel that is named by its address."""
    return {canonicalize_name(name): version for name, version in PIN.findall(text)}


def touched(name: str = "jielong", seen: set[str] | None = None) -> set[str]:
    """Every package that an installation of the library asks for, by the metadata of what is installed here."""
    seen = set() if seen is None else seen
    for other in _requirements(name):
        if other not in seen:
            seen.add(other)
            touched(other, seen)
    return seen


def _requirements(name: str) -> Iterator[str]:
    try:
        stated = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, stated):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def refresh(text: str, day: date) -> str:
    """Our list, from Colab's."""
    theirs = pins(text)
    kept = "".join(f"{name}=={theirs[name]}\n" for name in sorted(touched() & theirs.keys()))
    return f"# What Colab had on {day} with Python {PYTHON}, if the library could touch it: tools/colab_pins.py\n{kept}"


def resolve() -> int:
    """pip's exit status when it is to install the library beside Colab's versions, in a dry run."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, _sources(folder)], check=True)
        where = ["--python-version", PYTHON, "--only-binary=:all:", "--target", folder, "--find-links", folder]
        command = [*pip, "install", "--dry-run", "--ignore-installed", *where, "-c", str(PINS), "jielong"]
        return subprocess.run(command).returncode


def _sources(folder: str) -> str:
    """A copy of what is committed, for building leaves things behind."""
    subprocess.run(["git", "clone", "--quiet", ROOT, f"{folder}/sources"], check=True)
    return f"{folder}/sources"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resolve", action="store_true")
    if parser.parse_args().resolve:
        return resolve()
    with urllib.request.urlopen(LIST, timeout=60) as answer:
        write_text(PINS, refresh(answer.read().decode(), date.today()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
