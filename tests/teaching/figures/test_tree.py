"""The tree in a real browser: what is cut is not walked, and the page's clicks are Python's."""

from __future__ import annotations

import pytest
from jielong.teaching.figures import Tree

from tests.teaching.figures.test_browser import CHROMIUM, chromium, visit  # noqa: F401

#            0
#      1           2
#    3   4       5   6
NAMES = ["home", "left", "right", "a", "b", "c", "d"]
PARENTS = [-1, 0, 0, 1, 1, 2, 2]
VALUES = [0.5, 2.0, 1.0, 0.0, 3.0, -1.0]
browser_only = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine: python site/browser.py gets one"
)


def tree(**changes):
    tasks = [{"wanted": "sea", "goal": 6, "values": VALUES}, {"wanted": "ale", "goal": 3, "values": VALUES}]
    given = {"names": NAMES, "parents": PARENTS, "tasks": tasks, "alt": ("a tree", "一棵樹"), "keep": 1}
    return Tree(**{**given, **changes})


@pytest.mark.parametrize(
    "task,cut,found,clicks",
    [
        (0, [], True, 10),  # left, a, back, b, back, back, right, c, back, d
        (0, [1], True, 4),
        (0, [1, 5], True, 2),
        (0, [6], False, 10 + 0),
        (0, [2], False, 6),
        (0, [1, 2], False, 0),
        (1, [], True, 2),
        (1, [1], False, 6),
    ],
)
def test_each_step_down_and_each_step_back_is_a_click(task, cut, found, clicks):
    assert tree().search(task, cut) == (found, clicks)


@pytest.mark.parametrize(
    "change,what",
    [
        ({"parents": [-1, 0]}, "7 names, but 2 parents"),
        ({"parents": [-1, 0, 0, 4, 1, 2, 2]}, "before its children"),
        ({"tasks": [{"wanted": "x", "goal": 1, "values": [1.0]}]}, "'x' has 1 values for 6 nodes"),
    ],
)
def test_a_tree_says_what_is_wrong(change, what):
    with pytest.raises(ValueError, match=what):
        tree(**change)


def numbers(page):
    return [int(text) for text in page.locator(".jl-number output").all_text_contents()]


@browser_only
@pytest.mark.parametrize("lang", ["en", "zh-Hant-TW"])
def test_cutting_by_mouse_and_by_keyboard(visit, lang):  # noqa: F811
    page = visit(tree(), lang)
    assert numbers(page) == [10, 10, 0]
    page.locator("[data-node='1'] text").click()
    assert numbers(page) == [10, 4, 6]
    assert ("is found on the page “d”", "在「d」那一頁找到「sea」")[lang != "en"] in page.locator(
        ".jl-message"
    ).text_content()
    page.locator("[data-node='5']").focus()
    page.keyboard.press("Enter")
    assert numbers(page) == [10, 2, 8]
    assert page.evaluate("document.activeElement.dataset.node") == "5"  # the focus stays where it was
    page.keyboard.press(" ")
    assert numbers(page) == [10, 4, 6]
    label = page.locator("[data-node='1']").get_attribute("aria-label")
    assert label == ("left: the model gives it 0.5; cut", "left：模型給 0.5 分; 剪掉了")[lang != "en"]
    assert page.locator("[data-node='1']").get_attribute("aria-pressed") == "true"
    page.locator("[data-node='6']").click()
    assert ("Cut off", "剪掉了")[lang != "en"] in page.locator(".jl-message").text_content()


@browser_only
def test_the_model_cuts_and_all_is_undone(visit):  # noqa: F811
    page = visit(tree())
    page.locator("[data-name=judge]").click()  # keeps one of each: right, a, c
    assert [page.locator(f"[data-node='{k}']").get_attribute("aria-pressed") for k in range(1, 7)] == [
        *("true", "false", "false", "true", "false", "true")
    ]
    found, clicks = tree().search(0, [1, 4, 6])
    assert not found
    assert numbers(page) == [10, clicks, 10 - clicks]
    assert page.locator("[data-node='3']").get_attribute("tabindex") == "-1"  # on a branch that is gone
    page.locator("[data-name=clear]").click()
    assert numbers(page) == [10, 10, 0]
    page.locator("[data-name=wanted]").select_option(index=1)
    assert numbers(page) == [2, 2, 0]
