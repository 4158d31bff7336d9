"""Chance has one source, the seed that a caller gives: no function draws from the global dice, and none sets them."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import jielong
import numpy as np
import pytest
import torch
from jielong.adaptation import classifiers, lora, merging, preference
from jielong.agents.memory import experience, graph
from jielong.agents.planning import walking, world_model
from jielong.agents.worlds import four_rooms, games, towns
from jielong.corpora import wonderland
from jielong.interpretability import circuits, sparse_autoencoders, task_vectors
from jielong.lessons.a_reason_for_every_shape import towers, vision
from jielong.lessons.an_internal_language import languages
from jielong.lessons.attention_by_hand import readers
from jielong.lessons.borrowed_hands import manuals, warehouse
from jielong.lessons.depth_and_length import piecewise
from jielong.lessons.goal_look_act import clues, learners
from jielong.lessons.making_its_own_tools import chores
from jielong.lessons.notes_that_know_each_other import habits, village
from jielong.lessons.pictures_without_attention import painting, patches
from jielong.lessons.remembering_too_much import diary
from jielong.lessons.the_smallest_group import names
from jielong.lessons.three_kinds_of_generalists import clock, sentences
from jielong.lessons.yesterday_helps import desks, errands
from jielong.programs import race, transplant
from jielong.toys import bells, cards, facts, judges, media
from jielong.toys.models import small_model
from jielong.training import seeded
from lessons import LIBRARY, ROOT, code_cells, lessons, read

DRAWS = {"rand", "randn", "randint", "randperm", "multinomial", "bernoulli", "normal", "poisson"}
IN_PLACE = {"normal_", "uniform_", "random_", "exponential_", "bernoulli_", "geometric_", "cauchy_", "log_normal_"}
STARTS = {"kaiming_uniform_", "kaiming_normal_", "xavier_uniform_", "xavier_normal_", "trunc_normal_", "orthogonal_"}
DICE = {"torch", "torch.random", "torch.cuda", "random", "np.random", "numpy.random"}
QUIET = {"Tap", "Lora", "Dictionary", "ReluNetworks", "Towers", "Linearised", "Upper"}
"""Modules of the library that have no weights, or draw them from a seed's own die, or take another's."""
SETS = {"manual_seed", "seed", "set_rng_state", "setstate"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """The library's modules, and every lesson's code."""
    for path in sorted((LIBRARY / "jielong").rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))
    for path in lessons():
        code = "\n".join(cell.source for cell in code_cells(read(path)))
        yield str(path.relative_to(ROOT)), ast.parse(re.sub(r"(?m)^[%!].*$", "", code))


def lent(tree: ast.Module) -> set[ast.AST]:
    """What runs while the global die is lent: modules' constructors, what `seeded` builds, and what only these call."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    built = [call.args[0] for call in calls if ast.unparse(call.func) == "seeded"]
    names = {ast.unparse(node) for node in built} | {"__init__", "reset_parameters"}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {node for root in built for node in ast.walk(root)}
    for block in ast.walk(tree):  # where tensors have no numbers, or none yet, nothing is drawn
        if isinstance(block, ast.With) and re.search("meta|Unfilled", " ".join(map(ast.unparse, block.items))):
            inside |= set(ast.walk(block))
    for _ in range(3):  # of a function that such a function calls
        inside |= {node for function in functions if function.name in names for node in ast.walk(function)}
        called = {ast.unparse(call.func) for call in calls}
        names |= called - {ast.unparse(call.func) for call in calls if call not in inside}
    return inside


@cache
def modules_that_draw() -> set[str]:
    """Names of modules whose first weights come from the global die, with and without where they stand."""
    left, found = [torch.nn.Module], set()
    while left:
        left += (kinds := left.pop().__subclasses__())
        for kind in kinds:
            torchs = hasattr(torch.nn, kind.__name__) and hasattr(kind, "reset_parameters")
            if (torchs and not kind.__name__.endswith("Norm")) or kind.__module__.startswith("jielong."):
                found |= {kind.__name__, f"{'nn' if torchs else kind.__module__.split('.')[-1]}.{kind.__name__}"}
    return {name for name in found if name.split(".")[-1] not in QUIET}


def makes_a_module(call: ast.Call) -> bool:
    """Whether a call makes a module that draws; also a mixer, by its name."""
    called = ast.unparse(call.func)
    return called.startswith("MIXERS[") or ".".join(called.split(".")[-2:]) in modules_that_draw()


