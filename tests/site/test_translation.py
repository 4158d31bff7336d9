"""The Chinese edition is complete: no message is missing, none is a guess, none is left over."""

from __future__ import annotations

import subprocess
import sys

import polib
import translate

from tests.site.pages import ROOT


def messages(pairs: dict[str, str]) -> polib.POFile:
    file = polib.POFile()
    file.extend(polib.POEntry(msgid=english, msgstr=chinese) for english, chinese in pairs.items())
    return file


def test_every_message_has_its_translation():
    command = [sys.executable, "site/translate.py", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_edited_sentence_becomes_a_suggestion():
    old = messages({"The model rolls a die.": "模型擲骰子。", "Gone for good, and long ago.": "沒了。"})
    new = translate.update(messages({"The model rolls one die.": ""}), old)
    (entry,) = new
    assert (entry.msgstr, entry.fuzzy, entry.previous_msgid) == ("模型擲骰子。", True, "The model rolls a die.")
    assert translate.problems(messages({"The model rolls one die.": ""}), new, "x.po") == [
        "x.po: fuzzy: The model rolls one die."
    ]


def test_what_did_not_change_is_kept_byte_for_byte():
    template = messages({"one": "", "two": ""})
    complete = translate.update(template, messages({"one": "一", "two": "二"}))
    assert [entry.comment for entry in complete] == ["made from 7692c3ad", "made from 3fc4ccfe"]
    assert str(translate.update(template, complete)) == str(complete)
    assert translate.problems(template, complete, "x.po") == []


def test_an_english_sentence_that_was_changed_in_the_catalogue_too_becomes_a_suggestion():
    """Until somebody has taken the mark away; and a mark of one's own is nothing to be confirmed."""
    template = messages({"The model rolls two dice.": ""})
    catalogue = translate.update(
        messages({"The model rolls a die.": ""}), messages({"The model rolls a die.": "模型擲骰子。"})
    )
    catalogue[0].msgid = "The model rolls two dice."
    assert translate.problems(template, catalogue, "x.po") == ["x.po: not confirmed: The model rolls two dice."]
    for _ in range(2):
        (entry,) = catalogue = translate.update(template, catalogue)
        assert (entry.msgstr, entry.fuzzy, entry.comment) == ("模型擲骰子。", True, "")
    entry.flags = []
    (entry,) = catalogue = translate.update(template, catalogue)
    assert entry.comment == translate.source(entry)
    assert not entry.fuzzy
    assert translate.problems(template, catalogue, "x.po") == []


def test_a_looked_at_suggestion_is_confirmed():
    old = messages({"The model rolls a die.": "模型擲骰子。"})
    template = messages({"The model rolls one die.": ""})
    (entry,) = catalogue = translate.update(template, old)
    entry.flags = []
    assert translate.problems(template, catalogue, "x.po") == ["x.po: not confirmed: The model rolls one die."]
    (entry,) = catalogue = translate.update(template, catalogue)
    assert (entry.previous_msgid, translate.problems(template, catalogue, "x.po")) == (None, [])


def test_what_is_wrong_is_named_unless_it_is_explained():
    template = messages({"Paris has 3 gates.": ""})
    (entry,) = catalogue = translate.update(template, messages({"Paris has 3 gates.": "東京有 4 個門。"}))
    wrong = ["numbers: 3 is missing", "numbers: 4 is not in the English", "names: Paris is missing (巴黎)"]
    assert translate.problems(template, catalogue, "x.po") == [f"x.po: {fault}: Paris has 3 gates." for fault in wrong]
    entry.tcomment = "other-numbers: the fourth was built last year\nother-names: a joke"
    assert translate.problems(template, translate.update(template, catalogue), "x.po") == []


def test_missing_and_stale_messages_are_named():
    found = translate.problems(messages({"one": ""}), messages({"two": "二"}), "x.po")
    assert found == ["x.po: missing: one", "x.po: stale: two"]
