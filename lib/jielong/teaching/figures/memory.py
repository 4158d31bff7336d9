"""Matrix memories side by side: pairs are written, read, left to fade or erased, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jielong.arguments import filled, finite, indices
from jielong.teaching.figures.rich import Pair
from jielong.teaching.figures.widget import _JS, Widget


class Memory(Widget):
    """One matrix memory for each rule, with the key, the value and the read-out of the step along its sides.

    keys, values: {"names": [(en, zh), ...] or strings such as "k1", "vectors": (number, d)}; values of one length.
    steps: ("write", key, value) or ("read", key) with the numbers of the key and the value.
    rules: [{"name": (en, zh), "memory": (steps + 1, d_k, d_v)}], the first matrix being the memory before the first
        step. The rule says what a step does; the widget only looks. Two further strips, if the rule has them:
        "written": (steps, d_v), what was added at the key in place of the value itself (delta rule);
        "kept": (steps, d_k) or (steps, 1), the share of each row that survived the step (gates).
    dose: {"label": (en, zh), "values": [..], "format": ".2f", "start": a value}, a second slider; then "memory",
        "written" and "kept" may have one more axis in front, one entry for each of its values.
    start: the step to begin with.

    Under the matrices a table says what each key that was written reads out of each memory: the value whose direction
    the read-out follows most, how strongly (1: just as it was written), and whether it is the one last written there.
    Above, the share of right ones among the keys written so far, and the mean squared error |read - value|^2 over
    |value|^2.
    Raises ValueError when the shapes disagree, and for a step at a key or with a value that is not there.

    `jielong.toys.recall.watch` makes "memory" of any of the mixers' recurrent forms.
    """

    _js = "memory.js"
    _css = Widget._css + (_JS / "memory.css").read_text(encoding="utf-8")
    _words = {
        "step": ("step", "步驟"),
        "previous": ("Previous", "上一步"),
        "next": ("Next", "下一步"),
        "begin": ("Nothing has been written yet.", "什麼都還沒寫。"),
        "write": ("Write {value} at {key}.", "把「{value}」寫到「{key}」。"),
        "read": ("Ask with {key}.", "拿「{key}」去讀。"),
        "score": ("{right} of {all} right, ", "{all} 個對 {right} 個，"),
        "error": ("error {error}", "誤差 {error}"),
        "says": ("{key} says {value}, {strength}", "「{key}」讀出「{value}」，{strength}"),
        "silent": ("{key} says nothing", "「{key}」讀不出東西"),
        "ask": ("ask with", "拿來讀"),
        "truth": ("last written", "最後寫的"),
        "right": ("right", "對"),
        "wrong": ("wrong", "錯"),
        "k": ("key", "key"),
        "v": ("value", "value"),
        "u": ("what is added", "實際加進去的"),
        "y": ("what this key reads", "這個 key 讀出來的"),
        "G": ("share that is kept", "留下的比例"),
    }

    def __init__(
        self,
        keys: Mapping[str, Any],
        values: Mapping[str, Any],
        steps: Sequence[tuple],
        rules: Sequence[Mapping[str, Any]],
        alt: Pair,
        dose: Mapping[str, Any] | None = None,
        start: int = 0,
        labels: dict[str, Pair] | None = None,
    ) -> None:
        filled(rules=rules)
        k, v = (np.asarray(side["vectors"], dtype=float) for side in (keys, values))
        finite(keys=k, values=v)
        if zero := np.flatnonzero(~v.any(1)).tolist():
            raise ValueError(f"values: number {zero[0]} is zero, so what is read can be no likeness of it")
        doses = len(dose["values"]) if dose else 1
        truth = _last_written(steps, len(k))
        indices(len(v), steps=[step[2] for step in steps if step[0] == "write"])
        told = [_Rule(rule, len(steps), k, v, doses) for rule in rules]
        data = {
            "keys": {"names": list(keys["names"]), "vectors": k.round(2)},
            "values": {"names": list(values["names"]), "vectors": v.round(2)},
            "steps": [list(step) for step in steps],
            "truth": truth,
            "rules": [rule.told(steps, truth) for rule in told],
            "most": max(np.abs(rule.memory).max() for rule in told) or 1.0,
            "start": start,
        }
        if dose:
            first = list(dose["values"]).index(dose.get("start", dose["values"][0]))
            data["dose"] = {**dose, "start": first}
        super().__init__(data, alt, labels)


def _last_written(steps: Sequence[tuple], keys: int) -> list[list[int]]:
    """For each moment, the value last written at each key; -1 where nothing was."""
    now = [-1] * keys
    truth = [list(now)]
    for kind, key, *value in steps:
        if (kind, len(value)) not in (("write", 1), ("read", 0)):
            raise ValueError(f'a step is ("write", key, value) or ("read", key), not {(kind, key, *value)}')
        indices(keys, step=key)
        if value:
            now[key] = value[0]
        truth.append(list(now))
    return truth


class _Rule:
    """A rule's matrices, (doses, steps + 1, d_k, d_v), and what they say."""

    def __init__(self, rule: Mapping[str, Any], steps: int, k: np.ndarray, v: np.ndarray, doses: int) -> None:
        self.name, self.k, self.v = rule["name"], k, v
        self.memory = self._fitting("memory", rule["memory"], (steps + 1, k.shape[1], v.shape[1]), doses)
        self.strips = {}
        if "written" in rule:
            self.strips["u"] = self._fitting("written", rule["written"], (steps, v.shape[1]), doses)
        if "kept" in rule:
            rows = np.shape(rule["kept"])[-1]
            self.strips["G"] = self._fitting("kept", rule["kept"], (steps, k.shape[1] if rows != 1 else 1), doses)

    def _fitting(self, what: str, given: ArrayLike, shape: tuple[int, ...], doses: int) -> np.ndarray:
        """The array with its axis of doses: one, or one for each. Raises ValueError where it has another shape."""
        array = np.asarray(given, dtype=float)
        array = array[None] if array.ndim == len(shape) else array
        if array.shape[1:] != shape or array.shape[0] not in (1, doses):
            raise ValueError(f"{what} of {self.name} has the shape {np.shape(given)}; it should be {shape}")
        finite(**{f"{what} of {self.name}": array})
        return array

    def told(self, steps: Sequence[tuple], truth: list[list[int]]) -> dict[str, Any]:
        """What the page needs: matrices, strips, and for every moment what each key reads and how far off it is."""
        reads = np.einsum("nk,dtkv->dtnv", self.k, self.memory)
        length = np.linalg.norm(self.v, axis=1)
        scores = (reads @ (self.v / length[:, None] ** 2).T).round(9)  # a tie is one on every processor
        nearest = scores.argmax(-1)
        strength = np.take_along_axis(scores, nearest[..., None], -1)[..., 0]
        last = np.array(truth)
        off = ((reads - self.v[last]) ** 2).sum(-1) / length[last] ** 2
        written = last >= 0
        error = np.where(written, off, 0).sum(-1) / np.maximum(1, written.sum(-1))
        read_now = reads[:, 1:][:, range(len(steps)), [step[1] for step in steps]]
        silent = np.abs(reads).max(-1) < 5e-3
        return {
            "name": self.name,
            "memory": self.memory.round(2),
            "read": read_now.round(2),
            "says": np.where(silent, -1, nearest),
            "strength": strength.round(2),
            "error": error.round(3),
            **{name: strip.round(2) for name, strip in self.strips.items()},
        }
