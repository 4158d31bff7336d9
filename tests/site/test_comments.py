"""Comments in a lesson's code: which ones are messages, where their Chinese stands, and that all of them have it.

So has what the code prints.
"""

from __future__ import annotations

import ast
import unicodedata

import polib
import pytest
from bookpages import notebooks, printed
from bookpages.comments import comments, messages, translated
from bookpages.languages import EDITIONS
from finished import finished
from lessons import lessons
from translate import CATALOGUES, ROOT, add_code

WIDEST = 96  # columns of a line of code
CHINESE = {"room, guest": "房間、客人", "when it is full": "滿了的時候", "another `roll`": "再 `roll` 一次"}


def test_comments_take_their_translation_in_the_column_where_they_stood():
    source = "rooms = full(4)   # room, guest\nif rooms:\n    # when it is full\n    roll()        #another `roll`\n"
    assert translated(source, CHINESE.__getitem__) == (
        "rooms = full(4)   # 房間、客人\nif rooms:\n    # 滿了的時候\n    roll()        # 再 `roll` 一次\n"
    )


@pytest.mark.parametrize(
    "source",
    [
        "",
        "x = 1\n\n\ny = 2",
        "x = '# room, guest'\ny = f'{x} # room, guest'",
        '"""A note.\n\n# room, guest\n"""',
        "x = torch.zeros(16, 384)  # (16, 384)\ny = x  #",
        "x = roll()  # `roll`",
        "x = y  # 2 * n + 1",
    ],
    ids=["nothing", "no comment", "strings", "a long string", "a shape", "a name", "a formula"],
)
def test_what_explains_nothing_stays_as_it_is(source):
    assert list(comments(source)) == []
    assert translated(source, CHINESE.__getitem__) == source


def test_the_comments_of_a_lesson_are_those_of_its_code_each_once():
    cells = [("code", ["setup"], "# Nobody reads this."), ("markdown", [], "# A title"), ("code", [], "x  # one more")]
    cells += [("code", [], "y  # one more\n# the last")]
    lesson = {"cells": [{"cell_type": k, "metadata": {"tags": tags}, "source": [s]} for k, tags, s in cells]}
    assert messages(lesson) == ["one more", "the last"]
    template = polib.POFile()
    template.append(polib.POEntry(msgid="the last"))
    add_code(template, lesson)
    assert [entry.msgid for entry in template] == ["the last", "one more"]


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_comments_and_printed_words_are_chinese_in_the_chinese_edition_and_the_code_is_the_same(path):
    catalogue = polib.pofile(str(CATALOGUES / path.relative_to(ROOT).with_suffix(".po")))
    chinese = {entry.msgid: entry.msgstr for entry in catalogue if entry.msgstr and not entry.fuzzy}
    lesson, other = notebooks.read(path), finished(path, EDITIONS["zh_TW"])
    assert [text for text in messages(lesson) + printed.messages(lesson) if text not in chinese] == []
    for cell, ours in zip(lesson["cells"], other["cells"], strict=True):
        if cell["cell_type"] == "code" and "setup" not in cell["metadata"].get("tags", []):
            source, said = "".join(cell["source"]), "".join(ours["source"])
            assert said == translated(printed.translated(source, chinese.__getitem__), chinese.__getitem__)
            assert wordless(said) == wordless(source)
            assert max(map(columns, said.splitlines())) <= WIDEST


def wordless(source: str) -> str:
    """What the code does but for the words that it prints, and the order of the values between them."""
    tree = ast.parse(source)
    prints = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"]
    for node in [inner for call in prints for argument in call.args for inner in ast.walk(argument)]:
        if isinstance(node, ast.JoinedStr):
            node.values = sorted((each for each in node.values if not isinstance(each, ast.Constant)), key=ast.dump)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def columns(line: str) -> int:
    """How wide a line is where every letter has one column, and a Chinese one two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)