def global_draws(tree: ast.Module) -> Iterator[str]:
    """Calls that draw from a global die or set it."""
    borrowed = lent(tree)
    for keyword in ast.walk(tree):  # answers to exercises that are wrong on purpose
        if isinstance(keyword, ast.keyword) and keyword.arg == "wrong":
            borrowed |= set(ast.walk(keyword.value))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and makes_a_module(call) and call not in borrowed:
            yield f"line {call.lineno}: {ast.unparse(call)[:80]}"
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        owner, name = ast.unparse(call.func.value), call.func.attr
        private = any(keyword.arg in ("generator", None) for keyword in call.keywords)  # None: **options
        if (
            (owner == "torch" and name in DRAWS and not private and call not in borrowed)
            or (name in IN_PLACE | STARTS and not private and call not in borrowed)
            or (owner in DICE and name in SETS)
            or (owner in ("np.random", "numpy.random") and name not in ("default_rng", "Generator"))
            or (owner == "random" and name not in ("Random", "SystemRandom"))
        ):
            yield f"line {call.lineno}: {ast.unparse(call)[:80]}"


def test_no_source_draws_from_a_global_die():
    found = {where: list(global_draws(tree)) for where, tree in sources()}
    assert {where: lines for where, lines in found.items() if lines} == {}


def test_that_search_finds_what_it_is_for():
    bad = "torch.randn(3); torch.manual_seed(0); random.choice(x); np.random.rand(2); w.normal_(); init.orthogonal_(w)"
    good = "torch.randn(3, generator=g); random.Random(0).choice(x); np.random.default_rng(0); g.manual_seed(0)"
    made = "nn.Linear(3, 2); m = LanguageModel(config); MIXERS[name](config); nn.Sequential(nn.GRU(2, 2))"
    lent = "m = seeded(lambda: LanguageModel(config), 0); nn.LayerNorm(3); nn.utils.skip_init(nn.Linear, 3, 2)"
    assert len(list(global_draws(ast.parse(bad)))) == 6
    assert len(list(global_draws(ast.parse(made)))) == 4
    assert list(global_draws(ast.parse(lent))) == []
    assert list(global_draws(ast.parse(good))) == []


