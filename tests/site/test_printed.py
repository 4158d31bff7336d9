"""Words that a lesson prints: which strings they are, and what was printed, said again in other words."""

from __future__ import annotations

import contextlib
import io

import pytest
from bookpages.printed import calls, messages, translate, translated

CHINESE = {
    "found:": "找到：",
    "of": "／",
    "right {share:.0%} of {n:,}": "{n:,} 題對了 {share:.0%}",
    "{name:>8}: {share:.0%} at first, ": "{name:>8}：一開始 {share:.0%}，",
    "{share:.1%} later": "後來 {share:.1%}",
    "{name:9} weights": "{name:9} 權重",
    "{name:9} keeps {n:6,} weights": "{name:9} 留下 {n:6,} 個權重",
    "new {:.2f} old {:4.1f}": "新 {:.2f} 舊 {:4.1f}",
    "(silence)": "（安靜）",
    "a draw": "和局",
    "half": "一半",
    "whole {n}": "整個 {n}",
    "\\nbelow:": "\\n下面：",
    "a “word” ({n})": "一個「字」（{n}）",
}
BEFORE = "share, n, name, said, pairs, key = 0.25, 1200, 'two', '', [(1, 2), (3, 4)], {'some words': 1}\n"
CODE = [
    'print("found:", n, "of", 3 * n)',
    'print(f"right {share:.0%} of {n:,}")\nprint("right", n)',
    'print(f"{name:>8}: {share:.0%} at first, "\n      f"{share:.1%} later")',
    'for name in ("a", "of", "gated+attention"):\n    print(f"{name:9} keeps {n:6,} weights")',
    'print(f"{name:9} weights")',
    'print("  ".join("new {:.2f} old {:4.1f}".format(*pair) for pair in pairs))',
    'print(said or "a draw", f"{said!r} -> {n}" if said else "(silence)")',
    'print("half", end="   ")\nprint(f"whole {n}")\nprint(n, "half")',
    'print("found:", *(f"{a:.1f}" for a, _ in pairs), sep="; ")',
    'print("found:", 1, "\\nbelow:", 2)',
    "print(f\"a “word” ({n})\", key['some words'])",
    'def told(n):\n    print("found:", n)\n\n\ntold(3)\ntold(4)',
    'print("half\\n" + "of", 1)',
]


def printed(source: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(BEFORE + source, {})
    return out.getvalue()


def notebook(*cells: tuple[str, str]) -> dict:
    streams = [[{"output_type": "stream", "name": "stdout", "text": [out]}] if out else [] for _, out in cells]
    return {
        "cells": [
            {"cell_type": "code", "metadata": {}, "source": [source], "outputs": outputs}
            for (source, _), outputs in zip(cells, streams, strict=True)
        ]
    }


def say(text: str) -> str:
    return CHINESE.get(text, text)


@pytest.mark.parametrize("code", CODE)
def test_what_was_printed_is_what_the_translated_code_prints(code):
    there = notebook((code, printed(code)))
    assert messages(there)
    translate(there, say)
    here = "".join(there["cells"][0]["source"])
    assert here == translated(code, say) != code
    assert "".join(there["cells"][0]["outputs"][0]["text"]) == printed(here) != printed(code)


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_function_speaks_wherever_it_is_called(kind):
    definition = f'{kind} told(n):\n    print("found:", n)'
    there = notebook((definition, ""), ("told(3)", "found: 3\n"), ("print(3)", "3\n"))
    translate(there, say)
    assert ["".join(cell["outputs"][0]["text"]) for cell in there["cells"][1:]] == ["找到： 3\n", "3\n"]


def test_only_strings_that_are_printed_and_have_a_word_are_messages():
    code = 'x = "a word"\nprint(key["some words"], f"{x:.2f} -> {n}", "=", x.count("words"), sep=" and ")\nlist("abc")'
    assert messages(notebook((code, ""))) == []
    assert translated(code, lambda text: "?") == code


def test_what_another_call_printed_stays():
    code = 'print(text)\nprint("found:", n)'
    there = notebook((code, "the capital of France\nfound nothing: 3\nfound: 4\n"))
    translate(there, say)
    assert there["cells"][0]["outputs"][0]["text"] == "the capital of France\nfound nothing: 3\n找到： 4\n"


def test_each_message_once():
    assert messages(notebook(('print("of", 1, "of")', ""), ('print("of", 2)', ""))) == ["of"]
    assert [len(call.turns) for call in calls('print("of", 1, "of")\nprint()')] == [3, 0]
