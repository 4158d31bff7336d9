"""Tools are functions: their schema comes from the signature, their manual from the docstring.

def weather(city: str, days: int = 1) -> str:
    '''The weather in a city in the next days.'''

Toolbox([weather]).call(ToolCall(id="1", name="weather", arguments={"city": "Paris"}))
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import ConfigDict, ValidationError, create_model
from pydantic.fields import FieldInfo

from jielong.agents.chat.messages import Tool, ToolCall
from jielong.tokenizer import well_formed

LONGEST = 2000
"""Characters of an observation; longer ones are cut, and say so."""


class Toolbox:
    """Functions that an agent may call, by name. Raises ValueError for two of one name, or one without a docstring."""

    def __init__(self, functions: Iterable[Callable[..., Any]] = ()):
        self.functions: dict[str, Callable[..., Any]] = {}
        self.arguments: dict[str, type] = {}
        self.tools: list[Tool] = []
        for function in functions:
            self.add(function)

    def add(self, function: Callable[..., Any]) -> None:
        name, manual = function.__name__, inspect.getdoc(function)
        if name in self.functions:
            raise ValueError(f"functions: there are two called {name!r}")
        if not manual:
            raise ValueError(f"functions: {name!r} has no docstring; it is the manual that the model reads")
        self.arguments[name] = arguments_of(function)
        self.functions[name] = function
        schema = self.arguments[name].model_json_schema()  # type: ignore[attr-defined]
        self.tools.append(Tool(name=name, description=manual, parameters=schema))

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """What the function returns, as text, and False; or what went wrong, and True. Never raises."""
        if call.name not in self.functions:
            return f"there is no function {call.name!r}; there are {sorted(self.functions)}", True
        try:
            given = self.arguments[call.name](**call.arguments)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors())
            return f"{call.name} was called wrongly: {wrong}", True
        try:
            fields = type(given).model_fields  # type: ignore[attr-defined]
            result = self.functions[call.name](**{name: getattr(given, name) for name in fields})
            return shortened(written(result)), False
        except Exception as error:  # noqa: BLE001 - a tool's failure is something to observe
            return shortened(f"{type(error).__name__}: {error}"), True


def arguments_of(function: Callable[..., Any]) -> type:
    """A pydantic model of the function's arguments. Raises ValueError where one has no type."""
    fields: dict[str, Any] = {}
    hints = inspect.get_annotations(function, eval_str=True)
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in hints or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ValueError(f"functions: {function.__name__}'s argument {name!r} needs a name and a type of its own")
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[name] = (hints[name], FieldInfo(default=default))
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def written(result: Any) -> str:
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)


def shortened(text: str) -> str:
    """A text as an observation: well formed, and cut where it is too long."""
    text = well_formed(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text) - LONGEST} characters more)"
