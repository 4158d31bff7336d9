"""What the long runs promise for any input, each a step long and in a folder of its own; see `odd`."""

from __future__ import annotations

import copy
import functools
from contextlib import redirect_stderr
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from hypothesis import strategies as st
from jielong import tokens
from jielong.corpora import wonderland
from jielong.programs.checkpoints import Checkpoints
from jielong.programs.race import Alone, Size
from jielong.programs.transplant import Linearised
from jielong.training import Progress

from tests.models import tiny
from tests.properties.interpretability import DICTIONARY
from tests.properties.odd import NUMBER, TEXT, TEXTS, Row, array, close, floats, ints, row

BOOK = wonderland()[:700]
SMALL = Size(4_000, layers=1, heads=2, context=4, batch=2, steps=1, lr=3e-3)
SIZE = st.just(SMALL)
RACER = st.just("lstm") | TEXT
IDS = ints(40, calm=True) | ints(40) | ints(5) | ints(0)
ROWS = ints(2, 3) | ints(2, 1) | ints(0, 3)
SHARED = functools.cache(lambda: tiny().double())
MODEL = st.builds(SHARED)
OWN = st.builds(lambda: copy.deepcopy(SHARED()))
PLAIN = st.builds(lambda: SHARED().blocks[0].mixer)
LINEAR = st.builds(functools.cache(lambda: Linearised(SHARED().blocks[0].mixer)))
STREAM = array("Float", [2, 3, 16], torch.float64)
LAYERS = st.sampled_from([[0, 2], [1], [], [3], [-1]])
FEW = st.sampled_from([1, 2, 0, -1])
SOME = st.sampled_from(["usual", "zeros", "nan", "inf"])
HERE = st.just(Path("run"))
SEEDS = {"seed": st.sampled_from([0, 7, -1])}


def in_a_folder(function: Any, *arguments: Any) -> Any:
    """With its path in a folder that is there for so long. Nobody sees how far it is."""
    with TemporaryDirectory() as folder, redirect_stderr(StringIO()):
        return function(*(Path(folder) / some if isinstance(some, Path) else some for some in arguments))


def kept(note: Any, self: Checkpoints, *rest: Any) -> Any:
    """What somebody reads who goes on from there."""
    with TemporaryDirectory() as folder:
        self.path = Path(folder) / "run.pt"
        note(self, *rest)
        return self.load(*rest[:2]).losses


def saved(load: Any, path: Path, names: Any) -> Any:
    with TemporaryDirectory() as folder:
        torch.save({"a": 1}, Path(folder) / path)
        return load(Path(folder) / path, names)


def timed(timer: Any, device: torch.device, seconds: list[float]) -> int:
    one = timer(device, seconds)
    one.step()
    one.step()
    return len(seconds)


def positions(x: torch.Tensor) -> Any:
    return SHARED().shared(len(x), x.shape[1])


def alike(found: Any, a: Any) -> bool:
    """Each layer hears and says something of each row."""
    shapes = {i: (heard.shape, said.shape) for i, heard, said in found}
    return shapes == dict.fromkeys(a.layers, (a.x.shape, a.x.shape))


