"""The book in a browser from which nothing else can be reached, in both languages. The fixture `visit` fails a test
whose pages asked for anything elsewhere, met a missing file, or wrote a warning or an error to the console."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.site.pages import BUILT, EDITIONS, ROOT, drawn_lessons, paths

STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
CONTROLS = ".widget-place :is(input, select, button)"
PHRASES = {"en": "next token", "zh-TW": "語言模型"}


def widgets(lesson: str) -> list[dict[str, Any]]:
    """The state of each widget that a lesson shows, in order."""
    notebook = json.loads((ROOT / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    outputs = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    shown = [data[VIEW]["model_id"] for data in outputs if VIEW in data]
    return [notebook["metadata"]["widgets"][STATE]["state"][model]["state"] for model in shown]


def merged(same: Any, own: Any) -> Any:
    """One frame of an Explorer: what all frames share, and what is its own."""
    if own is None:
        return same
    if not (isinstance(same, dict) and isinstance(own, dict)):
        return own
    return {key: merged(same.get(key), own.get(key)) for key in same | own}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_draws_itself_and_nothing_leaves(visit, edition, width):
    reader = visit(width)
    for path in ["index", "book/ledger", "book/api", "book/api-tools", "search", *drawn_lessons()]:
        page = reader.read_through(f"{edition}/{path}.html")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{edition}/{path} is {overflow} pixels wider than a screen of {width}"


@pytest.mark.parametrize("edition", EDITIONS)
def test_no_page_scrolls_sideways_on_the_narrowest_screen(visit, edition):
    reader = visit(width=320)
    for path in paths(edition):
        page = reader.open(path.relative_to(BUILT).as_posix())
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path.relative_to(BUILT)} is {overflow} pixels wider than its screen"


def test_no_page_of_the_library_is_longer_than_thirty_screens(visit):
    reader = visit()
    for path in BUILT.glob("en/book/api*.html"):
        screens = reader.open(path.relative_to(BUILT).as_posix()).evaluate(
            "document.documentElement.scrollHeight / document.documentElement.clientHeight"
        )
        assert screens <= 30, f"{path.name} has {screens:.0f}"


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("lesson", drawn_lessons())
def test_the_keyboard_reaches_every_control(visit, edition, lesson):
    page = visit().read_through(f"{edition}/{lesson}.html")
    assert page.locator(".widget-place").count() == len(widgets(lesson)) >= 1
    for place in page.locator(".widget-place").all():
        controls = place.locator(":is(input, select, button):enabled:visible")
        handles = controls.element_handles()
        assert handles, "a widget without anything for the hand"
        handles[0].focus()
        for number, handle in enumerate(handles):
            assert handle.evaluate("element => element === document.activeElement"), f"Tab misses control {number}"
            assert handle.evaluate("e => Boolean(e.labels?.length || e.textContent.trim() || e.ariaLabel)"), "no name"
            page.keyboard.press("Tab")


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_slider_shows_the_numbers_that_python_computed(visit, edition):
    language = EDITIONS.index(edition)
    tried = 0
    for lesson in drawn_lessons():
        for index, state in enumerate(widgets(lesson)):
            data = state["data"]
            if "frames" not in data or "options" in data["controls"][0]:
                continue
            if "numbers" not in merged(data["same"], next(iter(data["frames"].values()))):
                continue
            place = visit().read_through(f"{edition}/{lesson}.html").locator(".widget-place").nth(index)
            check_explorer(place, data, language)
            tried += 1
    assert tried, "no lesson has a slider over numbers"


def check_explorer(place, data: dict[str, Any], language: int) -> None:
    """Walk the first slider through its positions by the keyboard; at each, compare every number that is shown."""
    slider = place.locator("input[type=range]").first
    first, *rest = data["controls"]
    slider.press("Home")
    seen = set()
    for position in range(len(first["values"])):
        key = ",".join(map(str, [position, *(control["start"] for control in rest)]))
        items = merged(data["same"], data["frames"][key])["numbers"]
        expected = [spoken(item["value"], item.get("format", ""), language) for item in items]
        shown = place.locator("[data-panel='numbers'] .jl-number output").all_inner_texts()
        assert shown == expected
        seen.add(tuple(shown))
        slider.press("ArrowRight")
    assert len(seen) > 1, "the slider moves no number"


def spoken(value: Any, form: str, language: int) -> str:
    if isinstance(value, list):
        return value[language]
    return format(value, form) if not isinstance(value, str) else value


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_switch_leads_to_the_same_page(visit, edition):
    other = EDITIONS[1 - EDITIONS.index(edition)]
    reader = visit()
    for path in ["index", "book/ledger", *drawn_lessons()[:1]]:
        page = reader.open(f"{edition}/{path}.html")
        page.locator(".languages a:not([aria-current])").click()
        page.wait_for_url(f"**/{other}/{path}.html")
        assert page.locator("html").get_attribute("lang") == other
        assert page.locator(".languages [aria-current]").inner_text() == {"en": "English", "zh-TW": "繁體中文"}[other]


@pytest.mark.parametrize("edition", EDITIONS)
def test_search_finds_pages_with_every_word(visit, edition):  # of Chinese: with the whole phrase
    page = visit().open(f"{edition}/index.html")
    page.locator(".search-button-field:visible").click()
    page.locator("#pst-search-dialog input").fill(PHRASES[edition])
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.locator("#search-results li a").first.wait_for()
    page.locator("#search-results li a").first.click()
    page.wait_for_url(f"**/{edition}/**")
    text = page.locator("article").inner_text().lower()
    assert all(word in text for word in PHRASES[edition].split())


def test_light_and_dark_follow_the_reader(visit):
    def paper(dark: bool) -> float:
        page = visit(dark=dark).open("en/index.html")
        return page.evaluate("parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")

    assert paper(dark=False) > 240
    assert paper(dark=True) < 40


def test_without_scripts_the_colours_stay_and_what_is_missing_is_said(visit):
    page = visit(scripts=False).open("en/book/generative-ai/rolling-the-die.html")
    assert page.locator(".lesson-bar noscript p").is_visible()
    accent = page.locator(".colab, .lesson-bar ~ p a").first.evaluate("link => getComputedStyle(link).color")
    assert accent == "rgb(163, 62, 18)"


CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_paper(visit, dark):
    """WCAG's 4.5 to 1, 3 to 1 for large text, for every piece of text outside of drawings."""
    reader = visit(dark=dark)
    for path in [
        "en/index",
        "zh-TW/book/ledger",
        "en/book/api-mixers",
        "zh-TW/book/glossary",
        *(f"zh-TW/{lesson}" for lesson in drawn_lessons()),
    ]:
        assert reader.read_through(f"{path}.html").evaluate(CONTRAST) == [], path
    page = reader.open("en/search.html?q=attention")
    page.locator("#search-results mark").first.wait_for()
    assert page.evaluate(CONTRAST) == []