def plain(value: Any) -> Any:
    """A result in a form that `==` compares."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.tolist()
    if isinstance(value, torch.nn.Module):
        return {name: weight.tolist() for name, weight in value.state_dict().items()}
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Iterator):
        return [plain(one) for one in islice(value, 3)]
    return plain(vars(value)) if hasattr(value, "__dict__") else value


def _chat_ids() -> torch.Tensor:
    return torch.randint(20, (8, 5), generator=torch.Generator().manual_seed(0))


def _points(count: int = 8) -> torch.Tensor:
    return torch.nn.functional.normalize(
        torch.randn(count, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    )


def _eye() -> Any:
    eye = seeded(lambda: vision.Eye("full"), 1)
    vision.school(eye, vision.lot(1, count=40, asked=5), seed=1, steps=2)
    return eye


def _preferring() -> list[float]:
    answers = (torch.arange(5) > 2).expand(8, 5)
    pairs = preference.Preferences(_chat_ids(), answers, _chat_ids().flip(0), answers)
    return preference.prefer(small_model(20), pairs, steps=2, seed=1)


def _told() -> list[list[float]]:
    tower = towers.Towers(2, [0], [1])
    x, y = towers.ink(60)
    return [
        towers.surface(tower, 0, x, y, seed=1, side=3).tolist(),
        *map(plain, towers.directions(tower, 0, seed=1).values()),
        plain(towers.build(tower, x, y, steps=2, seed=1)),
    ]


for module in pkgutil.walk_packages(jielong.__path__, "jielong."):
    importlib.import_module(module.name)  # so that each can be named below
TINY = race.Size(parameters=8_000, layers=2, heads=2, context=24, batch=8, steps=2, lr=1e-2)
NAMED = {"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}
STREAM = [(f"text {n}", str(n % 2)) for n in range(8)]
SEEDED: dict[str, Callable[[], Any]] = {
    "adaptation.classifiers.covered_batches": lambda: classifiers.covered_batches(_chat_ids(), 0, seed=1, count=4),
    "adaptation.classifiers.fit_head": lambda: classifiers.fit_head(_points(), torch.arange(8) % 2, 2, seed=1, steps=2),
    "adaptation.lora.add_lora": lambda: lora.add_lora(small_model(20), seed=1),
    "adaptation.merging.random_task_vector": lambda: merging.random_task_vector({"w": _points()}, seed=1),
    "adaptation.preference.prefer": _preferring,
    "programs.transplant.rows": lambda: transplant.rows(3, _points(), seed=1),
    "programs.transplant.transplant": lambda: transplant.transplant(
        small_model(20), small_model(20).embed(_chat_ids()).detach(), [0], steps=2, fresh=True, seed=1
    ),
    "agents.memory.experience.neighbour": lambda: experience.neighbour(STREAM, _points(), 3, seed=1),
    "agents.worlds.games.Random": lambda: games.Random(1).generator.random(),
    "agents.worlds.games.positions": lambda: games.positions(1),
    "agents.memory.graph.rewired": lambda: graph.rewired([(str(n), str(n + 1)) for n in range(9)], seed=1),
    "agents.planning.walking.walk": lambda: walking.walk(town := towns.town(1), walking.NoPlan(town.walls), seed=1),
    "agents.planning.world_model.lived": lambda: world_model.lived(9, frozenset({2}), 20, seed=1),
    "agents.planning.world_model.spend": lambda: world_model.spend(
        towns.castle(1, 9, frozenset({2}), rope=True),
        world_model.lived(9, frozenset({2}), 20, seed=1),
        2,
        seed=1,
    ),
    "agents.worlds.towns.town": lambda: towns.town(1),
    "agents.worlds.towns.castle": lambda: towns.castle(1, 9, frozenset({2})),
    "lessons.goal_look_act.learners.q_learn": lambda: learners.q_learn(
        four_rooms.FourRooms(four_rooms.FLOOR[0]), 200, seed=1
    ),
    "lessons.goal_look_act.learners.learn_by_words": lambda: learners.learn_by_words(
        _points(3), four_rooms.FLOOR[:3], steps=2, seed=1
    ),
    "interpretability.circuits.repeated": lambda: circuits.repeated(2, 5, 20, seed=1),
    "interpretability.sparse_autoencoders.learn": lambda: sparse_autoencoders.learn(
        _points(40), 9, 2, steps=2, batch=8, seed=1
    ),
    "interpretability.sparse_autoencoders.gaussian": lambda: sparse_autoencoders.gaussian(_points(), 4, seed=1),
    "interpretability.task_vectors.prompts_of": lambda: task_vectors.prompts_of(
        list(NAMED.items()), 2, 3, seed=1, shuffled=True
    ),
    "lessons.depth_and_length.piecewise.ReluNetworks": lambda: piecewise.ReluNetworks(2, 3, 2, seed=1),
    "lessons.depth_and_length.piecewise.learn": lambda: piecewise.learn(lambda x: x.sum(-1), 2, 1, 60, steps=2, seed=1),
    "programs.race.batches": lambda: race.batches(torch.arange(99), TINY, seed=1),
    "programs.race.train": lambda: race.train("gated", TINY, 1, wonderland()[:2000])[:2],
    "programs.race.run": lambda: race.run("gated", TINY, 1, wonderland()[:2000]).loss,
    "toys.bells.practice": lambda: bells.practice(1, count=2),
    "toys.cards.card_model": lambda: cards.card_model("delta", 8, seed=1),
    "toys.cards.practice": lambda: cards.practice([4], seed=1, count=2),
    "lessons.making_its_own_tools.chores.later": lambda: [errand.inputs for errand in chores.later(5, seed=1)],
    "lessons.three_kinds_of_generalists.clock.texts": lambda: clock.texts(1, count=2),
    "lessons.three_kinds_of_generalists.clock.instructions": lambda: clock.instructions(
        1, [tuple(clock.SKILLS[:1])], count=2
    ),
    "lessons.three_kinds_of_generalists.clock.smiling": lambda: clock.smiling(
        small_model(len(clock.TOKENS)),
        clock.SKILLS[:1],
        1,
    ),
    "lessons.goal_look_act.clues.searches": lambda: clues.searches(3, seed=1),
    "lessons.yesterday_helps.desks.letters": lambda: desks.letters(2, seed=1),
    "lessons.remembering_too_much.diary.invent": lambda: diary.invent(1),
    "lessons.remembering_too_much.diary.parts": lambda: diary.parts(5, seed=1),
    "lessons.remembering_too_much.diary.events": lambda: diary.events(5, seed=1),
    "lessons.remembering_too_much.diary.lodgers": lambda: diary.lodgers(1),
    "lessons.remembering_too_much.diary.composed": lambda: diary.composed(
        _points(20).float(),
        diary.parts(20, seed=1),
        diary.parts(5, seed=2),
        seed=1,
    ),
    "lessons.yesterday_helps.errands.errands": lambda: errands.errands(2, seed=1),
    "toys.facts.invent": lambda: facts.invent(4, seed=1),
    "lessons.notes_that_know_each_other.habits.habits": lambda: habits.habits(1),
    "toys.judges.independent": lambda: judges.independent(np.full((5, 4), 0.25), 6, seed=1),
    "lessons.an_internal_language.languages.translations": lambda: languages.translations(1, [(0, 1)], count=2),
    "lessons.borrowed_hands.manuals.manuals": lambda: manuals.manuals(1),
    "toys.media.three_media": lambda: media.three_media([[1, 2]] * 40, [[3, 4, 5]] * 60, [[6]] * 30, seed=1),
    "toys.models.small_model": lambda: small_model(9, seed=1),
    "lessons.the_smallest_group.names.handing": lambda: names.handing(4, seed=1),
    "lessons.the_smallest_group.names.halves": lambda: names.halves(seed=1),
    "lessons.pictures_without_attention.painting.lessons": lambda: painting.lessons(1, batch=2),
    "lessons.pictures_without_attention.painting.train": lambda: painting.train("linear", 1, steps=2),
    "lessons.pictures_without_attention.painting.draw": lambda: painting.draw(
        painting.train("linear", 1, steps=1),
        torch.arange(2),
        steps=2,
        seed=1,
    ),
    "lessons.pictures_without_attention.patches.train": lambda: patches.train("out", 2, 1, steps=2),
    "lessons.attention_by_hand.readers.practice": lambda: readers.practice(1, count=2),
    "lessons.three_kinds_of_generalists.sentences.sentences": lambda: sentences.sentences(1, 5),
    "lessons.a_reason_for_every_shape.towers.build": _told,
    "lessons.a_reason_for_every_shape.towers.directions": _told,
    "lessons.a_reason_for_every_shape.towers.surface": _told,
    "lessons.notes_that_know_each_other.village.village": lambda: village.village(1),
    "lessons.a_reason_for_every_shape.vision.lot": lambda: vision.lot(1, count=20, asked=5, shuffled=True),
    "lessons.a_reason_for_every_shape.vision.school": _eye,
    "lessons.borrowed_hands.warehouse.sums": lambda: warehouse.sums(3, 2, seed=1),
    "lessons.borrowed_hands.warehouse.finds": lambda: warehouse.finds(3, seed=1),
    "lessons.borrowed_hands.warehouse.worked": lambda: warehouse.worked(1),
    "training.seeded": lambda: seeded(lambda: torch.nn.Linear(3, 2), 1),
}
OTHERS = {
    "adaptation.answering.practise", "adaptation.finetuning.teach", "agents.memory.experience.live",
    "interpretability.task_vectors.context_vector", "programs.essays.essays",  # take the real model: lessons run them
    "programs.dictionary.train",  # keeps its way in a folder; test_sparse_autoencoders runs it
    "teaching.figures.die.Die", "programs.race.Result",  # carry a seed, and draw nothing
}  # fmt: skip


def takes_a_seed(value: Any) -> bool:
    try:
        return "seed" in inspect.signature(value).parameters
    except (TypeError, ValueError):  # nothing to call, or built in
        return False


def public_with_a_seed() -> set[str]:
    """Every function and class of the library that takes a seed."""
    found = set()
    for info in pkgutil.walk_packages(jielong.__path__, "jielong."):
        module = importlib.import_module(info.name)
        for name, value in list(vars(module).items()):
            mine = getattr(value, "__module__", None) == info.name and not name.startswith("_")
            if mine and ".exercises" not in info.name and takes_a_seed(value):
                found.add(f"{info.name.removeprefix('jielong.')}.{name}")
    return found


def test_whoever_takes_a_seed_is_looked_at():
    assert public_with_a_seed() == SEEDED.keys() | OTHERS


@pytest.mark.parametrize("name", SEEDED)
def test_a_seed_says_all_and_the_global_dice_stay_where_they_were(name):
    first = plain(SEEDED[name]())
    torch.rand(3), np.random.rand(3), random.random()  # whatever somebody else draws
    # Python's own die is rolled by what checks the shapes in these tests; that no source rolls it is tested above
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    assert plain(SEEDED[name]()) == first
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]
