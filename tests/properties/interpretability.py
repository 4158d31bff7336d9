"""What looking inside and reaching in promise for any input; see `odd`."""

from __future__ import annotations

import copy
import functools
import math
from typing import Any

import torch
from hypothesis import strategies as st
from jielong.interpretability import circuits, relations
from jielong.interpretability.circuits import Bench, Contrast, Task
from jielong.interpretability.contributions import contributions
from jielong.interpretability.directions import Push, Reading
from jielong.interpretability.relations import Line
from jielong.interpretability.sparse_autoencoders import Dictionary, Gallery, learn, pack
from torch import Tensor

from tests.letters import letters
from tests.models import tiny
from tests.properties.odd import (
    CALM,
    COUNT,
    NUMBER,
    PLAIN,
    SHARE,
    TEXT,
    TEXTS,
    WORD,
    Row,
    array,
    close,
    floats,
    ints,
    row,
    shared,
)

MODEL = PLAIN["LanguageModel"]
WORDS = {"vocabulary": 257, "width": 16, "layers": 3, "hidden": 24, "heads": 4}
LAYER = st.sampled_from([0, 1, 2, 3, -1])
LAYERS = st.lists(LAYER, max_size=2) | st.just([0, 1])
AT = st.sampled_from([slice(None), 0, 1, [0, 1], slice(1, None), 9, [], True])
SLICE = st.sampled_from([slice(1, None), slice(None), slice(5, 6), slice(-1, None)])
IDS = ints(2, 3) | ints(1, 2) | ints(2, 1)
ONE_ROW = ints(1, 3) | ints(1, 1) | ints(1, 0)
LIST = st.lists(st.sampled_from([0, 1, 2, 255]), min_size=2, max_size=4) | PLAIN["list[int]"]
TOKEN = st.sampled_from([0, 5, 256, 257, -1])
TOKENS = st.lists(TOKEN, max_size=3) | st.just([1, 2])
NEURON = st.tuples(st.sampled_from([0, 2, 3, -1]), st.sampled_from([0, 23, 24, -1]))
NEURONS = st.lists(st.tuples(st.sampled_from([0, 2]), st.sampled_from([0, 23])), max_size=2) | st.lists(
    NEURON, max_size=2
)
HEAD = st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([0, 3]))
HEADS = st.lists(HEAD, max_size=3, unique=True).map(sorted) | st.lists(
    st.tuples(LAYER, st.sampled_from([0, 4, -1])), max_size=2
)
SITE = (
    st.sampled_from(["blocks.*.in", "blocks.0.mixer.out", "blocks.*.mixer.heads", "norm", "blocks.1.mixer.state"])
    | TEXT
)
SITES = st.lists(st.sampled_from(["blocks.0.in", "blocks.1.out", "blocks.9.in"]) | TEXT, max_size=2)
OVER = st.sampled_from([("time",), ("heads",), (), ("time", "heads"), ("batch",), "time"])
METRIC = st.sampled_from(
    [lambda x: x[:, 0], lambda x: x.mean(), lambda x: x, lambda x: x.sum() * math.nan, lambda x: 1.0]
)
WIDTH = floats(16)
X = floats(2, 3, 4)
SWAP = Task(torch.tensor([[1, 2, 3]]), torch.tensor([[1, 4, 3]]), torch.tensor([5]), torch.tensor([[6, 7]]))
TASK = st.just(SWAP)
BENCH = st.builds(functools.cache(lambda: Bench(shared(), SWAP)))
PATTERN = array("Float", [3, 1, 4, 6, 6], torch.float64, CALM).map(lambda x: x.softmax(-1)) | floats(3, 1, 4, 6, 6)
READING = st.builds(lambda: Reading(torch.randn(3, 2, 4, 16), torch.tensor([0, 1])))
EXAMPLES = st.lists(st.tuples(WORD, WORD), max_size=4) | st.just([("a", "b")] * 4)
SUBJECTS = st.just(["a", "b"]) | TEXTS
DATA = floats(8, 4) | floats(1, 4) | floats(0, 4) | floats(8, 4, calm=True)
LEARNED = functools.cache(
    lambda k: learn(torch.randn(16, 4, generator=torch.Generator().manual_seed(0)).double(), 6, k, steps=2, batch=8)
)
DICTIONARY = st.sampled_from([None, 2]).map(LEARNED).map(copy.deepcopy)
GALLERY = st.builds(
    lambda: Gallery(
        torch.arange(6).view(2, 3),
        torch.zeros(2),
        torch.zeros(2),
        torch.tensor([[1, 4]] * 6),
        torch.full((6, 2, 3), 255, dtype=torch.uint8),
        torch.ones(6),
        torch.ones(6),
    )
)


