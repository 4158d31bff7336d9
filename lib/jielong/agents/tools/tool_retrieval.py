"""Too many tools for one prompt: their manuals lie in memory, and a question brings out the few that it needs.

The manuals are points, the question is a point, and the nearest manuals go into the prompt (Qin et al. 2023,
"ToolLLM", arXiv 2307.16789, select among 16,000 functions in this way).
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float, Int
from torch import Tensor

from jielong.agents.chat.messages import Tool
from jielong.arguments import finite, indices
from jielong.pretrained.minilm import Embed, nearest


class Selector:
    """Tools, and the points of their manuals. Raises ValueError without any tool."""

    def __init__(self, tools: Sequence[Tool], embed: Embed):
        if not tools:
            raise ValueError("tools: there are none to select from")
        self.tools, self.embed = list(tools), embed
        self.points = embed([tool.description for tool in tools])

    def __call__(self, question: str, k: int = 3) -> list[Tool]:
        """The k tools whose manuals are nearest to the question, the nearest first."""
        (point,) = self.embed([question])
        return [self.tools[i] for i in nearest(self.points, point, k)]


def ranks(
    points: Float[Tensor, "tools width"], questions: Float[Tensor, "questions width"], wanted: Int[Tensor, " questions"]
) -> Int[Tensor, " questions"]:
    """How many tools are nearer to each question than the one that it needs: 0 where that one is the nearest."""
    finite(points=points, questions=questions)
    indices(len(points), wanted=wanted)
    likeness = questions @ points.T
    return (likeness > likeness.gather(1, wanted[:, None])).sum(1)


def manual(tools: Sequence[Tool]) -> str:
    """The tools as lines of a prompt: name and description."""
    return "\n".join(f"{tool.name}: {tool.description}" for tool in tools)
