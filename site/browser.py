"""Find a Chromium for the browser tests, or get one.    python site/browser.py

It takes $CHROMIUM, or what is on the PATH; else it asks Debian's or Ubuntu's packages (as root), else Playwright.
"""

from __future__ import annotations

import os
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


def get() -> str | None:
    """Install one where that can be done without asking anybody."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-cjk"],
        ):
            subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    return find()


def main() -> int:
    path = find() or get()
    print(
        f"Chromium: {path}"
        if path
        else "The browser tests need Chromium: install it, or set CHROMIUM to the path of one.",
        file=sys.stdout if path else sys.stderr,
    )
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