TABLE: dict[str, Row] = {
    "programs.checkpoints.Checkpoints": row(lambda _, a: a.every > 0, path=HERE, seconds=st.just([])),
    "programs.checkpoints.Checkpoints.note": row(
        lambda losses, a: losses == (a.progress.losses if a.steps == 2 or a.self.every < 3 else []),
        how=kept,
        self=st.builds(Checkpoints, HERE, st.sampled_from([1, 2, 5])),
        model=MODEL,
        made_by=st.just({"seed": 0}),
        progress=st.just(Progress([0.5, 0.25])),
        changes="self",
        through="Checkpoints.save Checkpoints.load",
    ),
    "programs.checkpoints.load_checkpoint": row(
        lambda kept, a: kept == {"a": 1}, how=saved, path=HERE, names=st.just(["a"]) | TEXTS, words="damaged"
    ),
    # the dictionary
    "programs.dictionary.vectors": row(
        lambda x, a: x.dtype == torch.float16,
        how=in_a_folder,
        model=st.builds(functools.cache(lambda: tiny(layers=13))),
        ids=ROWS,
        out=HERE,
        sizes={"width": 16},
    ),
    "programs.dictionary.train": row(
        lambda dictionary, a: dictionary.decoder.shape == (a.features, 4),
        how=in_a_folder,
        x=floats(8, 4, calm=True) | floats(8, 4) | floats(0, 4),
        steps=FEW,
        out=HERE,
        words="loss vectors",
        draws=60,
    ),
    "programs.dictionary.gallery": row(
        lambda found, a: (found.where < a.ids.numel()).all() and a.x.isfinite().all(),
        dictionary=DICTIONARY,
        x=st.sampled_from([9, 2, 0]).flatmap(lambda n: array("Float", [n, 4, 4], torch.float64, SOME)),
        ids=lambda made: ints(*made.x.shape[:2], calm=True),
        form=lambda made: ints(len(made.x), calm=True),
        topic=lambda made: ints(len(made.x), calm=True),
    ),
    # essays
    "programs.essays.essays": row(
        lambda rows, a: all(len(row) in (0, a.length) for row in rows) and len(rows) == len(a.topics),
        form=st.sampled_from(["story", "french"]) | TEXT,
        topics=TEXTS | TEXT,
        length=st.sampled_from([1, 2, 0, -1]),
    ),
    "programs.essays.pieces": row(
        lambda some, a: (
            some.flatten().tolist() == a.tokenizer.encode(a.text)[: some.numel()] and some.dtype == torch.long
        )
    ),
    "programs.packages.need": row(
        given={"names": st.lists(st.just("torch") | st.just("nowhere"), max_size=2)},
        how=lambda need, *names: need(*names),
        refuses=(SystemExit,),
        words="needs",
    ),
    # the race
    "programs.race.Size": row(
        lambda size, a: min(size.parameters, size.layers, size.heads, size.context, size.batch) > 0, lr=st.just(1e-2)
    ),
    "programs.race.config_for": row(
        lambda config, a: config.width % config.heads == 0,
        racer=RACER,
        size=st.sampled_from([4_000, 10, 1]).map(lambda some: replace(SMALL, parameters=some)),
        words="parameters",
    ),
    "programs.race.split": row(
        lambda both, a: tokens.decode_text(torch.cat(both).tolist()) == a.text and both[0].dtype == torch.long,
        text=st.just(BOOK) | TEXT,
    ),
    "programs.race.batches": row(
        lambda some, a: all(ids.shape == (SMALL.batch // a.share[1], SMALL.context + 1) for (ids,) in some),
        ids=IDS,
        size=SIZE,
        share=st.sampled_from([(0, 1), (1, 2), (2, 2), (-1, 2), (0, 3), (0, 0)]),
        words="batch",
    ),
    "programs.race.loss_by_position": row(lambda loss, a: (loss >= 0).all(), model=MODEL, ids=IDS),
    "programs.race.decoding": row(
        lambda found, a: found["tokens_per_second"] > 0 < found["floats"],
        model=MODEL,
        ids=IDS,
        context=st.sampled_from([1, 3, 0]),
        given={"steps": st.sampled_from([1, 2, 0])},
        draws=60,
    ),
    "programs.race.Timer": row(
        lambda count, a: count == len(a.seconds),
        how=timed,
        device=st.just(torch.device("cpu")),
        seconds=st.builds(list),
        changes="seconds",
    ),
    "programs.race.Alone": row(device=st.sampled_from(["cpu", "meta"]) | TEXT, refuses=(RuntimeError,), words="Device"),
    "programs.race.run": row(
        lambda result, a: result.loss > 0 and len(result.curve) == 1,
        racer=RACER,
        size=SIZE,
        text=st.just(BOOK) | st.just(BOOK[:99]) | TEXT,
        given={"options": st.just({}), **SEEDS},
        draws=12,
        through="train",
    ),
    "programs.race.fingerprint": row(lambda text, a: len(text) == 64, words="surrogates"),
    "programs.race.race": row(
        lambda results, a: [result.racer for result in results] == a.racers,
        how=in_a_folder,
        size=SIZE,
        racers=st.lists(st.just("lstm") | TEXT, max_size=1),
        seeds=st.just([0]),
        text=st.just(BOOK),
        folder=HERE,
        place=st.builds(Alone),
        draws=8,
        words="racer",
        through="finished",
    ),
    # the transplant
    "programs.transplant.Linearised": row(
        lambda _, a: True, attention=PLAIN, fresh=st.none() | st.sampled_from([0, 7, -1])
    ),
    "programs.transplant.Linearised.forward": row(
        lambda result, a: result[0].shape == a.x.shape,
        how=lambda forward, self, x, shared, state=None: forward(self, x, positions(x), state),
        passes_on=True,
        self=LINEAR,
        x=STREAM,
        shared=st.none(),
        state=st.none(),
        through="Linearised.inputs",
    ),
    "programs.transplant.Linearised.pattern": row(
        lambda p, a: close(p.sum(-1), 1),
        how=lambda pattern, self, x, shared: pattern(self, x, positions(x)),
        passes_on=True,
        self=LINEAR,
        x=STREAM,
        shared=st.none(),
    ),
    "programs.transplant.imitation": row(
        lambda far, a: far >= 0,
        how=lambda imitation, new, x, said, shared: imitation(new, x, said, shared=positions(x)),
        passes_on=True,
        new=LINEAR,
        x=STREAM,
        said=STREAM | st.just(torch.zeros(2, 3, 16).double()),
        shared=st.none(),
    ),
    "programs.transplant.rows": row(
        lambda some, a: all(len(x) == len(y) <= a.count for x, y in some),
        how=lambda rows, count, *lessons, seed=0: rows(count, *lessons, seed=seed),
        given={"lessons": st.sampled_from([(3, 3), (3, 2), (2, 3), (0, 0)]).map(lambda n: [torch.zeros(k) for k in n])},
    ),
    "programs.transplant.overhear": row(alike, passes_on=True, model=MODEL, x=STREAM, layers=LAYERS),
    "programs.transplant.transplant": row(
        lambda losses, a: sorted(losses) == a.layers and all(len(some) == a.steps for some in losses.values()),
        model=OWN,
        x=STREAM,
        layers=LAYERS,
        steps=FEW,
        lr=st.just(1e-2) | NUMBER,
        given=SEEDS,
        words="loss said",
        changes="model",
        through="check_layers",
    ),
    "programs.transplant.perplexity": row(lambda p, a: p >= 1, model=MODEL, ids=ROWS),
    "programs.transplant.detours": row(
        lambda trained, a: len(trained) == 8 * len(a.layers), model=OWN, layers=LAYERS, changes="model"
    ),
}
COMMAND = "a command, run with files of its own: tests/programs"
REASONS: dict[str, str] = dict.fromkeys(
    (
        "programs.race.settings programs.race.main programs.transplant.settings programs.transplant.main "
        "programs.transplant.transfer_kept programs.transplant.tune_kept"
    ).split(),
    COMMAND,
)
