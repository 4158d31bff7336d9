"""What the toys promise for any input; see `odd`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from jielong import tokens
from jielong.mixers import MIXERS, linear_attention
from jielong.toys import bells, cards, media, recall

from tests.properties.odd import COUNT, NUMBER, PAIR, SHARE, TEXT, Row, as_numpy, close, floats, ints, row

PIECE = st.lists(st.sampled_from([0, 5, 95, 145]), min_size=1, max_size=5)
PIECES = st.lists(PIECE | st.sampled_from([[], [149], [-1]]), max_size=3) | st.lists(PIECE, min_size=1, max_size=3)
PICTURE = st.builds(
    lambda grey, side: np.full((side, side), grey), st.sampled_from([0, 16, 17, -1]), st.sampled_from([8, 8, 3])
)
SAMPLES = st.lists(NUMBER | st.floats(-1, 1), max_size=4).map(np.array) | st.lists(
    st.floats(-1, 1), min_size=1, max_size=4
).map(np.array)
NAME = st.sampled_from([("a bell", "鈴聲"), ("", "")]) | PAIR
LISTENER = st.builds(lambda: bells.Listener().double())
HEARD = floats(2, 3, bells.HEARD)
ANSWERS = ints(2, 3)


def share(p: Any) -> bool:
    return 0 <= p <= 1


def guess(ids: torch.Tensor) -> tuple[torch.Tensor, None]:
    """A model that holds the token it reads for the likeliest next one."""
    return torch.nn.functional.one_hot(ids.clamp(0, 599), 600).double(), None


def told_again(k: Any, a: SimpleNamespace) -> Any:
    keys, values = k
    return keys.shape == (a.count, a.number) and bool((keys < a.keys).all() and (values < a.values).all())


def different(rows: torch.Tensor) -> bool:
    return all(len(set(row)) == len(row) for row in rows.tolist())


TABLE: dict[str, Row] = {
    "toys.bells.calls": row(lambda heard, a: heard.digit.shape == (a.count, a.time) == heard.bell.shape, bells=SHARE),
    "toys.bells.spoken": row(
        lambda said, a: (said[0] < 2 * bells.DIGITS).all() and (said[1] <= bells.NOTHING).all(), bells=SHARE
    ),
    "toys.bells.Listener": row(kind=st.sampled_from(["lstm", "rnn"]) | TEXT),
    "toys.bells.Listener.forward": row(passes_on=True, self=LISTENER, x=HEARD),
    "toys.bells.practice": row(lambda batches, a: len(batches) == 3),
    "toys.bells.answer_loss": row(
        lambda loss, a: loss >= 0, passes_on=True, listener=LISTENER, x=HEARD, right=ANSWERS | ints(2, 0)
    ),
    "toys.bells.accuracy": row(lambda p, a: share(p)),
    "toys.cards.Faces": row(),
    "toys.cards.Faces.forward": row(
        ids=ints(2, 3, calm=True), self=st.builds(cards.Faces, st.just(2)), sizes={"width": 2}
    ),
    "toys.cards.card_model": row(
        mixer=st.sampled_from(sorted(MIXERS)) | st.tuples(st.sampled_from(sorted(MIXERS))) | TEXT | st.just(())
    ),
    "toys.cards.cards": row(lambda dealt, a: different(dealt[0][:, : a.number])),
    "toys.cards.practice": row(
        lambda batches, a: len(batches) == 3, numbers=st.lists(st.sampled_from([1, 3, 32]) | COUNT, max_size=3)
    ),
    "toys.cards.answer_loss": row(lambda loss, a: loss >= 0, model=st.just(guess)),
    "toys.cards.recalled": row(lambda p, a: ((p >= 0) & (p <= 1)).all(), model=st.just(guess)),
    "toys.facts.capitals": row(
        lambda facts, a: [fact.answer for fact in facts] == list(a.pairs.values()),
        pairs=st.dictionaries(TEXT, TEXT, max_size=3),
    ),
    "toys.facts.invent": row(lambda pairs, a: len(pairs) == len(set(pairs.values())) == a.n),
    "toys.judges.bits": row(
        lambda bits, a: bits >= 0, words="ids", rows=PIECES, medium=st.sampled_from(["text", "picture"]) | TEXT
    ),
    "toys.judges.frequencies": row(lambda p, a: close(p.sum(1), 1)),
    "toys.judges.independent": row(
        lambda drawn, a: (drawn < a.p.shape[1]).all(),
        p=as_numpy(floats(2, 3).map(lambda x: x.softmax(-1)) | floats(2, 3)),
    ),
    "toys.judges.digit_judge": row(lambda judge, a: set(judge.predict(a.pictures)) <= set(a.names)),
    "toys.judges.real_or_made": row(
        lambda p, a: share(p),
        words="n_splits sample",
        real=as_numpy(ints(7, 64)),
        made=as_numpy(ints(9, 64)) | as_numpy(ints(2, 64)),
    ),
    "toys.media.phrases": row(lambda some, a: all(a.shortest <= len(phrase) <= a.longest for phrase in some)),
    "toys.media.pluck": row(
        lambda samples, a: np.abs(samples).max() <= abs(a.loudness), note=st.sampled_from(sorted(media.NOTES)) | TEXT
    ),
    "toys.media.pitch": row(lambda hertz, a: 0 <= hertz <= a.rate / 2, samples=SAMPLES),
    "toys.media.written": row(lambda ids, a: tokens.decode_text(ids[1:-1]) == a.phrase, words="text"),
    "toys.media.drawn": row(
        lambda ids, a: (tokens.decode_picture(ids[-65:-1]) == a.picture).all(), words="text", picture=PICTURE
    ),
    "toys.media.played": row(
        lambda ids, a: len(ids) == len(a.name) + len(a.samples) + 3, words="text", samples=SAMPLES
    ),
    "toys.media.three_media": row(
        lambda batches, a: len(batches) == 3, words="rows", pictures=PIECES, texts=PIECES, notes=PIECES
    ),
    "toys.media.player": row(
        lambda html, a: "data:audio/wav;base64," in html,
        words="aria",
        samples=SAMPLES,
        rate=st.sampled_from([1600, 8000, 44100, 7]) | COUNT,
        name=NAME,
    ),
    "toys.models.small_model": row(lambda model, a: model.config.vocabulary == a.vocabulary),
    "toys.recall.pairs": row(lambda drawn, a: told_again(drawn, a) and different(drawn[0])),
    "toys.recall.shuffled": row(lambda order, a: different(order), shape=st.tuples(COUNT, COUNT)),
    "toys.recall.rewrites": row(told_again),
    "toys.recall.moves": row(told_again, change=SHARE),
    "toys.recall.last_values": row(lambda last, a: last.shape == a.asked.shape),
    "toys.recall.some_of": row(
        lambda some, a: all(set(x) <= set(y) for x, y in zip(some.tolist(), a.k.tolist(), strict=True))
    ),
    "toys.recall.unit_vectors": row(lambda x, a: close(x.norm(dim=1), 1)),
    "toys.recall.watch": row(
        lambda memory, a: not memory[0].any(), passes_on=True, words="q", form=st.just(linear_attention.recurrent)
    ),
    "toys.recall.told": row(
        lambda story, a: len(story[0]) == len(story[1]) == len(a.steps),
        passes_on=True,
        steps=st.lists(
            st.sampled_from([("write", 0, 0), ("read", 0), ("write", 9, 9), ("write", -1, 0), ("sing", 0)]), max_size=3
        ),
    ),
    "toys.recall.corrections": row(
        lambda added, a: added.shape == a.v.shape,
        passes_on=True,
        memory=lambda made: st.just(torch.zeros(len(made.k) + 1, made.k.shape[1], made.v.shape[1], dtype=made.v.dtype)),
    ),
    "toys.recall.Recall.questions": row(
        lambda asked, a: asked[0].shape == asked[1].shape,
        self=st.builds(recall.Recall, st.sampled_from([recall.pairs, recall.rewrites]), COUNT, COUNT, COUNT, COUNT),
    ),
    "toys.recall.Recall.batches": row(lambda batches, a: len(batches) == 3, self=st.builds(recall.Recall)),
    "toys.recall.Recall.accuracy": row(lambda p, a: share(p), self=st.builds(recall.Recall), model=st.just(guess)),
    "toys.words.paired": row(lambda pairs, a: set(pairs) | set(pairs.values()) == set(a.text.split())),
}
REASONS: dict[str, str] = {"toys.recall.Recall.draw": "a field; what it draws is `pairs` or `rewrites`"}
