"""Matrix memories on a page of their own in a real browser: what they say is what the matrices hold."""

from __future__ import annotations

import numpy as np
import pytest
from jielong.teaching.figures import Memory
from playwright.sync_api import expect

from tests.teaching.figures.test_browser import CHROMIUM, chromium, visit  # noqa: F401

browser_needed = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one"
)

# Two directions for keys, two for values. The sum keeps both values of key 0; the other memory replaces.
E = np.eye(2)
KEYS = {"names": ["a", "b"], "vectors": E}
VALUES = {"names": [("red", "紅"), ("blue", "藍")], "vectors": 2 * E[::-1]}
STEPS = [("write", 0, 0), ("write", 0, 1), ("write", 1, 1), ("read", 0)]
RED, BLUE = np.outer(E[0], [0.0, 2.0]), np.outer(E[0], [2.0, 0.0])
OTHER = np.outer(E[1], [2.0, 0.0])
NOTHING = np.zeros((2, 2))
SUM = np.stack([NOTHING, RED, RED + BLUE, RED + BLUE + OTHER, RED + BLUE + OTHER])
REPLACED = np.stack([NOTHING, RED, BLUE, BLUE + OTHER, BLUE + OTHER])
WRITTEN = np.array([[0.0, 2], [2, -2], [2, 0], [0, 0]])
RULES = [
    {"name": ("sum", "累加"), "memory": SUM},
    {"name": ("replace", "取代"), "memory": REPLACED, "written": WRITTEN, "kept": np.array([[0.25, 1]] * 4)},
]


def memory(**changes):
    given = {"keys": KEYS, "values": VALUES, "steps": STEPS, "rules": RULES, "alt": ("two memories", "兩個記憶")}
    return Memory(**{**given, **changes})


def test_what_each_key_reads_and_how_far_off_it_is():
    data = memory().data
    added, replaced = data["rules"]
    assert data["truth"] == [[-1, -1], [0, -1], [1, -1], [1, 1], [1, 1]]
    assert replaced["says"][0] == [[-1, -1], [0, -1], [1, -1], [1, 1], [1, 1]]
    assert replaced["strength"][0][3] == [1, 1]
    assert replaced["error"][0] == [0, 0, 0, 0, 0]
    assert added["says"][0][1] == [0, -1]
    assert added["says"][0][3][1] == 1
    # the sum says red + blue where blue is right: off by |red|^2, which is |blue|^2; then half of that on average
    assert added["error"][0] == [0, 0, 1, 0.5, 0.5]
    assert added["read"][0] == [[0, 2], [2, 2], [2, 0], [2, 2]]  # at the third step key b was used


@pytest.mark.parametrize("last_digits", [-1e-13, 0, 1e-13])
def test_of_two_said_equally_strongly_the_first_is_named(last_digits):
    rules = [{"name": ("sum", "累加"), "memory": SUM * [1 + last_digits, 1]}]
    assert memory(rules=rules).data["rules"][0]["says"][0][2] == [0, -1]


def test_a_dose_has_one_memory_for_each_of_its_values():
    both = [{"name": ("half", "一半"), "memory": np.stack([SUM, SUM / 2])}, RULES[1]]
    data = memory(rules=both, dose={"label": ("dose", "劑量"), "values": [1, 0.5], "start": 0.5}).data
    assert data["dose"]["start"] == 1
    assert [len(rule["memory"]) for rule in data["rules"]] == [2, 1]
    assert data["rules"][0]["strength"][1][1] == [0.5, 0]


@pytest.mark.parametrize(
    "words,changes",
    [
        ("memory of .*sum.* should be", {"rules": [{"name": ("sum", "累加"), "memory": SUM[1:]}]}),
        ("written of .*replace", {"rules": [{**RULES[1], "written": WRITTEN[:2]}]}),
        ("kept of .*replace", {"rules": [{**RULES[1], "kept": np.ones((4, 3))}]}),
        ("values: number 1 is zero", {"values": {**VALUES, "vectors": np.array([[2.0, 0], [0, 0]])}}),
        ("keys must be finite", {"keys": {**KEYS, "vectors": np.full((2, 2), np.nan)}}),
        (
            "memory of .*sum.* must be finite",
            {"rules": [{"name": ("sum", "累加"), "memory": np.full_like(SUM, np.nan)}]},
        ),
        ("a step is", {"steps": [*STEPS[:3], ("read", 0, 1)]}),
        ("a step is", {"steps": [("write", 0), *STEPS[1:]]}),
    ],
)
def test_what_does_not_fit_is_refused(words, changes):
    with pytest.raises(ValueError, match=words):
        memory(**changes)


