"""Find a Chromium for the browser tests, or get one.    python site/browser.py [--look]

It takes $CHROMIUM, or what is on the PATH, or Playwright's. Where there is none, it says what it is going to do and
asks Debian's or Ubuntu's packages (as root), else Playwright. CHROMIUM=none prevents that, and no test opens a browser.
--look: install nothing. Without a Chromium the other tests still run; only where CI is set is that an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = [
    f"--{option}"
    for option in ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync")
    + ("disable-background-networking", "disable-component-update")
]
PACKAGES = ["chromium", "fonts-noto-cjk"]
MISSING = "No Chromium here: the tests that open a page in a browser are not run (CHROMIUM=path/to/one names one)."


def find() -> str | None:
    """The path of a Chromium on this machine, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, NAMES) if path), None) or _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def needed() -> bool:
    """Whether a missing Chromium is an error: where CI is set, no test may be left out."""
    return os.environ.get("CI", "").lower() in ("1", "true")


def get() -> str | None:
    """Install one, after saying so, unless CHROMIUM is set. Returns its path, or None."""
    if os.environ.get("CHROMIUM"):
        return None
    if _may_install_packages():
        commands = [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *PACKAGES]]
        what = f"Debian's packages {' and '.join(PACKAGES)} on this system"
    else:
        commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
        what = "Playwright's Chromium in your cache folder"
    print(f"The browser tests need Chromium: installing {what}. To prevent this, set CHROMIUM=none.", flush=True)
    for command in commands:
        done = subprocess.run(
            command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True
        )
        if done.returncode:
            print(f"That failed: {_reason(done.stderr or done.stdout)}", flush=True)
            return None
    return find()


def _may_install_packages() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _reason(said: str) -> str:
    """The line of a failed command's words that names the error; Playwright adds a stack trace of Node's."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it gave no reason"]
    return next((line for line in lines if re.match(r"E:|\w*Error:", line)), lines[-1])


def main(arguments: list[str]) -> int:
    path = find() or (None if "--look" in arguments else get())
    if path:
        print(f"Chromium: {path}")
        return 0
    print(MISSING, file=sys.stderr if needed() else sys.stdout)
    return 1 if needed() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
