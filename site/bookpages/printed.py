"""Words that a lesson prints: messages of its catalogue, in the code and in what the code has printed.

A message is a string in a call of print, as it stands in the source: ``with no memory: {blind:.0%} right``. The other
edition prints its translation, with the same expressions in it. So nothing is run again for it: what was printed is
recognized by the call that printed it, and said again in the other words with the same values.
"""

from __future__ import annotations

import ast
import re
import string
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from jielong.teaching.text import needs_translation

from .notebooks import readers_code

Say = Callable[[str], str]
STRING = re.compile(r'(f?)"((?:[^"\\\n]|\\.)*)"')
WIDTH = re.compile(r":(?:.?[<>^])?[+ ]?0?(\d+)[,\w.%]*\}'?$")


@dataclass(frozen=True)
class Literal:
    """A string in a call of print: where its text stands in the source, in bytes, the text, and the kind of string."""

    start: int
    end: int
    text: str
    kind: str  # "f", "format" for one that its method fills, or "" for one that is printed as it is

    def parts(self, text: str) -> list[tuple[str, str]]:
        """What ``text`` prints, in this one's place: ("text", …) as it is printed, ("value", its source)."""
        if self.kind == "f":
            joined = ast.parse(f'f"{text}"', mode="eval").body
            values = joined.values if isinstance(joined, ast.JoinedStr) else []
            return [
                ("text", str(each.value)) if isinstance(each, ast.Constant) else ("value", ast.unparse(each))
                for each in values
            ]
        plain = ast.literal_eval(f'"{text}"')
        if self.kind == "":
            return [("text", plain)]
        found = []
        for words, name, shape, _ in string.Formatter().parse(plain):
            found += [("text", words)] if words else []
            found += [("value", f"{{{name}:{shape}}}")] if name is not None else []
        return found

    def speaks(self) -> bool:
        """Whether it has a word of its own."""
        return any(kind == "text" and needs_translation(part) for kind, part in self.parts(self.text))

    def pattern(self) -> str:
        """What it may print, with a group for each value."""
        return "".join(re.escape(part) if kind == "text" else _value(part) for kind, part in self.parts(self.text))

    def again(self, printed: re.Match[str], say: Say) -> str:
        """What it has printed, in the words of ``say``."""
        values = defaultdict[str, list[str]](list)  # what each expression gave, in its order
        names = [part for kind, part in self.parts(self.text) if kind == "value"]
        for name, value in zip(names, printed.groups(), strict=True):
            values[name].append(value)
        return "".join(part if kind == "text" else values[part].pop(0) for kind, part in self.parts(say(self.text)))


def _value(part: str) -> str:
    """The pattern of a value, with the width that its source gives it."""
    width = WIDTH.search(part)
    return f"(.{{{width[1] if width else 0},}}?)"


@dataclass(frozen=True)
class Turn:
    """What a call of print puts into a line: a string of the source, or a value in which there may be some."""

    before: str  # what stands between it and the one before
    literals: list[Literal]
    whole: bool  # nothing but the one string

    def pattern(self) -> str:
        ways = [re.sub(r"(?<!\\)\(", "(?:", literal.pattern()) for literal in self.literals]
        return f"{re.escape(self.before)}({'|'.join(ways if self.whole else [*ways, '.*?'])})"

    def again(self, printed: str, say: Say) -> str:
        for literal in self.literals:
            if literal.speaks():
                pattern = rf"\A{literal.pattern()}\Z" if self.whole else literal.pattern()
                printed = re.sub(pattern, partial(literal.again, say=say), printed)
        return self.before + printed


@dataclass(frozen=True)
class Call:
    """A call of print, and whether it begins and ends a line."""

    turns: list[Turn]
    begins: bool
    ends: bool
    in_function: bool

    def literals(self) -> list[Literal]:
        return [literal for turn in self.turns for literal in turn.literals if literal.speaks()]

    def again(self, printed: str, say: Say) -> str:
        """``printed``, with the lines of this call in the words of ``say``."""
        if not self.literals():
            return printed
        line = "^" * self.begins + "".join(turn.pattern() for turn in self.turns) + "$" * self.ends

        def said(found: re.Match[str]) -> str:
            return "".join(turn.again(text, say) for turn, text in zip(self.turns, found.groups(), strict=True))

        return re.sub(line, said, printed, flags=re.MULTILINE)


def calls(source: str) -> list[Call]:
    """The calls of print in this Python, as they stand in it. Raises SyntaxError for what is not Python."""
    tree = ast.parse(source)
    inner = {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(outer)
    }
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"]
    found: list[Call] = []
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        words = {each.arg: ast.literal_eval(each.value) for each in node.keywords if each.arg in ("sep", "end")}
        turns: list[Turn] = []
        for number, argument in enumerate(node.args):
            before = words.get("sep", " ") if number else ""
            literals = [literal for each in _shown(argument) for literal in _literals(source, each)]
            if isinstance(argument, ast.Constant | ast.JoinedStr) and literals:
                turns += [Turn("" if i else before, [each], whole=True) for i, each in enumerate(literals)]
            else:
                turns.append(Turn(before, literals, whole=False))
        begins = not found or found[-1].ends
        found.append(Call(turns, begins, words.get("end", "\n") == "\n", id(node) in inner))
    return found


def _shown(node: ast.expr | None) -> Iterator[ast.expr]:
    """The strings in an argument that are printed, not those that only find or make what is."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            yield node
        case ast.Starred(value=inner) | ast.GeneratorExp(elt=inner) | ast.ListComp(elt=inner):
            yield from _shown(inner)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            yield from [*_shown(one), *_shown(other)]
        case ast.BoolOp(values=some):
            yield from (each for value in some for each in _shown(value))
        case ast.Call(func=ast.Attribute(value=text, attr="format")):
            yield from _shown(text)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join"), args=[inner]):
            yield from _shown(inner)


def _literals(source: str, node: ast.expr) -> Iterator[Literal]:
    """The strings of which this one is put together."""
    text = source.encode()
    start = sum(map(len, text.splitlines(keepends=True)[: node.lineno - 1])) + node.col_offset
    segment = ast.get_source_segment(source, node) or ""
    filled = text[start + len(segment.encode()) :].startswith(b".format(")
    for each in STRING.finditer(segment):
        first = start + len(segment[: each.start(2)].encode())
        kind = "format" if filled else each[1]
        yield Literal(first, first + len(each[2].encode()), each[2], kind)


def translated(source: str, say: Say) -> str:
    """The same code, printing in the words of ``say``."""
    text = source.encode()
    literals = [literal for call in calls(source) for literal in call.literals()]
    for literal in sorted(literals, key=lambda each: each.start, reverse=True):
        text = text[: literal.start] + say(literal.text).encode() + text[literal.end :]
    return text.decode()


def messages(notebook: dict[str, Any]) -> list[str]:
    """What a lesson prints in words of its own, each once."""
    found = [call for cell in readers_code(notebook) for call in calls("".join(cell["source"]))]
    return list(dict.fromkeys(literal.text for call in found for literal in call.literals()))


def translate(notebook: dict[str, Any], say: Say) -> None:
    """Let a lesson print, and have printed, in the words of ``say``."""
    inner: list[Call] = []
    for cell in readers_code(notebook):
        source = "".join(cell["source"])
        here = calls(source)
        inner += [call for call in here if call.in_function]
        for output in cell["outputs"]:
            if output["output_type"] == "stream":
                text = "".join(output["text"])
                for call in [call for call in here if not call.in_function] + inner:
                    text = call.again(text, say)
                output["text"] = text
        cell["source"] = translated(source, say)
