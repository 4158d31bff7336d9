"""What a claim says comes from the run: its numbers from results, its bar's words from what it compares with."""

import ast
import builtins
import re
import tomllib

import pytest
from jielong.teaching.claims import named, stated
from lessons import LIBRARY, code_cells, lessons, read

LESSONS = lessons()
EVERY = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
SETTINGS = {"measured", "control", "holds", "format", "reproduced", "volatile"}
BESIDE = {
    ("4.1 shuffled", "measured"): "gain, which is compared, is their difference, world by world",
    ("4.1 shuffled", "control"): "gain, which is compared, is their difference, world by world",
    ("1.4 found", "control"): "a negative finding: the wide network finds nothing, either",
    ("2.14 system", "control"): "a negative finding: what the system prompt loses to is its bar",
    ("3.10 answer", "control"): "a negative finding: chance stands beside it",
}
"""Numbers of cards that are shown and not compared, and why."""
NUMBER = re.compile(
    r"\d|\b(half|thirds?|quarters?|fifth|tenth|twentieth|twice|double)\b|半|[一二兩三四五六七八九十](倍|成)|分之"
)


def claims(cells):
    """(id, keywords of the call), for every claim of some cells' sources."""
    for source in cells:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "claim":
                yield node.args[0].value, {keyword.arg: keyword.value for keyword in node.keywords}


def sources(path):
    return [cell.source for cell in code_cells(read(path))]


def bindings(cells):
    """For each name of a notebook, what it is bound to, or what is put into it; of a loop's names, a result."""
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(ast.parse("\n".join(cells))):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AugAssign | ast.For | ast.comprehension | ast.withitem):
            targets, value = [getattr(node, "target", None) or node.optional_vars], ast.Name("a result")
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
            targets, value = [node.func.value], node.args[0]
        else:
            continue
        for part in (part for target in filter(None, targets) for part in ast.walk(target)):
            if isinstance(part, ast.Name):
                values.setdefault(part.id, []).append(value)
    return values


def typed_in(values):
    """The names that are bound to nothing but literals."""
    typed: set[str] = set()
    while more := {name for name, nodes in values.items() if all(is_typed(n, typed) for n in nodes)} - typed:
        typed |= more
    return typed


def is_typed(node, typed):
    """Whether an expression is made of literals alone: no function of the lesson or of the library has a part in it."""
    if isinstance(node, ast.Call):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        known = getattr(owner, "id", "") in ("np", "torch", "math") or is_typed(owner, typed)
        return known and all(is_typed(argument, typed) for argument in node.args)
    if isinstance(node, ast.Name):
        return node.id in typed or hasattr(builtins, node.id)
    if isinstance(node, ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.Attribute):
        return False
    children = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return all(is_typed(child, typed) for child in children)


def names(node):
    found = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return {name for name in found if not hasattr(builtins, name)}


def made_of(node, values):
    """The names that an expression comes from, however far back."""
    found, left = set(), names(node)
    while left:
        found |= left
        left = set().union(*(names(value) for name in left for value in values.get(name, []))) - found
    return found


def comparison_faults(claim, call, values):
    """A card's numbers that `holds` does not look at, and things that it compares with themselves."""
    body = call["holds"].body
    looked_at = made_of(body, values)
    for number in ("measured", "control"):
        if number in call and not names(call[number]) & looked_at and (claim, number) not in BESIDE:
            yield f"{number} has no part in holds: {ast.unparse(call[number])}"
    for node in ast.walk(body):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
            case ast.Call(args=sides):
                pass
            case _:
                continue
        if len(set(map(ast.unparse, sides))) < len(sides):
            yield f"holds compares a thing with itself: {ast.unparse(node)}"


def faults(cells):
    """What is wrong with the claims of some cells, a line each."""
    values = bindings(cells)
    typed = typed_in(values)
    for claim, call in claims(cells):
        for name in ("measured", "control"):
            if name in call and is_typed(call[name], typed):
                yield f"{claim}: {name} is typed in: {ast.unparse(call[name])}"
        if not isinstance(call["holds"], ast.Lambda):
            yield f"{claim}: holds must be a lambda whose defaults are the bar's numbers"
        elif claim not in stated():
            yield f"{claim}: no lesson's claims.toml states it"
        else:
            limits = {argument.arg for argument in call["holds"].args.args}
            yield from (f"{claim}: {line}" for line in comparison_faults(claim, call, values))
            yield from (f"{claim}: {line}" for line in number_faults(call["holds"].body, limits))
            yield from (f"{claim}: {line}" for line in word_faults(stated()[claim], limits, set(call) - SETTINGS))


