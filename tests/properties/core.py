"""What the core promises for any input: tokens, the model and its sites, sampling, scoring, training; see `odd`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from jielong import tokens
from jielong.interpretability.changes import add, each, put
from jielong.mixers import MIXERS
from jielong.model import Config, LanguageModel
from jielong.sites import Trace, sites, trace
from jielong.tokenizer import LETTERS, well_formed
from torch import nn

from tests.letters import letters
from tests.properties.odd import (
    INF,
    NAN,
    NUMBER,
    PAIR,
    PLAIN,
    SHARE,
    TEXT,
    TEXTS,
    WORD,
    Row,
    array,
    as_numpy,
    byte_tokenizer,
    close,
    floats,
    ints,
    row,
    shared,
    small,
)

TOKENS_OF_MEDIA = st.lists(st.sampled_from([0, 96, 112, 113, 145, 148, -1, 149, 10**12]), max_size=4)
SAMPLES = st.lists(NUMBER | st.floats(-1, 1), max_size=5) | st.lists(st.floats(-1, 1), max_size=5)
PICTURE = st.builds(
    lambda grey, side: np.full((side, side), grey),
    st.sampled_from([0, 16, 7.0, 17, -1, 0.5, NAN]),
    st.sampled_from([8, 8, 7, 0]),
)
LEVEL = st.lists(st.integers(0, 31), max_size=5)

SIZE = st.sampled_from([4, 8, 6, 1, 0, -1])
CONFIG = st.builds(lambda: shared().config)
STATE = st.builds(lambda: shared().hidden(torch.tensor([[1, 2], [3, 4]]))[1])
STREAM = {"width": 16}
PROMPTS = st.lists(TEXT, max_size=2) | st.lists(WORD, min_size=1, max_size=2)
ROWS = st.lists(PLAIN["list[int]"], max_size=3) | st.lists(
    st.lists(st.integers(0, 255), min_size=1, max_size=3), min_size=1, max_size=3
)
BEFORE = TEXT | st.just("ab ") | TEXTS
NUMBERS = st.fixed_dictionaries({"some": NUMBER})
NAME = (
    st.sampled_from(["blocks.*.out", "blocks.1.out", "blocks.0.mixer.pattern", "blocks.0.mixer.state", "norm"]) | TEXT
)
CHANGES = st.sampled_from(
    [
        lambda x: x,
        lambda x: x[:1, :1],
        lambda x: 2 * x,
        put(0.0, at=0),
        put(1.0, at=5),
        add(1.0),
        each([put(0.0, at=1)]),
    ]
)
TRACES = st.sampled_from(["last", "all"]).map(lambda keep: trace_of(keep))
NAMES = st.lists(
    st.sampled_from(["blocks.*.out", "norm", "blocks.0.mixer.q", "blocks.9.out", "resid_post"]) | TEXT, max_size=2
)
LAYER = st.sampled_from([0, 1, 2, 3, 4, -1])


def below(values: Any, levels: int) -> bool:
    return bool(((np.asarray(values) >= 0) & (np.asarray(values) < levels)).all())


def runs(config: Config, a: Any) -> bool:
    logits, _ = LanguageModel(config)(torch.zeros(1, 2, dtype=torch.long))
    return bool(logits.isfinite().all())


def causal(result: Any, a: Any) -> bool:
    """What stands before a token does not change with it."""
    logits, state = result
    if a.padding is not None or a.state is not None or a.ids.shape[1] < 2:
        return state.batch == len(a.ids)
    return close(logits[:, :1].detach(), a.self(a.ids[:, :1])[0].detach())


def seen_in(trace: Any, model: LanguageModel, *names: str, **options: Any) -> dict[str, Any]:
    with trace(model, *names, **options) as seen:
        model(torch.tensor([[1, 2]]))
    return dict(seen)


def trace_of(keep: Any) -> Trace:
    model = shared()
    with trace(model, "blocks.*.out", "blocks.0.mixer.pattern", "blocks.0.mixer.state", keep=keep) as seen:
        model(torch.tensor([[1, 2]]))
    return seen


def changed_in(intervene: Any, model: LanguageModel, changes: dict[str, Any]) -> Any:
    with intervene(model, changes):
        return model(torch.tensor([[1, 2]]))[0]


def written(write_text: Any, path: Path, text: str) -> bytes:
    with TemporaryDirectory() as folder:
        write_text(folder / path, text)
        return (folder / path).read_bytes()


def trained(steps: int) -> Any:
    """What `fit` learns from in its row: a line."""
    x = torch.linspace(-1, 1, 8, dtype=torch.float64)[:, None]
    return [(x, 2 * x)] * max(0, steps)


STEPS = "shared index rotary hidden enter leave start check_ids check_state check_length unembed"
TABLE: dict[str, Row] = {
    # arguments
    "arguments.at_least": row(lambda _, a: a.numbers["some"] >= a.least, numbers=NUMBERS, words="some"),
    "arguments.within": row(lambda _, a: a.low <= a.numbers["some"] <= a.high, numbers=NUMBERS, words="some"),
    "arguments.above": row(lambda _, a: a.low < a.numbers["some"] < INF, numbers=NUMBERS, words="some"),
    "arguments.filled": row(
        lambda _, a: len(a.collections["some"]) > 0,
        collections=st.fixed_dictionaries({"some": TEXTS | floats(0, 2) | floats(2)}),
        words="some",
    ),
    "arguments.indices": row(
        lambda _, a: below(a.values["some"], max(1, a.count)),
        values=st.fixed_dictionaries({"some": ints(2, 2)}),
        words="some",
    ),
    "arguments.writable": row(
        lambda _, a: a.texts["some"].encode() is not None, texts=st.fixed_dictionaries({"some": TEXT}), words="some"
    ),
    "arguments.finite": row(
        lambda _, a: np.isfinite(np.asarray(a.values["some"])).all(),
        values=st.fixed_dictionaries({"some": NUMBER | floats(2, 2) | as_numpy(floats(2))}),
        words="some",
    ),
    "arguments.every_row": row(
        lambda _, a: a.good["some"].all(),
        good=st.fixed_dictionaries({"some": array("Bool", [3], torch.float64)}),
        words="some",
    ),
    "arguments.decided": row(
        lambda _, a: a.logits["some"].amax(-1).isfinite().all(),
        logits=st.fixed_dictionaries({"some": floats(2, 3) | floats(2, 0)}),
        words="some",
    ),
    # tokens
    "tokens.encode_text": row(lambda ids, a: tokens.decode_text(ids) == a.text),
    "tokens.decode_text": row(lambda text, a: tokens.encode_text(text) == a.ids, ids=TOKENS_OF_MEDIA),
    "tokens.encode_picture": row(lambda ids, a: (tokens.decode_picture(ids) == a.picture).all(), picture=PICTURE),
    "tokens.decode_picture": row(
        lambda picture, a: tokens.encode_picture(picture) == a.ids,
        ids=TOKENS_OF_MEDIA | st.lists(st.integers(96, 112), min_size=64, max_size=64),
    ),
    "tokens.encode_sound": row(
        lambda ids, a: np.abs(tokens.decode_sound(ids) - a.samples).max(initial=0) < 0.2, samples=SAMPLES
    ),
    "tokens.decode_sound": row(
        lambda samples, a: tokens.encode_sound(samples) == a.ids,
        ids=TOKENS_OF_MEDIA | st.lists(st.integers(113, 144), max_size=5),
    ),
    "tokens.kind": row(
        lambda kind, a: kind in ("text", "picture", "sound", "sign"),
        token=st.integers(-1, 149) | st.sampled_from([10**12]),
    ),
    "tokens.mu_law": row(lambda levels, a: below(levels, a.levels), samples=SAMPLES, mu=NUMBER),
    "tokens.from_mu_law": row(lambda samples, a: (np.abs(samples) <= 1).all(), level=LEVEL, mu=NUMBER),
    "tokens.linear": row(lambda levels, a: below(levels, a.levels), samples=SAMPLES),
    "tokens.from_linear": row(lambda samples, a: (tokens.linear(samples, a.levels) == a.level).all(), level=LEVEL),
    # counting
    "counting.cache_numbers": row(lambda count, a: count >= 0, config=CONFIG),
    "precision.wide": row(lambda y, a: y.dtype in (torch.float32, torch.float64) and close(y, a.x), passes_on=True),
    "files.write_text": row(lambda kept, a: kept == a.text.encode(), how=written, path=st.just(Path("x"))),
    "files.reading": row(lambda block, a: hasattr(block, "__enter__"), path=st.just("x")),
    # model
    "model.Config": row(
        runs,
        vocabulary=SIZE,
        width=SIZE,
        heads=st.sampled_from([1, 2, 3, 0, -1]),
        hidden=st.none() | SIZE,
        context=SIZE,
        mixer=st.sampled_from(["attention", *sorted(MIXERS)]) | TEXT,
        norm=st.sampled_from(["rms", "layer"]),
        positions=st.sampled_from(["rotary", "learned", "none"]),
        rotary_base=st.just(100.0) | NUMBER,
        norm_eps=st.just(1e-5) | NUMBER,
        words="ids",
        through="Block",
    ),
    "model.State.rows": row(lambda state, a: state.batch == len(a.index), self=STATE),
    "model.State.copies": row(lambda state, a: state.batch == a.count, self=STATE),
    "model.FeedForward": row(),
    "model.FeedForward.forward": row(
        passes_on=True,
        sizes=STREAM,
        self=st.builds(lambda: small().blocks[0].feedforward.double()),
        x=floats(2, 16),
        through="activation",
    ),
    "model.LanguageModel.forward": row(
        causal,
        self=PLAIN["LanguageModel"],
        state=st.none() | STATE,
        through=f"model.Block.forward {STEPS}",
    ),
    "model.LanguageModel.next_logits": row(
        lambda logits, a: close(logits, a.self.unembed(a.hidden[:, -1]).detach()),
        passes_on=True,
        self=PLAIN["LanguageModel"],
        hidden=array("Float", [2, 3, 16], torch.float32),
    ),
    # sites
    "sites.fits": row(lambda yes, a: not yes or a.name.count(".") == a.wanted.count(".")),
    "sites.named": row(
        lambda found, a: found and set(found) <= set(a.names),
        names=st.just(sites(shared())),
        wanted=st.sampled_from(["norm", "blocks.*.out", "hook_embed"]) | TEXT,
        words="site",
    ),
    "sites.hint": row(lambda words, a: len(words) > 5, names=st.just(sites(shared()))),
    "sites.shortened": row(),
    "sites.kind": row(value=floats(2, 3)),
    "sites.trace": row(
        lambda seen, a: len(seen) >= len(set(a.names)),
        how=seen_in,
        names=NAMES.map(tuple),
        keep=st.sampled_from(["last", "all"]) | TEXT,
        words="site",
        through="Trace Site.positions",
    ),
    "sites.Trace.found": row(lambda found, a: set(found) <= set(a.self), self=TRACES, name=NAME, words="site traced"),
    "sites.Trace.stack": row(lambda x, a: x.dim() > 2, self=TRACES, name=NAME, words="site traced joined stacked"),
    "sites.Trace.joined": row(
        lambda x, a: x.shape == (1, 2, 16),
        self=TRACES,
        name=st.just("blocks.1.out") | NAME,
        words="site traced joined stack",
    ),
    "sites.intervene": row(
        how=changed_in,
        given={
            "changes": st.dictionaries(
                st.sampled_from(["blocks.0.out", "norm", "blocks.*.out"]) | TEXT, CHANGES, min_size=1, max_size=2
            )
        },
        words="site change at",
        through="Place.row Place.reach check",
    ),
    "sites.advance": row(
        lambda x, a: x.shape == a.x.shape,
        passes_on=True,
        x=array("Float", [2, 3, 16], torch.float32),
        first=LAYER,
        stop=LAYER,
        padding=st.none() | ints(2),
        state=st.none() | STATE,
    ),
    "sites.resume": row(
        passes_on=True,
        x=array("Float", [2, 3, 16], torch.float32),
        first=LAYER,
        padding=st.none() | ints(2),
        at=st.sampled_from([slice(None), slice(-1, None), slice(5, None)]),
    ),
    # sampling
    "sampling.distribution": row(
        lambda p, a: close(p.sum(-1), 1) and (p >= 0).all(), logits=floats(2, 3) | floats(2, 0) | floats(5)
    ),
    "sampling.check_settings": row(),
    "sampling.masked": row(
        lambda logits, a: (logits > -INF).equal(a.allowed | a.ended[:, None]),
        infinite=True,
        logits=floats(2, 3, calm=True),
        allowed=array("Bool", [2, 3], torch.float64),
        ended=array("Bool", [2], torch.float64),
    ),
    "sampling.sample": row(lambda token, a: (a.probabilities.gather(-1, token[..., None]) > 0).all()),
    "sampling.generate": row(
        lambda longer, a: (longer[:, : a.ids.shape[1]] == a.ids).all(),
        options=st.fixed_dictionaries({"temperature": NUMBER, "generator": PLAIN["torch.Generator"]}),
        words="temperature",
    ),
    "sampling.continuations": row(
        lambda texts, a: len(texts) == len(a.prompts), prompts=PROMPTS, before=BEFORE, words="texts text"
    ),
    "sampling.stream": row(
        lambda made, a: all(token.shape == (len(a.ids),) for token in made),
        end=st.sampled_from([None, 1, -1, 10**9]),
        generator=st.none() | PLAIN["torch.Generator"],
        state=st.none() | STATE,
        allowed=st.none()
        | st.sampled_from(
            [
                lambda written: torch.ones(len(written), 257, dtype=torch.bool),
                lambda written: torch.zeros(len(written), 257, dtype=torch.bool),
            ]
        ),
    ),
    # scoring
    "scoring.logits_after": row(rows=ROWS, before=BEFORE, sizes={"vocabulary": 257}, words="prompts ids text texts"),
    "scoring.next_token_logits": row(prompts=PROMPTS, before=BEFORE, sizes={"vocabulary": 257}, words="text texts"),
    "scoring.next_token_probabilities": row(
        lambda p, a: close(p.sum(-1), 1), prompts=PROMPTS, before=BEFORE, words="text texts"
    ),
    "scoring.ask": row(lambda said, a: len(said) == len(a.prompts), prompts=PROMPTS, words="text texts"),
    "scoring.first_tokens": row(lambda ids, a: len(ids) == len(a.words), words="text texts"),
    "scoring.log_softmax": row(lambda log_p, a: close(log_p.exp().sum(-1), 1), logits=floats(2, 3), passes_on=True),
    "scoring.spelled": row(
        lambda ids, a: a.tokenizer.decode(ids) == well_formed(f" {a.word}"), word=WORD | TEXT, words="words"
    ),
    "scoring.opening": row(
        lambda ids, a: f" {a.word}".startswith(a.tokenizer.decode(ids).rstrip("\ufffd")),
        word=WORD | TEXT,
        words="words",
    ),
    "scoring.opening_log_probabilities": row(
        lambda log_p, a: (log_p <= 0).all(), prompts=PROMPTS, before=BEFORE, words="text texts"
    ),
    "scoring.answered": row(
        lambda right, a: len(right) == len(a.prompts),
        prompts=PROMPTS,
        answers=lambda made: st.lists(WORD | TEXT, min_size=len(made.prompts), max_size=len(made.prompts)),
        words="words",
    ),
    "scoring.parted": row(
        lambda found, a: found[1] != found[2], one=WORD | TEXT, other=WORD | TEXT, words="pairs words"
    ),
    "scoring.correct": row(
        lambda right, a: len(right) == len(a.answers),
        tokenizer=st.builds(letters),
        scores=floats(2, 29),
        answers=st.lists(WORD | TEXT, min_size=2, max_size=2),
        words="words text",
    ),
    "scoring.word_log_probabilities": row(
        lambda log_p, a: (log_p <= 0).all(), prompts=PROMPTS, before=BEFORE, words="text texts"
    ),
    "scoring.choose": row(
        lambda chosen, a: set(chosen) <= set(a.words), prompts=PROMPTS, before=BEFORE, words="text texts"
    ),
    "scoring.log_odds": row(
        prompts=PROMPTS,
        before=BEFORE,
        pairs=lambda made: (
            st.lists(PAIR, min_size=len(made.prompts), max_size=len(made.prompts))
            | st.just([("ab", "cd")] * len(made.prompts))
        ),
        words="text texts words",
    ),
    "scoring.answer_log_probability": row(lambda log_p, a: (log_p <= 0).all()),
    "scoring.token_log_probabilities": row(lambda log_p, a: (log_p <= 0).all()),
    "scoring.text_loss": row(lambda loss, a: loss >= 0),
    # rows of tokens
    "shared_prefix.whole": row(lambda begun, a: len(begun.ids) == len(a.rows), rows=ROWS, device=st.just("cpu")),
    "shared_prefix.alike": row(lambda n, a: all(r[:n] == a.rows[0][:n] for r in a.rows), rows=ROWS),
    "shared_prefix.begin": row(
        lambda begun, a: begun.ids.shape[0] == len(a.prompts),
        prompts=ROWS,
        before=BEFORE,
        words="ids text texts rows",
        through="go_on",
    ),
    "tokenizer.Tokenizer": row(
        tokenizer=st.builds(lambda: byte_tokenizer().library),
        end=st.just("<|im_end|>") | TEXT,
        chat_template=st.just("{{ messages }}"),
    ),
    "tokenizer.Tokenizer.encode": row(
        lambda ids, a: a.self.decode(ids) == well_formed(a.text), self=PLAIN["Tokenizer"]
    ),
    "tokenizer.Tokenizer.decode": row(
        lambda text, a: isinstance(text, str), self=PLAIN["Tokenizer"], ids=PLAIN["list[int]"] | ints(3)
    ),
    "tokenizer.Tokenizer.pieces": row(
        lambda pieces, a: len(pieces) == len(a.ids), self=PLAIN["Tokenizer"], ids=PLAIN["list[int]"] | ints(3)
    ),
    "tokenizer.Tokenizer.chat": row(
        lambda text, a: all(m["content"] in text for m in a.messages),
        self=PLAIN["Tokenizer"],
        messages=st.lists(st.fixed_dictionaries({"role": TEXT, "content": TEXT}), max_size=2),
    ),
    "tokenizer.Tokenizer.pad": row(
        lambda padded, a: [ids[n:] for ids, n in zip(padded[0].tolist(), padded[1].tolist(), strict=True)] == a.rows,
        self=PLAIN["Tokenizer"],
        rows=ROWS,
    ),
    "tokenizer.pad_left": row(
        lambda padded, a: [ids[n:] for ids, n in zip(padded[0].tolist(), padded[1].tolist(), strict=True)] == a.rows,
        rows=ROWS,
    ),
    "tokenizer.pad_right": row(
        lambda padded, a: padded[1].sum(1).tolist() == list(map(len, a.rows)),
        rows=ROWS,
        masks=st.none(),
        through="as_tensors",
    ),
    "tokenizer.well_formed": row(lambda text, a: text.encode() is not None and len(text) == len(a.text)),
    "tokenizer.well_formed_pieces": row(lambda pieces, a: "".join(pieces).encode() is not None, pieces=TEXTS),
    "tokenizer.readable": row(
        lambda text, a: isinstance(text, str), token=TEXT | st.text(st.sampled_from(sorted(LETTERS)))
    ),
    # training
    "training.seeded": row(
        lambda model, a: model.weight.dtype == torch.float64, build=st.just(lambda: nn.Linear(2, 2))
    ),
    "training.settle": row(
        lambda _, a: all((w / a.grid % 1 == 0).all() for w in a.weights),
        weights=st.lists(floats(2, 2, calm=True), max_size=2),
        grid=st.sampled_from([1.0, 0.25, 0.0, -1.0, NAN, INF]),
        changes="weights",
    ),
    "training.next_token_loss": row(lambda loss, a: loss >= 0, model=PLAIN["LanguageModel"]),
    "training.cosine": row(lambda factor, a: 0 <= factor <= 1),
    "training.fit": row(
        lambda losses, a: len(losses) == a.steps and all(p.isfinite().all() for p in a.model.parameters()),
        model=st.builds(lambda: nn.Linear(1, 1).double()),
        batches=st.sampled_from(
            [trained(5), trained(0), [(torch.full((2, 1), NAN).double(), torch.zeros(2, 1).double())] * 5]
        ),
        loss=st.just(lambda model, x, y: (model(x) - y).square().mean()),
        lr=st.sampled_from([0.1, 0.0]) | NUMBER,
        betas=st.tuples(SHARE, SHARE) | st.just((0.9, 0.98)),
        clip=st.just(1.0) | NUMBER,
        grid=st.sampled_from([2.0**-22, 0.0, -1.0, NAN, INF]),
        weight_decay=SHARE,
        words="beta loss",
        through="check descend",
        **{name: st.just(None) for name in ("parameters", "constrain", "progress", "after")},
        optimizer=st.just(torch.optim.AdamW),
        schedule=st.just(lambda step, steps: 1.0),
    ),
}
REASONS: dict[str, str] = {
    "sites.PlacedChange.missed": "every change has its own; this one only raises",
    "tokenizer.raise_exception": "is called by chat templates, to raise",
}
