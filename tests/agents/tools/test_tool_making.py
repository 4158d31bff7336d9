"""Functions that a model wrote: run in the sandbox only, judged from outside, and found again."""

from __future__ import annotations

import pytest
import torch
from jielong.agents.tools.tool_making import Library, compiles, outcomes, passes, request

TESTS = [(3, 6), (10, 20)]


def test_a_right_function_passes_and_a_wrong_one_does_not():
    assert passes("double", "return x * 2", TESTS)
    assert not passes("double", "return x + 3", TESTS)  # right for 3 only


BAD = {
    "no Python": "return x *",
    "an error": "return x / 0",
    "no end": "while True: pass",
    "prints": "return print(2 * x) or 2 * x",
    "leaves": "raise SystemExit(0)",
    "another type": "return float(2 * x)",
    "a file": "open('/etc/hostname'); return 2 * x",
    "a program": "import os; os.system('true'); return 2 * x",
    "looks for the answers": "import sys; return sys.modules['__main__'].tests[0][1]",
    "a broken json": "import json; json.dumps = lambda y: '6'; return 0",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_whatever_else_it_does_it_does_not_pass(body):
    assert not passes("double", body, TESTS)


def test_calls_go_through_several_functions_and_each_fails_alone():
    functions = {"last": "return x[-1]", "double": "return x * 2", "broken": "return return", "bad": "return x.nix"}
    calls = [(["last", "double"], [1, 4]), (["double"], "ab"), (["bad"], 1), (["broken"], 1)]
    assert outcomes(functions, calls) == ["8", "'abab'", "error: AttributeError", "error: KeyError"]
    assert outcomes({"slow": "while True: pass"}, [(["slow"], 1)], seconds=1) == ["error: time"]


def test_results_and_functions_of_odd_texts_stay_one_a_line():
    functions = {"same": "return x", "shown": "print(x, end='\u2028'); return x", "half": "return '\ud83d'"}
    functions["named"] = "return type('Name', (), {'__repr__': lambda self: x})()"
    calls = [(["same"], "a\u2028b"), (["shown"], "a"), (["half"], 1), (["named"], "half \ud83d")]
    assert outcomes(functions, calls) == [repr("a\u2028b"), "error: printed", repr("\ufffd"), "half \ufffd"]


def test_compiling_runs_nothing():
    assert compiles("raise SystemExit")
    assert not compiles("def f(:")
    assert not compiles("\0")


def test_the_request_shows_examples_as_turns():
    messages = request("double", "two times x", [("triple", "three times x", "return x * 3")])
    assert [m.role for m in messages] == ["user", "assistant", "user"]
    assert messages[2].content == 'def double(x):\n    """two times x"""'
    assert messages[1].content == "return x * 3"


def test_the_library_finds_the_nearest_name_and_manual():
    points = {"e: east": [1.0, 0.0], "n: north": [0.0, 1.0], "nearly north": [0.1, 0.9], "east": [0.9, 0.1]}
    library = Library(lambda texts: torch.tensor([points[text] for text in texts]))
    with pytest.raises(ValueError, match="empty"):
        library.find(["north"])
    library.keep("e", "east", "return 1")
    library.keep("n", "north", "return 2")
    assert library.find(["nearly north", "east"]) == ["n", "e"]
    assert library.bodies["n"] == "return 2"