@functools.cache
def asked() -> Any:
    """Two subjects, asked with the letters' tokenizer."""
    return relations.ask_each(tiny(vocabulary=29), letters(), "x {} y", [("a", "b")], ["a", "b"])


ASKED = st.builds(asked)
LINE = st.builds(lambda: Line(torch.eye(16), torch.zeros(16)))


def to(shape: Any = (2, 3, 4)) -> Any:
    """A change, made and applied to a value."""

    def apply(make: Any, *arguments: Any, **options: Any) -> Tensor:
        return make(*arguments, **options)(torch.ones(shape).double())

    return apply


def changed(**options: Any) -> Row:
    return row(
        lambda x, a: x.shape[:2] == (2, 3), passes_on=True, how=to(), at=AT, words="at time value width", **options
    )


def on_the_model(make: Any, *arguments: Any, **options: Any) -> Any:
    """Changes by site, made and applied in a pass of the small model."""
    made = make(*arguments, **options)
    with circuits.intervene(shared(), made):
        return shared()(torch.tensor([[1, 2, 3], [3, 2, 1]]))[0].detach()


def is_attribution(found: Any, a: Any) -> bool:
    """What all parts add is the logits."""
    logits, _ = a.model(a.ids, padding=a.padding)
    return close(found.total, logits[:, -1, list(a.words)], 1e-3)


def patched(result: Any, a: Any) -> bool:
    return bool(result.isfinite().all())