def sizes(page, rule, part):
    return page.locator(f"[data-rule={rule}] [data-part={part}]").count()


@browser_needed
@pytest.mark.parametrize("lang,k", [("en", 0), ("zh-Hant-TW", 1)])
def test_the_page_says_what_python_found(visit, lang, k):  # noqa: F811
    page = visit(memory(), lang)
    page.locator("[data-name=step]").fill("3")
    said = page.locator("[data-part=said]")
    expect(said).to_have_text(("Write blue at b.", "把「藍」寫到「b」。")[k])
    score = page.locator("[data-part=score]")
    expect(score).to_have_text(
        (
            ["1 of 2 right, error 0.50", "2 of 2 right, error 0.00"],
            ["2 個對 1 個，誤差 0.50", "2 個對 2 個，誤差 0.00"],
        )[k]
    )
    rows = [row.locator("td").all_text_contents() for row in page.locator("tbody tr").all()]
    blue, red, right, wrong = (("blue", "red", "right", "wrong"), ("藍", "紅", "對", "錯"))[k]
    assert rows[0] == [blue, f"{red} 1.00 ✗{wrong}", f"{blue} 1.00 ✓{right}"]
    assert rows[1] == [blue, f"{blue} 1.00 ✓{right}", f"{blue} 1.00 ✓{right}"]
    expect(page.locator(".jl-sr[role=status]")).to_contain_text(("replace: 2 of 2 right", "取代: 2 個對 2 個")[k])
    label = page.locator("svg").nth(1).get_attribute("aria-label")
    assert label.endswith(("b says blue, 1.00", "「b」讀出「藍」，1.00")[k])


@browser_needed
def test_what_has_changed_is_framed_and_what_was_kept_is_measured(visit):  # noqa: F811
    page = visit(memory(start=2))
    assert sizes(page, "sum", "changed") == 1
    assert sizes(page, "replace", "changed") == 2
    bars = [float(b.get_attribute("width")) for b in page.locator("[data-part=kept]").all()]
    assert bars[0] == pytest.approx(bars[1] / 4)
    assert sizes(page, "sum", "kept") == 0
    page.locator("[data-name=step]").fill("4")  # only asked: nothing changes
    assert page.locator("[data-part=changed]").count() == 0


@browser_needed
def test_buttons_and_keys_walk_through_the_steps_and_stop_at_the_ends(visit):  # noqa: F811
    page = visit(memory())
    expect(page.locator("[data-name=previous]")).to_have_attribute("aria-disabled", "true")
    page.locator("[data-name=next]").focus()
    for _ in range(6):
        page.keyboard.press("Enter")
    expect(page.locator("[data-name=step]")).to_have_value("4")
    expect(page.locator("[data-part=said]")).to_have_text("Ask with a.")
    page.locator("[data-name=step]").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-part=said]")).to_have_text("Write blue at b.")
    page.locator("[data-name=previous]").click()
    expect(page.locator("[data-name=step]")).to_have_attribute("aria-valuetext", "2 / 4")


@browser_needed
def test_the_second_slider_changes_only_what_depends_on_it(visit):  # noqa: F811
    rules = [{"name": ("half", "一半"), "memory": np.stack([SUM, SUM / 2])}, RULES[1]]
    page = visit(memory(rules=rules, dose={"label": ("dose", "劑量"), "values": [1, 0.5], "format": ".1f"}, start=1))
    first = page.locator("tbody tr").first.locator("td")
    assert first.all_text_contents()[1:] == ["red 1.00 ✓right", "red 1.00 ✓right"]
    page.locator("[data-name=dose]").fill("1")
    assert first.all_text_contents()[1:] == ["red 0.50 ✓right", "red 1.00 ✓right"]
    expect(page.locator("[data-name=dose]")).to_have_attribute("aria-valuetext", "0.5")


@browser_needed
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_four_memories_fit_on_a_phone(visit, theme):  # noqa: F811
    page = visit(memory(rules=RULES * 2, start=3), width=340, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 340
    edges = [svg.bounding_box() for svg in page.locator(".jl-memories svg").all()]
    assert edges[0]["y"] == edges[1]["y"] < edges[2]["y"]
    assert edges[0]["x"] == edges[2]["x"]
