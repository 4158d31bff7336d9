"""What others made: each file is the one that was looked at, and its licence lies beside it."""

from __future__ import annotations

import hashlib
import tomllib

from tests.site.pages import ROOT

VENDOR = ROOT / "site" / "vendor"


def test_every_kept_file_is_the_one_that_was_looked_at_and_has_its_licence():
    kept = tomllib.loads((VENDOR / "kept.toml").read_text(encoding="utf-8"))
    assert {path.name for path in VENDOR.iterdir() if path.suffix in (".js", ".txt")} == {*kept}
    for name, entry in kept.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"], name
        licence, file = entry["licence"]
        assert licence in ("MIT", "BSD-3-Clause", "Apache-2.0")
        assert (VENDOR / file).read_text(encoding="utf-8").strip()
