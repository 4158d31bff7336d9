"""The reader's hand: each widget on a page of its own in a real browser, with no kernel and every host blocked."""

from __future__ import annotations

import browser
import pytest
from jielong.teaching.figures import Die
from playwright.sync_api import Page, expect, sync_playwright

from tests.teaching.figures import samples

CHROMIUM = browser.find()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one")
ADDRESS = "http://book.test/"


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=browser.QUIET)


@pytest.fixture
def visit(chromium):
    """Open a widget's page; afterwards nothing may have been asked of another host, and nothing have gone wrong."""
    troubles, contexts = [], []

    def visit(widget, lang="en", width=760, motion="no-preference", theme="light") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 800}, reduced_motion=motion)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)

        def answer(route):
            if route.request.url == ADDRESS:
                return route.fulfill(body=samples.page(widget, lang, theme), content_type="text/html")
            troubles.append(route.request.url)
            return route.abort()

        page.route(lambda url: not url.startswith("blob:"), answer)
        page.goto(ADDRESS)
        page.wait_for_selector("body[data-ready]", timeout=10_000)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.mark.parametrize("lang", ["en", "zh-Hant-TW"])
@pytest.mark.parametrize("dose", samples.DOSES)
def test_dragging_moves_the_numbers_to_what_python_computed(visit, lang, dose):
    explorer = samples.explorer()
    page = visit(explorer, lang)
    page.locator("[data-name=dose]").fill(str(samples.DOSES.index(dose)))
    page.locator("[data-name=task]").select_option(index=1)
    frame = explorer.frame(dose=dose, task="words")
    expect(page.locator(".jl-number output")).to_have_text(format(frame["numbers"][0]["value"], ".0%"))
    bars = [format(v, ".0%") for v in frame["bars"]["values"]]
    assert page.locator("[data-panel=bars] .jl-value").all_text_contents() == bars
    expect(page.locator("[data-panel=text]")).to_have_text(frame["text"][lang != "en"])
    expect(page.get_by_role("group")).to_have_attribute("aria-label", explorer.alt[lang != "en"])
    expect(page.locator(".jl-sr")).to_contain_text(frame["text"][lang != "en"])


def test_the_picture_is_drawn_to_scale(visit):
    explorer = samples.explorer()
    page = visit(explorer)
    for dose in samples.DOSES:
        page.locator("[data-name=dose]").fill(str(samples.DOSES.index(dose)))
        values = explorer.frame(dose=dose, task="sums")["bars"]["values"]
        first, second = [
            float(bar.get_attribute("width")) for bar in page.locator("[data-panel=bars] rect[height='17']").all()
        ]
        assert first / second == pytest.approx(values[0] / values[1], rel=0.01)


def test_the_keyboard_reaches_every_control(visit):
    page = visit(samples.explorer())
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".jl-number output")).to_have_text("83%")
    expect(page.locator("[data-name=dose]")).to_have_attribute("aria-valuetext", "0.75")
    page.keyboard.press("End")
    expect(page.locator(".jl-number output")).to_have_text("90%")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".jl-number output")).to_have_text("12%")  # 0.125, a tie, as Python rounds it


def test_the_words_on_a_phone_are_as_large_as_on_a_desk(visit):
    sizes = []
    for width in (320, 760):
        page = visit(samples.explorer(), width=width)
        text = page.locator("[data-panel=bars] text").first
        sizes.append(text.evaluate("e => e.getBoundingClientRect().height"))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)


def shown(page: Page) -> list[float]:
    return [float(text.rstrip("%")) / 100 for text in page.locator("[data-part=bars] .jl-value").all_text_contents()]


@pytest.mark.parametrize("lang", ["en", "zh-Hant-TW"])
@pytest.mark.parametrize(
    "temperature,top_k,top_p", [(1.0, 9, 18), (0.0, 9, 18), (0.3, 9, 12), (2.0, 3, 18), (1.6, 7, 6)]
)
def test_the_die_s_bars_are_python_s_distribution(visit, lang, temperature, top_k, top_p):
    die = samples.die()
    page = visit(die, lang)
    for name, place in (("temperature", round(temperature * 10)), ("top_k", top_k), ("top_p", top_p)):
        page.locator(f"[data-name={name}]").fill(str(place))
    k = [1, 2, 3, 5, 10, 20, 50, 200, 1000, None][top_k]
    named, rest = Die.distribution(die.data["prompts"][0]["tree"], temperature, k, (top_p + 2) / 20)
    assert shown(page) == pytest.approx([*named[:10], sum(named[10:]) + rest], abs=0.00051)


