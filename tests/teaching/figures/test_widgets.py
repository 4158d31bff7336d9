"""What travels to the page: plain, small, the same each time; and the page's sums are Python's."""

import json
import re
import zlib

import numpy as np
import pytest
import torch
from jielong.sampling import distribution
from jielong.teaching.figures import Die, Explorer, Pixels, grow
from jielong.teaching.figures.widget import plain
from py_mini_racer import MiniRacer

from tests.teaching.figures import samples

MAKERS = [samples.die, samples.explorer, samples.pixels]


def own_state(widget) -> dict:
    return {name: widget.get_state()[name] for name in ("data", "labels", "alt", "_esm", "_css")}


@pytest.fixture(scope="module")
def js():
    """The widgets' JavaScript, without a browser: what it computes needs none."""
    context = MiniRacer()
    context.eval(re.sub(r"^export .*$", "", samples.die()._esm, flags=re.M))
    return context


@pytest.mark.parametrize("make", MAKERS)
def test_state_is_plain_deterministic_and_small(make):
    state = own_state(make())
    assert json.loads(json.dumps(state, allow_nan=False)) == state == own_state(make())
    assert len(zlib.compress(json.dumps(state).encode())) < 20_000
    assert repr(make()).endswith(state["alt"][0])


@pytest.mark.parametrize("make", MAKERS)
def test_each_word_that_the_code_asks_for_has_both_languages(make):
    widget = make()
    asked = set(re.findall(r'word\("(\w+)"\)', widget._esm))
    assert asked <= widget.labels.keys() | {"control"}
    for english, chinese in widget.labels.values():
        assert english
        assert chinese
        assert set(re.findall(r"\{(\w+)\}", english)) == set(re.findall(r"\{(\w+)\}", chinese))


def test_plain_data():
    data = {
        "a": np.float32(1 / 3),
        "b": (1, True, None),
        3: torch.tensor([[2.0, 0.5]]),
        "c": np.int64(7),
        "d": 123456.7,
    }
    assert plain(data) == {"a": 0.33333, "b": [1, True, None], "3": [[2, 0.5]], "c": 7, "d": 123460}
    with pytest.raises(ValueError, match="finite"):
        plain([float("nan")])
    with pytest.raises(TypeError, match="set"):
        plain({"a": {1}})


@pytest.mark.parametrize("spec", ["", "d", ",d", ".0f", ".2f", ",.1f", ".0%", ".1%"])
def test_the_page_writes_numbers_as_python_does(js, spec):
    rng = np.random.default_rng(0)
    values = [0, 0.5, 1.5, 2.5, 0.125, 0.375, -0.25, 1.005, 0.145, 0.285, 1234567, 999.5, *rng.normal(size=200) * 50]
    for value in map(float, values):
        if spec == "" or spec.endswith("d"):
            value = int(value)
        assert js.call("number", value, spec) == format(value, spec), (value, spec)


# ---- the die

SETTINGS = [(t, k, p) for t in (0, 0.3, 1, 2) for k in (None, 1, 7, 20, 50, 300) for p in (None, 1.0, 0.95, 0.5, 0.1)]


def nodes(tree):
    yield tree
    for child in tree.get("next", {}).values():
        yield from nodes(child)


@pytest.mark.parametrize("temperature,top_k,top_p", SETTINGS)
def test_the_page_s_distribution_is_python_s(js, temperature, top_k, top_p):
    for node in list(nodes(samples.die().data["prompts"][0]["tree"]))[:6]:
        named, rest = Die.distribution(node, temperature, top_k, top_p)
        page = js.call("distribution", node, temperature, top_k, top_p)
        assert np.allclose(page["p"], named, rtol=0, atol=1e-6)
        assert abs(page["rest"] - rest) < 1e-6
        assert abs(sum(named) + rest - 1) < 1e-9


# At (2, 50, 0.5) the nucleus's last token is in or out by less than the rounding.
@pytest.mark.parametrize("temperature,top_k,top_p", [s for s in SETTINGS if s != (2, 50, 0.5)])
def test_the_die_s_distribution_is_the_whole_vocabulary_s(temperature, top_k, top_p):
    """Only the histogram of the rest is an approximation, and logits are rounded to 0.01."""
    logits = samples.logits_of([[2]])[0]
    node = samples.die().data["prompts"][0]["tree"]
    truth = distribution(torch.tensor(logits), temperature, top_k, top_p).sort(descending=True).values.numpy()
    named, rest = Die.distribution(node, temperature, top_k, top_p)
    assert np.allclose(named, truth[:20], rtol=0.02, atol=0.003)
    assert abs(rest - truth[20:].sum()) < 0.01


def test_at_temperature_one_the_rest_is_exact():
    logits = samples.logits_of([[2]])[0]
    _, rest = Die.distribution(samples.die().data["prompts"][0]["tree"])
    p = np.sort(np.exp(logits) / np.exp(logits).sum())
    assert abs(rest - p[:-20].sum()) < 1e-3


def test_each_node_is_the_model_s_answer_to_its_own_words():
    """Walk the tree and ask the model again at each node."""

    def walk(row, node):
        logits = samples.logits_of([row])[0]
        order = np.argsort(-logits)[:20]
        assert node["tokens"] == [samples.WORDS[i] for i in order]
        assert np.allclose(node["logits"], logits[order] - logits.max(), atol=0.0051)
        assert sum(count for count, _ in node["rest"]) == len(samples.WORDS) - 20
        return 1 + sum(walk([*row, order[int(k)]], child) for k, child in node.get("next", {}).items())

    assert walk([2], samples.die().data["prompts"][0]["tree"]) == 1 + 4 * 8


