"""The Chinese edition is complete: no message is missing, none is a guess, none is left over."""

from __future__ import annotations

import subprocess
import sys

import polib
import translate
from pages import ROOT


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
    assert str(translate.update(template, complete)) == str(complete)
    assert translate.problems(template, complete, "x.po") == []


def test_missing_and_stale_messages_are_named():
    found = translate.problems(messages({"one": ""}), messages({"two": "二"}), "x.po")
    assert found == ["x.po: missing: one", "x.po: stale: two"]