def test_a_greedy_die_writes_the_most_probable_sentence(visit):
    die = samples.die()
    page = visit(die)
    page.locator("[data-name=temperature]").fill("0")
    node, sentence = die.data["prompts"][0]["tree"], "Look at the"
    while node is not None:
        page.locator("[data-name=roll]").click()
        sentence, node = sentence + node["tokens"][0], node.get("next", {}).get("0")
        expect(page.locator("[data-part=sentence]")).to_have_text(sentence)
    expect(page.locator("[data-part=message]")).to_contain_text("as far as the page's tree goes")
    page.locator("[data-name=undo]").click()
    expect(page.locator("[data-part=message]")).to_have_text("")
    assert sentence.startswith(page.locator("[data-part=sentence]").text_content())


@pytest.mark.parametrize("lang,words", [("en", "Sentences rolled: 30"), ("zh-Hant-TW", "擲了 30 句")])
def test_every_run_differs(visit, lang, words):
    page = visit(samples.die(seed=3), lang)
    page.locator("[data-name=roll_on]").focus()
    for _ in range(30):
        page.keyboard.press("Enter")
    expect(page.locator("[data-part=tally]")).to_contain_text(words)
    tally = page.locator("[data-part=tally] .jl-title").text_content()
    different = int("".join(c if c.isdigit() else " " for c in tally).split()[1])
    assert 10 < different <= 30
    page.locator("[data-name=prompt]").select_option(index=1)
    expect(page.locator("[data-part=sentence]")).to_have_text("My cat")
    expect(page.locator("[data-part=tally] .jl-title")).to_have_count(0)


@pytest.mark.parametrize("language,word", [("zh-TW", "擲"), ("en", "Roll")])
def test_the_reader_s_language_counts_more_than_the_page_s(visit, monkeypatch, language, word):
    monkeypatch.setenv("JIELONG_LANGUAGE", language)
    page = visit(samples.die(), "en" if language == "zh-TW" else "zh-Hant-TW")
    expect(page.locator("[data-name=roll_on]")).to_contain_text(word)


def test_a_seeded_die_repeats_and_an_unseeded_one_does_not(visit):
    def story(seed):
        page = visit(samples.die(seed))
        for _ in range(12):
            page.locator("[data-name=roll_on]").click()
        return page.locator("[data-part=tally]").text_content()

    assert story(5) == story(5)
    assert story(None) != story(None)


def ink(page: Page) -> list[float]:
    return [float(r.get_attribute("fill-opacity")) for r in page.locator(".jl-canvas rect[fill=currentColor]").all()]


@pytest.mark.parametrize("step", [0, 13, 63, 64])
def test_pixels_show_what_was_written(visit, step):
    pixels = samples.pixels()
    page = visit(pixels)
    page.locator("[data-name=sample]").select_option(index=2)
    page.locator("[data-name=step]").fill(str(step))
    sample = pixels.data["samples"][2]
    assert ink(page) == pytest.approx([v / 16 for v in sample["pixels"][:step] if v], abs=0.006)
    if step < 64:
        level = sample["pixels"][step]
        said = f"grey level {level} of 16, which had a chance of {sample['percent'][step][level]}%"
        expect(page.locator("[data-part=drawn]")).to_contain_text(said)
    else:
        expect(page.locator("[data-part=drawn]")).to_have_text("The picture is complete.")


def test_play_runs_and_pauses(visit):
    page = visit(samples.pixels())
    step, play = page.locator("[data-name=step]"), page.locator("[data-name=play]")
    play.click()
    page.wait_for_function("document.querySelector('[data-name=step]').value > 23")
    play.click()
    rest = step.input_value()
    page.wait_for_timeout(300)
    assert 23 < int(step.input_value()) == int(rest) < 64


def test_for_those_who_asked_for_calm_nothing_moves_by_itself(visit):
    page = visit(samples.pixels(), "zh-Hant-TW", motion="reduce")
    expect(page.locator("[data-name=play]")).to_have_text("下一列")
    page.locator("[data-name=play]").click()
    page.wait_for_timeout(300)
    assert page.locator("[data-name=step]").input_value() == "24"


@pytest.mark.parametrize("make", [samples.die, samples.explorer, samples.pixels])
def test_no_control_is_without_a_name_and_no_picture_without_words(visit, make):
    page = visit(make(), theme="dark")
    for control in page.locator("input, select, button").all():
        name = control.evaluate("e => e.labels?.[0]?.textContent || e.textContent")
        assert name.strip()
    for picture in page.locator("svg[role=img]:not([aria-hidden])").all():
        assert picture.get_attribute("aria-label").strip()