def number_faults(body, limits):
    """Numbers of a bar that stand in its comparison; what picks an item out of a list is no bar."""
    picked = {id(node) for part in ast.walk(body) if isinstance(part, ast.Subscript) for node in ast.walk(part.slice)}
    for node in ast.walk(body):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and id(node) not in picked:
            yield f"holds compares with {node.value}, which is no default of it"
    if unused := limits - {node.id for node in ast.walk(body) if isinstance(node, ast.Name)}:
        yield f"holds does not compare with {sorted(unused)}"


def word_faults(words, limits, values):
    """Whether the words name the values that they are given, and the bar no number but those."""
    for language in ("en", "zh"):
        used = {name for part in words.values() for name in named(part[language])}
        if used != limits | values or not limits <= named(words["bar"][language]):
            yield f"its words in {language} name {sorted(used)}, and it is given {sorted(limits | values)}"
        if typed := NUMBER.search(re.sub(r"\{.*?\}", "", words["bar"][language])):
            yield f"its bar in {language} types a number: {typed[0]!r} in {words['bar'][language]!r}"


@EVERY
def test_its_claims_take_their_numbers_from_the_run(path):
    assert list(faults(sources(path))) == []


def test_every_claim_is_stated_once_and_made_once_in_the_room_of_its_lesson():
    made = {path.stem.replace("-", "_"): [claim for claim, _ in claims(sources(path))] for path in LESSONS}
    rooms = sorted((LIBRARY / "jielong/lessons").glob("*/claims.toml"))
    said = {room.parent.name: list(tomllib.loads(room.read_text(encoding="utf-8"))) for room in rooms}
    assert {room: sorted(ids) for room, ids in made.items()} == {room: sorted(ids) for room, ids in said.items()}
    ids = [id for room in said.values() for id in room]
    assert sorted(ids) == sorted(stated())


def test_a_list_is_what_is_put_into_it():
    cells = ["typed, run = [], []", "for seed in range(3):\n    typed.append(0.5)\n    run.append(score(seed))"]
    cells.append("runs = {'a': []}\nruns['a'].append(score(9))")
    assert typed_in(bindings(cells)) == {"typed"}


REAL = ["runs = [score(seed) for seed in range(3)]", "claim('1.4 trained', measured=runs, control=score(9), holds=...)"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("measured=0.67", "measured is typed in"),
        ("measured=[0.5, 0.6]", "measured is typed in"),
        ("control=found", "control is typed in"),
        ("control=np.array(found).mean()", "control is typed in"),
        ("control=1 / 3", "control is typed in"),
        ("holds=max(runs) > 0.5", "must be a lambda"),
        ("holds=lambda times=2: max(runs) > times * 0.5", "compares with 0.5"),
        ("holds=lambda times=2: max(runs) > min(runs)", "does not compare with ['times']"),
        ("holds=lambda most=2: max(runs) > most", "is given ['most']"),
        ("layer=5", "is given ['layer', 'times']"),
        ("holds=lambda times=2: times * max(runs) < max(runs)", "control has no part in holds"),
        ("holds=lambda times=2: times * max(others) < min(others)", "measured has no part in holds"),
        ("holds=lambda times=2: times < max(runs) < min(others) < max(runs)", "compares a thing with itself"),
    ],
)
def test_a_claim_that_was_typed_in_is_seen(change, says):
    call = {"measured": "runs", "control": "others", "holds": "lambda times=2: times * max(runs) < min(others)"}
    name, value = change.split("=", 1)
    arguments = ", ".join(f"{key}={text}" for key, text in {**call, name: value}.items())
    cells = [
        "found = [0.5, 0.6]",
        "runs = [score(seed) for seed in range(3)]",
        "others = [luck(seed) for seed in range(3)]",
    ]
    assert [line for line in faults([*cells, f"claim('1.4 trained', {arguments})"]) if says in line]
    assert "1.4 trained" in stated()