def test_the_tree_follows_the_most_probable_ways_and_stops_at_the_end():
    logits = np.log([0.4, 0.3, 0.2, 0.1])
    tree = grow([0], lambda rows: [logits] * len(rows), lambda ids: "abcd"[ids[0]], levels=3, width=3, top=4, end=1)
    assert set(tree["next"]) == {"0", "2", "3"}  # b ends the sentence
    second = {first + k for first, child in tree["next"].items() for k in child.get("next", {})}
    assert second == {"00", "02", "20"}  # 0.16, 0.08, 0.08 of all
    assert tree["rest"] == []


def test_seeded_rolls_repeat_and_follow_the_distribution(js):
    rolls = js.eval("const r = dice(7), s = dice(7); [...Array(4000)].map(() => [r(), s()])")
    rolls = np.array([list(pair) for pair in rolls])
    assert np.array_equal(rolls[:, 0], rolls[:, 1])
    counts = np.histogram(rolls[:, 0], bins=10, range=(0, 1))[0]
    assert ((counts - 400) ** 2 / 400).sum() < 27.9  # chi-square, 9 degrees of freedom, one in a thousand


# ---- the explorer


def test_each_frame_is_the_author_s():
    explorer = samples.explorer()
    for task, accuracies in samples.ACCURACY.items():
        for dose, accuracy in zip(samples.DOSES, accuracies, strict=True):
            frame = explorer.frame(dose=dose, task=task)
            assert list(frame) == ["numbers", "lines", "bars", "heatmap", "text"]
            assert frame["numbers"][0]["value"] == accuracy
            assert frame["lines"]["at"] == dose
            assert frame["lines"]["series"][0]["y"] == accuracies
            assert frame["lines"]["range"] == [0.1, 0.95]
            assert frame["text"][0] == f"At dose {dose}, {accuracy:.0%} are right."


def test_the_page_puts_frames_together_as_python_does(js):
    explorer = samples.explorer()
    context = MiniRacer()
    context.eval(re.sub(r"^export .*$", "", explorer._esm, flags=re.M))
    for i, dose in enumerate(samples.DOSES):
        for j, task in enumerate(samples.ACCURACY):
            page = context.call("merge", explorer.data["same"], explorer.data["frames"][f"{i},{j}"])
            assert page == explorer.frame(dose=dose, task=task)


def test_what_frames_share_travels_once():
    long = list(range(500))
    frames = {v: {"lines": {"x": long, "series": [{"label": ("a", "甲"), "y": long}], "at": v}} for v in range(50)}
    explorer = Explorer([{"name": "v", "label": ("v", "v"), "values": list(range(50))}], frames, ("a", "甲"))
    assert len(json.dumps(explorer.data)) < 8_000
    assert explorer.frame(v=7)["lines"]["x"] == long


def test_heat_maps_travel_with_three_digits():
    frames = {0: {"heatmap": {"values": [[0.123456, 1.0]], "rows": ["a"]}}}
    explorer = Explorer([{"name": "v", "label": ("v", "v"), "values": [0]}], frames, ("a", "甲"))
    assert explorer.frame(v=0)["heatmap"]["values"] == [[0.123, 1]]


CONTROL = {"name": "v", "label": ("value", "值"), "values": [1, 2]}


@pytest.mark.parametrize(
    "frames,error,what",
    [
        ({1: {"text": ("a", "甲")}}, ValueError, "nothing for {'v': 2}"),
        ({1: {"txt": ""}, 2: {"txt": ""}}, ValueError, "no panel 'txt'"),
        (lambda v: {"text": "only English"}, TypeError, "text must be a pair"),
        (lambda v: {"numbers": [{"label": "accuracy", "value": v}]}, TypeError, "label of numbers"),
        (lambda v: {"bars": {"labels": ["embedding"], "values": [v]}}, TypeError, "labels of bars"),
        (
            lambda v: {"numbers": [{"label": ("a", "甲"), "value": v, "format": "+.1f"}]},
            ValueError,
            r"format='\+.1f' is none",
        ),
    ],
)
def test_an_explorer_says_what_it_lacks(frames, error, what):
    with pytest.raises(error, match=what):
        Explorer([CONTROL], frames, ("a", "甲"))


# ---- pixels


def test_pixels_carry_whole_per_cents():
    data = samples.pixels().data
    assert [len(s["pixels"]) for s in data["samples"]] == [64] * 3
    for sample in data["samples"]:
        assert all(abs(sum(row) - 100) <= 8 and all(isinstance(p, int) for p in row) for row in sample["percent"])


@pytest.mark.parametrize(
    "change,what",
    [
        ({"probabilities": np.ones((64, 16)) / 16}, "shape"),
        ({"probabilities": np.ones((64, 17))}, "add up to 1"),
        ({"pixels": np.full(64, 17)}, "from 0 to 16"),
    ],
)
def test_pixels_refuse_what_cannot_be(change, what):
    sample = {"label": ("a", "甲"), "pixels": np.zeros((8, 8)), "probabilities": np.ones((64, 17)) / 17}
    with pytest.raises(ValueError, match=what):
        Pixels([sample | change], ("a", "甲"))
