"""Tools: schemas from signatures, and calls that never raise."""

from __future__ import annotations

from typing import Literal

import pytest
from jielong.agents.chat.messages import ToolCall
from jielong.agents.tools.tool import LONGEST, Toolbox


def forecast(city: str, days: int = 1, unit: Literal["C", "F"] = "C") -> dict[str, int]:
    """The highest temperature of the next days in a city."""
    return {city: days}


def test_the_schema_says_what_the_signature_says():
    (tool,) = Toolbox([forecast]).tools
    assert tool.name == "forecast"
    assert tool.description == "The highest temperature of the next days in a city."
    properties = tool.parameters["properties"]
    assert properties["city"]["type"] == "string"
    assert properties["days"] == {
        "default": 1,
        "title": "Days",
        "type": "integer",
    }
    assert properties["unit"]["enum"] == ["C", "F"]
    assert tool.parameters["required"] == ["city"]
    assert tool.parameters["additionalProperties"] is False


def call(box, name, **arguments):
    return box.call(ToolCall(id="1", name=name, arguments=arguments))


def test_results_are_text():
    box = Toolbox([forecast])
    assert call(box, "forecast", city="Taipei", days=3) == ('{"Taipei": 3}', False)
    assert call(box, "forecast", city="台北") == ('{"台北": 1}', False)


def test_long_results_are_cut_and_say_so():
    def book() -> str:
        """A long book."""
        return "x" * (LONGEST + 7)

    text, failed = call(Toolbox([book]), "book")
    assert text.endswith("x ... (7 characters more)")
    assert not failed


def test_what_is_no_tool_is_refused():
    def silent(x: int) -> int:
        return x

    def loose(x) -> int:
        """No type."""
        return x

    def many(*x: int) -> int:
        """Any number."""
        return len(x)

    with pytest.raises(ValueError, match="'silent' has no docstring"):
        Toolbox([silent])
    for function in (loose, many):
        with pytest.raises(ValueError, match=f"{function.__name__}'s argument 'x' needs"):
            Toolbox([function])
    with pytest.raises(ValueError, match="two called 'forecast'"):
        Toolbox([forecast, forecast])


def test_a_result_of_two_thousand_characters_is_whole():
    def book(length: int) -> str:
        """A book."""
        return "x" * length

    box = Toolbox([book])
    assert call(box, "book", length=2000)[0] == "x" * 2000
    assert call(box, "book", length=2001)[0].endswith("x ... (1 characters more)")