TABLE: dict[str, Row] = {
    # ablation
    "interpretability.ablation.site": row(lambda name, a: str(a.layer) in name),
    "interpretability.ablation.means": row(ids=IDS, at=SLICE, sizes=WORDS),
    "interpretability.ablation.guesses": row(ids=ONE_ROW, answer=TOKEN, at=SLICE, sizes=WORDS, words="ids"),
    "interpretability.ablation.largest": row(
        lambda units, a: len(units) == a.count, scores=floats(2, 3), count=COUNT | st.just(7)
    ),
    "interpretability.ablation.holding": row(
        lambda found, a: len(found) == len({n for group in a.groups for n, _ in group}),
        groups=st.lists(NEURONS, max_size=2),
        instead=st.none() | floats(3, 24),
        at=AT,
    ),
    "interpretability.ablation.without": row(
        lambda log_p, a: (log_p <= 1e-4).all(),
        ids=ONE_ROW,
        groups=st.lists(NEURONS, max_size=2),
        instead=st.none() | floats(3, 24),
        at=AT,
        sizes=WORDS,
        words="site units no",
        draws=60,
    ),
    # back-patching and patching
    "interpretability.back_patching.ways": row(
        lambda pairs, a: all(0 <= target < source < a.layers for source, target in pairs)
    ),
    "interpretability.back_patching.back_patch": row(
        patched,
        ids=LIST,
        streams=array("Float", [4, 16], torch.float32),
        pairs=st.lists(st.tuples(st.sampled_from([0, 3, 4, -1]), LAYER), max_size=2) | st.just([(2, 1)]),
        words="site",
    ),
    "interpretability.back_patching.picked": row(
        lambda found, a: 0 <= found[1] <= 1 and found[0] in range(a.fixed.shape[1])
    ),
    "interpretability.patching.patch_last": row(
        lambda result, a: result[0].shape == (len(a.sites), 257),
        ids=LIST,
        sites=SITES,
        values=lambda made: array("Float", [len(made.sites), 16], torch.float32, CALM),
        words="site",
    ),
    "interpretability.patching.activation_patching": row(
        patched,
        clean=ints(2, 3),
        corrupted=ints(2, 3) | ints(2, 2),
        sites=SITE,
        metric=METRIC,
        over=OVER,
        padding=st.none(),
        words="site ids",
        through="places check_alike read layer_of sizes masks copies put_in worth stacked",
    ),
    "interpretability.patching.attribution_patching": row(
        patched,
        clean=ints(2, 3),
        corrupted=ints(2, 3),
        sites=SITE,
        metric=METRIC,
        over=OVER,
        padding=st.none(),
        words="site ids",
        through="along",
    ),
    "interpretability.path_patching.path_patching": row(
        patched,
        clean=ints(1, 3),
        corrupted=ints(1, 3),
        receivers=st.sampled_from(
            ["logits", "blocks.2.mixer.q", [("blocks.2.mixer.v", 0)], [("blocks.2.mixer.v", 9)], []]
        )
        | SITE,
        metric=METRIC,
        senders=st.sampled_from(["blocks.*.mixer.heads", "blocks.0.norm1"]) | SITE,
        over=OVER,
        padding=st.none(),
        words="site sites ids",
        through="speaking listening ears Paths.before Paths.alone Paths.direct Paths.said Paths.heard",
    ),
    # changes
    "interpretability.changes.put": changed(
        value=NUMBER | floats(4) | floats(3), through="Local Local.entries Local.new spread meant"
    ),
    "interpretability.changes.add": changed(vector=NUMBER | floats(4) | floats(2, 1, 4), through="Local.missed"),
    "interpretability.changes.unit": row(lambda u, a: close(u.norm(), 1), direction=floats(4) | floats(0)),
    "interpretability.changes.project_out": changed(direction=floats(4) | floats(3), through="along"),
    "interpretability.changes.put_units": changed(
        values=NUMBER | floats(1), units=st.lists(st.sampled_from([0, 3, 4, -1]), max_size=2), through="put_some"
    ),
    "interpretability.changes.put_heads": row(
        lambda x, a: x.shape == (2, 3, 4, 5),
        passes_on=True,
        how=to((2, 3, 4, 5)),
        values=NUMBER | floats(5),
        heads=st.lists(st.sampled_from([0, 3, 4, -1]), max_size=2),
        at=AT,
        words="at time",
    ),
    # circuits
    "interpretability.circuits.task": row(
        lambda task, a: len(task.ids) == len(a.items),
        tokenizer=st.builds(letters),
        items=st.lists(
            st.builds(Contrast, st.sampled_from(["ab", "abc"]), st.just("cd"), WORD, st.just(["b", "c"])), max_size=2
        ),
        device=st.just("cpu"),
        words="words",
    ),
    "interpretability.circuits.margin": row(passes_on=True, last=floats(1, 257), these=TASK),
    "interpretability.circuits.repeated": row(lambda ids, a: (ids[:, : a.period] == ids[:, a.period :]).all()),
    "interpretability.circuits.prefix_matching": row(passes_on=True, pattern=PATTERN),
    "interpretability.circuits.reads": row(ids=IDS, sizes=WORDS, through="every_layer"),
    "interpretability.circuits.on": row(
        lambda mask, a: mask.sum() == len(set(a.kept)), kept=HEADS, layers=st.just(3) | COUNT, heads=st.just(4) | COUNT
    ),
    "interpretability.circuits.only": row(
        lambda found, a: len(found) <= 3, kept=HEADS, other=floats(3, 1, 2, 4, 4), headed=st.none() | st.just([0])
    ),
    "interpretability.circuits.Bench.logits": row(self=BENCH, kept=HEADS, x=st.none(), first=LAYER),
    "interpretability.circuits.Bench.margin": row(self=BENCH, kept=HEADS),
    "interpretability.circuits.Bench.share": row(passes_on=True, self=BENCH, logits=floats(1, 257)),
    "interpretability.circuits.effects": row(these=TASK, sizes={**WORDS, "time": 3}),
    "interpretability.circuits.strongest": row(
        lambda heads, a: len(heads) == a.count, effect=floats(2, 3), words="scores"
    ),
    "interpretability.circuits.prune": row(
        lambda found, a: len(found[1]) == len(a.candidates), bench=BENCH, candidates=HEADS, words="kept"
    ),
    "interpretability.circuits.subsets": row(
        lambda logits, a: len(logits) == 2 ** len(a.heads),
        these=TASK,
        heads=st.lists(HEAD, max_size=2, unique=True) | HEADS,
        words="heads",
        through="chosen",
    ),
    "interpretability.circuits.route": row(
        lambda way, a: 1 <= way[0] < 3 and 0 <= way[1] < 3,
        effect=floats(2, 3),
        pattern=floats(2, 3, 3),
        head=st.sampled_from([0, 1, 2, -1]),
        words="time",
    ),
    # contributions and lenses
    "interpretability.contributions.Shares.minus": row(
        lambda shares, a: shares.total.shape == (1, 1),
        self=st.builds(lambda: contributions(shared(), torch.tensor([[1, 2]]), [3, 4])),
        word=st.sampled_from([0, 1, 2, -1]),
        rival=st.sampled_from([0, 1, 2]),
    ),
    "interpretability.contributions.contributions": row(
        is_attribution,
        model=st.sampled_from([{}, {"norm_first": False, "norm": "layer"}]).map(
            lambda kind: tiny(vocabulary=257, **kind)
        ),
        ids=IDS,
        padding=st.none(),
        given={"words": TOKENS},
        through="Way Way.pass_norm Way.shares back to_mixer of_mixer",
    ),
    "interpretability.contributions.reader": row(
        passes_on=True, x=array("Float", [2, 16], torch.float32), given={"words": TOKENS}
    ),
    "interpretability.contributions.sources": row(
        lambda shares, a: shares.shape == (a.ids.shape[1], len(a.words)),
        ids=ONE_ROW,
        given={"words": TOKENS},
        layer=LAYER,
        head=st.sampled_from([0, 3, 4, -1]),
    ),
    "interpretability.lenses.streams": row(ids=IDS, state=st.none(), padding=st.none(), sizes={**WORDS, "depths": 4}),
    "interpretability.lenses.lens": row(
        lambda logits, a: logits.shape == (2, 257),
        passes_on=True,
        x=array("Float", [2, 16], torch.float32),
        norm=st.none(),
        given={"words": st.none()},
    ),
    "interpretability.lenses.said": row(
        lambda tokens, a: ((tokens >= 0) & (tokens < 257)).all(),
        stream=array("Float", [4, 2, 16], torch.float32) | floats(0, 2, 16),
        norm=st.none(),
        given={"words": st.none()},
    ),
    "interpretability.lenses.settled": row(
        lambda depth, a: ((depth >= 0) & (depth < len(a.tokens))).all(), tokens=ints(3, 2) | ints(0, 2)
    ),
    "interpretability.lenses.ranks": row(
        lambda ranks, a: ((ranks >= 1) & (ranks <= 2)).all(),
        x=array("Float", [2, 16], torch.float32),
        given={"words": ints(2)},
    ),
    "interpretability.lenses.ends": row(
        lambda x, a: x.shape == (4, len(a.tails), 16),
        prefix=WORD | TEXT,
        tails=TEXTS | st.just(["a", "bc"]),
        words="tail ids prompts",
    ),
    # directions
    "interpretability.directions.read": row(
        lambda reading, a: reading.streams.shape[1] == len(a.prompts),
        prompts=TEXTS | st.just(["a", "bc"]),
        words="rows ids",
    ),
    "interpretability.directions.end_states": row(
        lambda x, a: x.shape == (3, len(a.prompts), 16), prompts=TEXTS | st.just(["a", "bc"]), words="rows ids"
    ),
    "interpretability.directions.mean_state": row(
        lambda x, a: x.shape == (3, 16), texts=TEXTS | st.just(["a", "bc"]), words="rows ids"
    ),
    "interpretability.directions.random_like": row(
        lambda noise, a: close(noise.norm(dim=-1), a.vector.norm(dim=-1), 1e-3), passes_on=True
    ),
    "interpretability.directions.clamp": changed(direction=floats(4) | floats(3), limit=NUMBER),
    "interpretability.directions.write": row(
        lambda texts, a: len(texts) == len(a.pushes),
        pushes=st.lists(st.builds(Push, WORD | TEXT, LAYER, array("Float", [16], torch.float32)), max_size=2),
        length=st.sampled_from([2, 0, -1]),
        words="site max_new model prompts",
    ),
    # neurons that remember
    "interpretability.key_value_neurons.triggers": row(
        lambda found, a: set(found) == set(a.neurons), ids=IDS, neurons=NEURONS
    ),
    "interpretability.key_value_neurons.check": row(
        lambda _, a: all(0 <= n < 3 and 0 <= k < 24 for n, k in a.neurons), neurons=NEURONS
    ),
    "interpretability.key_value_neurons.promoted": row(
        lambda tokens, a: len(tokens) == a.count, neuron=NEURON, words="neurons"
    ),
    "interpretability.key_value_neurons.attributions": row(ids=LIST, word=TOKEN, sizes=WORDS, through="one_row"),
    "interpretability.key_value_neurons.erased": row(how=on_the_model, neurons=NEURONS, words="units site no"),
    "interpretability.key_value_neurons.activations": row(ids=LIST, sizes=WORDS),
    "interpretability.key_value_neurons.rewritten": row(
        lambda found, a: set(found) == {n for n, _ in a.neurons},
        neurons=NEURONS,
        activation=floats(3, 24),
        old=TOKEN,
        new=TOKEN,
    ),
    # patchscopes, relations, task vectors
    "interpretability.patchscopes.states": row(lambda x, a: x.shape == (4, len(a.texts), 16), texts=TEXTS),
    "interpretability.patchscopes.describe": row(
        lambda said, a: len(said) == len(a.layers),
        examples=st.just("abc") | TEXT,
        vectors=array("Float", [2, 16], torch.float32, CALM),
        layers=LAYERS,
        words="site sites ids values",
    ),
    "interpretability.relations.Asked.rerun": row(
        lambda x, a: x.shape == (2, 16), self=ASKED, x=st.builds(lambda: asked().streams[1]), layer=LAYER, words="first"
    ),
    "interpretability.relations.Asked.some": row(
        lambda some, a: len(some.out) == len(a.rows),
        self=ASKED,
        rows=st.lists(st.sampled_from([0, 1, 2, -1]), max_size=2),
    ),
    "interpretability.relations.ask_each": row(
        lambda found, a: len(found.out) == len(a.subjects),
        model=st.builds(lambda: tiny(vocabulary=29)),
        tokenizer=st.builds(letters),
        template=st.sampled_from(["x {} y", "{} y", "x {}", "x {} {}"]) | TEXT,
        examples=EXAMPLES,
        subjects=SUBJECTS,
        words="subject ids",
    ),
    "interpretability.relations.Line.__call__": row(
        passes_on=True,
        self=LINE,
        subject=floats(2, 16).map(lambda x: x.float()),
        strength=st.sampled_from([1.0, 0.0, -2.0]),
    ),
    "interpretability.relations.Line.back": row(
        passes_on=True,
        self=LINE,
        answer=floats(2, 16).map(lambda x: x.float()),
        rank=st.sampled_from([1, 16, 17, 0, -1]),
        strength=st.sampled_from([1.0, 0.0, -2.0]),
    ),
    "interpretability.relations.jacobians": row(
        lambda found, a: found.shape == (len(a.layers), 16, 16),
        asked=ASKED,
        given={"row": st.sampled_from([0, 1, 2, -1])},
        layers=LAYERS,
        chunk=st.sampled_from([7, 192, 0, -1]),
    ),
    "interpretability.relations.linear": row(lambda lines, a: set(lines) == set(a.layers), asked=ASKED, layers=LAYERS),
    "interpretability.relations.faithful": row(
        lambda right, a: ((right == 0) | (right == 1)).all(), asked=ASKED, line=LINE, layer=LAYER
    ),
    "interpretability.relations.says_after": row(
        lambda said, a: len(said) == 2, asked=ASKED, layer=LAYER, change=array("Float", [2, 16], torch.float32)
    ),
    "interpretability.task_vectors.prompt_for": row(
        lambda prompt, a: prompt.endswith(f"\n{a.word} ->"), examples=EXAMPLES
    ),
    "interpretability.task_vectors.prompts_of": row(
        lambda both, a: len(both[0]) == len(both[1]) == a.count, examples=EXAMPLES
    ),
    "interpretability.task_vectors.context_vector": row(
        lambda x, a: x.shape == (3, 16), examples=EXAMPLES, shots=COUNT, count=st.sampled_from([2, 0])
    ),
    "interpretability.task_vectors.probabilities_with": row(
        lambda p, a: close(p.sum(-1), 1), reading=READING, vectors=array("Float", [2, 16], torch.float32), layer=LAYER
    ),
    # dictionaries
    "interpretability.sparse_autoencoders.at_site": row(
        lambda x, a: x.shape == (*a.ids.shape, 16), model=st.builds(lambda: tiny(layers=13)), ids=IDS
    ),
    "interpretability.sparse_autoencoders.Dictionary": row(device=st.none()),
    "interpretability.sparse_autoencoders.Dictionary.begin": row(
        self=st.builds(lambda: Dictionary(4, 6)), x=DATA, changes="self"
    ),
    "interpretability.sparse_autoencoders.Dictionary.forward": row(
        lambda y, a: y.shape == a.x.shape,
        passes_on=True,
        self=DICTIONARY,
        x=floats(2, 4),
        through="prepare encode decode",
    ),
    "interpretability.sparse_autoencoders.check": row(lambda _, a: a.x.isfinite().all() and len(a.x) > 1, x=DATA),
    "interpretability.sparse_autoencoders.improve": row(
        lambda losses, a: len(losses) == 2,
        dictionary=DICTIONARY.map(lambda d: d.requires_grad_()),
        data=st.just([(torch.randn(8, 4).double(),)] * 2),
        lr=st.just(1e-3) | NUMBER,
        penalty=SHARE,
        options=st.just({"steps": 2}),
        words="loss",
        changes="dictionary",
        through="rate objective relu_loss topk_loss",
    ),
    "interpretability.sparse_autoencoders.second_chance": row(
        lambda loss, a: loss >= 0,
        passes_on=True,
        dictionary=DICTIONARY,
        z=floats(2, 4),
        error=floats(2, 4),
        dead=st.just(torch.tensor([0, 5])),
    ),
    "interpretability.sparse_autoencoders.batches": row(lambda some, a: all(len(rows) == a.size for rows in some)),
    "interpretability.sparse_autoencoders.learn": row(
        lambda d, a: d.decoder.shape[0] == a.features,
        x=DATA,
        steps=st.sampled_from([1, 2, 0]),
        batch=st.sampled_from([4, 8, 9, 0]),
        options=st.just({}),
    ),
    "interpretability.sparse_autoencoders.rounded": row(
        lambda y, a: ((y - a.x).abs() <= a.x.std() / 512).all(), x=DATA
    ),
    "interpretability.sparse_autoencoders.explained": row(
        lambda share, a: share <= 1, x=DATA, again=lambda made: floats(*made.x.shape)
    ),
    "interpretability.sparse_autoencoders.principal": row(
        lambda vectors, a: close(vectors @ vectors.T, torch.eye(a.number)), x=DATA
    ),
    "interpretability.sparse_autoencoders.gaussian": row(lambda drawn, a: drawn.shape == (a.count, 4), x=DATA),
    "interpretability.sparse_autoencoders.same_token": row(
        lambda share, a: 0 < share <= 1, strength=floats(3, 2, 2), ids=ints(3, 2)
    ),
    "interpretability.sparse_autoencoders.pushing": row(
        lambda x, a: (x[:, 0] == 1).all(),
        how=to(),
        passes_on=True,
        vectors=floats(2, 4) | floats(3, 4),
        words="vector add",
    ),
    "interpretability.sparse_autoencoders.Gallery.examples": row(
        lambda found, a: len(found) == 2, self=GALLERY, feature=st.sampled_from([0, 5, 6, -1])
    ),
    "interpretability.sparse_autoencoders.unpack": row(
        lambda both, a: both[0].decoder.shape == (6, 4),
        packed=st.builds(lambda dictionary, gallery: pack(dictionary, gallery), DICTIONARY, GALLERY),
    ),
}
REASONS: dict[str, str] = {}
