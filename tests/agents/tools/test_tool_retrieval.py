"""The nearest manuals, with points that can be counted on fingers."""

from __future__ import annotations

import pytest
import torch
from jielong.agents.chat.messages import Tool
from jielong.agents.tools.tool_retrieval import Selector, manual, ranks

POINTS = {"east": [1.0, 0.0], "north": [0.0, 1.0], "west": [-1.0, 0.0], "north-east": [0.6, 0.8]}


def embed(texts):
    return torch.tensor([POINTS[text] for text in texts])


def tools():
    return [Tool(name=f"go_{n}", description=text, parameters={}) for n, text in enumerate(["east", "north", "west"])]


def test_the_nearest_come_first():
    selector = Selector(tools(), embed)
    assert [tool.description for tool in selector("north-east", 2)] == ["north", "east"]
    assert len(selector("north-east", 9)) == 3
    assert manual(selector("west", 1)) == "go_2: west"


def test_ranks_count_those_that_are_nearer():
    points, questions = embed(["east", "north", "west"]), embed(["north-east"] * 3)
    assert ranks(points, questions, torch.tensor([0, 1, 2])).tolist() == [1, 0, 2]


def test_there_must_be_something_to_select():
    with pytest.raises(ValueError, match="none to select from"):
        Selector([], embed)


def test_with_nothing_said_three_tools_are_brought():
    four = [*tools(), Tool(name="go_3", description="north-east", parameters={})]
    assert [tool.description for tool in Selector(four, embed)("north-east")] == ["north-east", "north", "east"]


def test_a_tool_is_not_first_because_its_likeness_is_no_number():
    points = embed(["east", "north"])
    points[0] = float("nan")
    with pytest.raises(ValueError, match="points must be finite"):
        ranks(points, embed(["north"]), torch.tensor([0]))
