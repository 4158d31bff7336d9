"""The built pages, a server for them on this machine, and a browser in which nothing else can be reached."""

from __future__ import annotations

import functools
import http.server
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "site"))

from browser import MISSING, QUIET, find, needed  # noqa: E402

BUILT = ROOT / "_build" / "html"
PREFIX = "/some/where"  # the book must work below any path


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder with both editions, as `make pages` draws it."""
    assert (BUILT / "zh-TW" / "index.html").exists(), "no pages to test: draw them with `make pages`"
    return BUILT


class _Files(http.server.SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(PREFIX))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(built: Path) -> Iterator[str]:
    """Where a plain file server serves the book."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find()
    if not path:
        pytest.fail(MISSING) if needed() else pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page, and everything that went wrong on it."""

    page: Page
    address: str
    trouble: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}/{path}", wait_until="load")
        return self.page

    def read_through(self, path: str) -> Page:
        """Open a page and scroll to its end, so that everything that draws itself late has done so."""
        page = self.open(path)
        for place in page.locator(".widget-place").all():
            place.scroll_into_view_if_needed()
            page.wait_for_function("element => 'drawn' in element.dataset", arg=place.element_handle(), timeout=10_000)
        return page


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """Make a visitor: visit(width=390, dark=True). At the end, no visitor may have met trouble of any kind."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def make(width: int = 1280, dark: bool = False, scripts: bool = True) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale="en-US",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        made = Visit(context.new_page(), address)
        visits.append(made)
        _watch(context, made)
        return made

    yield make
    found = [trouble for each in visits for trouble in each.trouble]
    for context in contexts:
        context.close()
    assert not found, "\n".join(found)


def _watch(context: BrowserContext, visit: Visit) -> None:
    """Let nothing through but our own server, and note requests elsewhere, failures, errors and warnings."""
    own = visit.address.removesuffix(PREFIX)

    def gate(route) -> None:
        url = route.request.url
        if url.startswith((own + PREFIX, "blob:", "data:")):
            route.continue_()
        else:
            visit.trouble.append(f"a request left the page: {url}")
            route.abort()

    context.route("**/*", gate)
    page = visit.page
    page.on("pageerror", lambda error: visit.trouble.append(f"{page.url}: {error}"))
    page.on("response", lambda answer: answer.status >= 400 and visit.trouble.append(f"{answer.status} {answer.url}"))
    page.on(
        "console",
        lambda message: (
            message.type in ("error", "warning") and visit.trouble.append(f"{page.url}: {message.type}: {message.text}")
        ),
    )
