"""A tree to prune by hand: each branch can be cut, and a search walks through what is left of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from jielong.arguments import within
from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import _JS, Widget


class Tree(Widget):
    """A search, depth first and in the order of the nodes, that counts each step down and each step back up.

    names: of the nodes, quoted; the first is the root. parents: the number of each node's parent, which stands before
    it; -1 for the root. tasks: [{"wanted": "penguin", "goal": the number of its node, "values": for each node but the
    root how promising a judge finds it}]. keep: how many children of a node the judge's own pruning leaves.
    Raises ValueError when the counts disagree or a parent comes after its child.
    """

    _js = "tree.js"
    _css = Widget._css + (_JS / "tree.css").read_text(encoding="utf-8")
    _words = {
        "wanted": ("wanted", "要找的東西"),
        "whole": ("clicks, nothing cut", "不剪，要點幾下"),
        "now": ("clicks, with your cuts", "照你剪的，要點幾下"),
        "saved": ("saved", "省下"),
        "found": ("“{wanted}” is found on the page “{goal}”.", "在「{goal}」那一頁找到「{wanted}」。"),
        "lost": (
            "Cut off: “{wanted}” was on a branch that is gone, and the search went through all the rest in vain.",
            "剪掉了：「{wanted}」就在剪掉的那一枝上，剩下的全找過一遍也是白找。",
        ),
        "judge": ("Let the model cut", "讓模型來剪"),
        "clear": ("Undo all cuts", "全部接回去"),
        "tree": ("the tree; each page is a button that cuts its branch", "這棵樹；每一頁都是按鈕，按了就剪掉那一枝"),
        "node": ("{name}: the model gives it {value}", "{name}：模型給 {value} 分"),
        "seen": ("visited", "走到了"),
        "ahead": ("not visited", "沒走到"),
        "cut": ("cut", "剪掉了"),
    }

    def __init__(
        self,
        names: Sequence[str],
        parents: Sequence[int],
        tasks: Sequence[Mapping[str, Any]],
        alt: Pair,
        keep: int = 2,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        if len(parents) != len(names):
            raise ValueError(f"{len(names)} names, but {len(parents)} parents")
        if not parents or parents[0] != -1 or any(not 0 <= parent < k for k, parent in enumerate(parents[1:], 1)):
            raise ValueError("parents: the first node is the root, and each parent stands before its children")
        for task in tasks:
            if len(task["values"]) != len(names) - 1:
                raise ValueError(f"{task['wanted']!r} has {len(task['values'])} values for {len(names) - 1} nodes")
        shown = [{**task, "values": [round(float(value), 1) for value in task["values"]]} for task in tasks]
        super().__init__({"names": list(names), "parents": list(parents), "tasks": shown, "keep": keep}, alt, labels)

    def search(self, task: int, cut: Collection[int] = ()) -> tuple[bool, int]:
        """Whether the page finds the goal with these nodes cut, and in how many clicks."""
        within(0, len(self.data["tasks"]) - 1, task=task)
        parents, goal = self.data["parents"], self.data["tasks"][task]["goal"]
        clicks = 0

        def look(node: int) -> bool:
            nonlocal clicks
            if node == goal:
                return True
            for child, parent in enumerate(parents):
                if parent == node and child not in cut:
                    clicks += 1
                    if look(child):
                        return True
                    clicks += 1
            return False

        return look(0), clicks
