"""What makes a page, for any input: words, cards, records, charts and widgets; see `odd`."""

from __future__ import annotations

import os
import re
from typing import Any
from unittest.mock import patch

import numpy as np
from hypothesis import strategies as st
from jielong.teaching.claims import ROWS, Claim
from jielong.teaching.figures import Circuit, Query, Tree, subplots
from jielong.teaching.text import Text

from tests.properties.odd import COUNT, NUMBER, PAIR, SHARE, TEXT, TEXTS, Row, as_numpy, close, floats, ints, row

WORDS = st.just(("words", "文字")) | PAIR
LABELS = st.none() | st.just({"step": ("words", "文字")})
FORMAT = st.sampled_from([".2f", ".0%", ",d", "", "{", "q"]) | TEXT
BRACED = st.sampled_from(["{:.2f}", "{}", "{:.0%}", "{", "{x}", "{0} {1}", "{:q}"]) | TEXT
MEASURED = NUMBER | st.lists(NUMBER, max_size=3)
NAMED = st.dictionaries(TEXT, NUMBER | SHARE, max_size=3)
FEW = st.lists(st.floats(-9, 9), min_size=2, max_size=2)
SERIES = st.dictionaries(TEXT, FEW | st.lists(NUMBER, max_size=3) | as_numpy(floats(2, 2)), max_size=2)
KNOWN = st.sampled_from(["rolling-the-die/entropy", "rolling-the-die/no", "no/entropy"]) | TEXT
NODE = st.builds(
    lambda logits, rest: {
        "tokens": ["a"] * len(logits),
        "logits": [0.0, *sorted(logits, reverse=True)][: len(logits)],
        "rest": rest,
    },
    st.lists(st.floats(-30, 0), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(1, 9), st.floats(-50, -30)), max_size=2),
)
HEADS = st.lists(st.just({"name": "16.0", "reads": 0, "writes": 1}), max_size=2)
CLAIM = st.builds(
    lambda row, measured, pair: Claim(
        "1.3 x", row, "holds", measured, None, None, Text("a", "甲"), None, Text("b", "乙"), {}, None, None, False
    ),
    st.sampled_from(sorted(ROWS)),
    st.floats(-9, 9),
    PAIR,
)
TREE = {
    "names": st.lists(TEXT, min_size=3, max_size=3),
    "parents": st.sampled_from([[-1, 0, 0], [-1, 0, 1], [-1, 2, 0], [0, 0, 0], []]),
}
TASKS = st.lists(
    st.builds(
        lambda goal, values: {"wanted": "x", "goal": goal, "values": values},
        st.sampled_from([0, 2, 7, -1]),
        FEW | st.lists(NUMBER, max_size=2),
    ),
    max_size=2,
)


def kept_whole(markup: str, *texts: str) -> bool:
    """Whether a file can hold it, and no blank text was lost."""
    return bool(markup.encode()) or not any(texts)


def data_is_plain(widget: Any, a: Any) -> bool:
    return kept_whole(repr(widget.data))


def in_chinese(in_language: Any, markup: str) -> str:
    with patch.dict(os.environ, JIELONG_LANGUAGE="zh-TW"):
        return in_language(markup)


TABLE: dict[str, Row] = {
    "teaching.claims.Claim.summary": row(lambda html, a: html.startswith("<tr>"), self=CLAIM),
    "teaching.claims.row_of": row(
        lambda found, a: a.id.startswith(found),
        id=st.sampled_from(["1.3", "1.5 wait", "99.1"]) | TEXT,
        refuses=(KeyError,),
        words="row",
    ),
    "teaching.claims.words_of": row(
        lambda words, a: "what" in words,
        id=st.sampled_from(["1.3 temperature", "1.3 nothing"]) | TEXT,
        refuses=(KeyError,),
        words="states",
    ),
    "teaching.claims.shown": row(lambda text, a: isinstance(text, str), value=MEASURED, format=st.none() | BRACED),
    "teaching.claims.named": row(
        lambda names, a: all(f"{{{name}" in a.text for name in names),
        text=st.sampled_from(["{a} and {b:.2f}", "{{}}", "{", "}"]) | TEXT,
    ),
    "teaching.exercises.exercise": row(
        lambda register, a: callable(register), check=st.just(lambda answer: None), wrong=st.just([]), hints=st.just({})
    ),
    "teaching.exercises.check": row(name=KNOWN, answer=TEXT | NUMBER, refuses=(KeyError,), words="exercise lesson"),
    "teaching.exercises.solution": row(name=KNOWN, refuses=(KeyError,), words="exercise lesson"),
    "teaching.exercises.grade": row(
        lambda grade, a: grade.right is False,
        name=KNOWN,
        answer=TEXT | NUMBER,
        refuses=(KeyError,),
        words="exercise lesson",
    ),
    "teaching.exercises.find": row(
        lambda task, a: task.name == a.name, name=KNOWN, refuses=(KeyError,), words="exercise lesson"
    ),
    "teaching.figures.charts.bars": row(
        lambda fig, a: len(fig.axes[0].patches) >= len(a.values),
        values=NAMED,
        control=st.none() | NAMED,
        number=FORMAT,
        limit=st.none() | NUMBER,
    ),
    "teaching.figures.charts.lines": row(
        lambda fig, a: len(fig.axes[0].lines) >= len(a.series),
        x=FEW | st.lists(NUMBER, max_size=3) | st.just([1, 2]),
        series=SERIES,
        control=st.none() | SERIES,
    ),
    "teaching.figures.charts.heatmap": row(
        lambda fig, a: fig.axes[0].images[0].get_array().shape == (2, 2),
        values=as_numpy(floats(2, 2)) | FEW,
        rows=st.lists(TEXT, min_size=2, max_size=3),
        columns=st.lists(TEXT, min_size=2, max_size=3),
        number=st.none() | FORMAT,
    ),
    "teaching.figures.charts.images": row(
        lambda fig, a: len(fig.axes) >= len(a.pictures),
        pictures=st.lists(as_numpy(floats(2, 2)), max_size=2),
        names=st.none() | TEXTS,
        most=st.none() | NUMBER,
    ),
    "teaching.figures.circuit.Circuit": row(
        data_is_plain,
        heads=HEADS,
        margins=lambda made: st.lists(SHARE, min_size=2 ** len(made.heads), max_size=2 ** len(made.heads)) | FEW,
        chances=lambda made: st.dictionaries(TEXT, st.just([0.5] * 2 ** len(made.heads)) | FEW, max_size=2),
        whole=st.none() | st.tuples(NUMBER, st.lists(SHARE, max_size=2)),
        alt=WORDS,
        labels=LABELS,
        words="data heads",
    ),
    "teaching.figures.circuit.Circuit.answer": row(
        lambda said, a: said[0] in (1, 2),
        self=st.builds(
            Circuit,
            st.just(["a"]),
            st.just([{"name": "16.0", "reads": 0, "writes": 0}]),
            st.just([1, 2]),
            st.just({}),
            st.just(("a", "甲")),
        ),
        on=TEXTS | st.just(["16.0"]),
    ),
    "teaching.figures.cloud.Cloud": row(
        data_is_plain,
        places=as_numpy(floats(2, 3, 2)) | as_numpy(floats(0, 3, 2)),
        slider=st.just({"label": ("a", "甲"), "values": [0, 1]}),
        groups=st.dictionaries(
            TEXT, st.just({"label": ("a", "甲"), "names": [("b", "乙")], "of": [0, 0, 0]}), max_size=2
        ),
        texts=st.lists(TEXT, min_size=3, max_size=3),
        said=st.just([("c", "丙")] * 2),
        alt=WORDS,
        labels=LABELS,
        words="data",
    ),
    "teaching.figures.die.Die": row(
        data_is_plain,
        prompts=st.lists(st.builds(lambda text, tree: {"text": text, "tree": tree}, TEXT, NODE), max_size=2),
        alt=WORDS,
        labels=LABELS,
        words="data",
    ),
    "teaching.figures.die.Die.distribution": row(
        lambda p, a: close(sum(p[0]) + p[1], 1) and min([*p[0], p[1]]) >= 0, node=NODE, top_p=st.none() | SHARE | NUMBER
    ),
    "teaching.figures.die.grow": row(
        lambda node, a: len(node.get("tokens", [])) <= a.top,
        logits_of=st.sampled_from(
            [
                lambda rows: np.zeros((len(rows), 3)),
                lambda rows: np.full((len(rows), 3), np.nan),
                lambda rows: np.zeros((len(rows), 0)),
            ]
        ),
        decode=st.just(str),
        words="logits",
    ),
    "teaching.figures.explorer.Explorer": row(
        data_is_plain,
        controls=st.lists(
            st.builds(
                lambda values: {"name": "beta", "label": ("a", "甲"), "values": values},
                st.lists(st.sampled_from([0, 0.5, "x"]) | NUMBER, max_size=2, unique=True),
            ),
            max_size=1,
        ),
        frames=st.builds(
            lambda value, form: lambda **chosen: {"numbers": [{"label": ("b", "乙"), "value": value, "format": form}]},
            NUMBER,
            FORMAT,
        ),
        alt=WORDS,
        labels=LABELS,
        words="data values format",
    ),
    "teaching.figures.lens.visible": row(lambda text, a: text and "\n" not in text),
    "teaching.figures.lens.Lens": row(
        data_is_plain,
        prompts=st.lists(
            st.builds(
                lambda tokens, words: {
                    "label": ("a", "甲"),
                    "tokens": tokens,
                    "words": [[words] * len(tokens)],
                    "percent": [[[1] * len(words)] * len(tokens)],
                },
                TEXTS,
                TEXTS,
            ),
            max_size=2,
        ),
        layers=st.sampled_from([[0], [], [0, 1]]),
        alt=WORDS,
        labels=LABELS,
        words="data percent words",
    ),
    "teaching.figures.memory.Memory": row(
        data_is_plain,
        keys=st.just({"names": ["k1", "k2"], "vectors": np.eye(2)}),
        values=st.builds(lambda vectors: {"names": ["v1", "v2"], "vectors": vectors}, as_numpy(floats(2, 3))),
        steps=st.lists(
            st.sampled_from([("write", 0, 1), ("read", 1), ("write", 5, 0), ("write", 0, 7), ("read", -1), ("sing",)]),
            min_size=1,
            max_size=1,
        ),
        rules=st.lists(
            st.builds(lambda memory: {"name": ("a", "甲"), "memory": memory}, as_numpy(floats(2, 2, 3))), max_size=1
        ),
        alt=WORDS,
        labels=LABELS,
        dose=st.none(),
        words="data step steps memory",
    ),
    "teaching.figures.pixels.Pixels": row(
        data_is_plain,
        samples=st.lists(
            st.builds(
                lambda pixels, p: {"label": ("a", "甲"), "pixels": pixels, "probabilities": p},
                as_numpy(ints(2)),
                as_numpy(floats(2, 4)).map(lambda p: np.exp(p) / np.exp(p).sum(1, keepdims=True)),
            ),
            max_size=1,
        ),
        levels=st.just(4) | COUNT,
        alt=WORDS,
        labels=LABELS,
        words="data probabilities pixels",
    ),
    "teaching.figures.query.Query": row(
        data_is_plain,
        keys=as_numpy(floats(2, 2)) | FEW,
        values=as_numpy(floats(2, 2)),
        names=st.lists(TEXT, min_size=2, max_size=2),
        start=st.tuples(NUMBER, NUMBER),
        alt=WORDS,
        labels=LABELS,
        words="data",
    ),
    "teaching.figures.query.Query.read": row(
        lambda read, a: close(sum(read[0]), 1),
        self=st.builds(
            Query, st.just(np.eye(2)), st.just(np.eye(2)), st.just(["a", "b"]), st.just("c"), st.just(("a", "甲"))
        ),
    ),
    "teaching.figures.rich.Html": row(lambda html, a: html.plain == a.plain, records=st.none()),
    "teaching.figures.rich.html": row(
        lambda html, a: a.en in html.markup and a.zh in html.markup and kept_whole(html.markup),
        words="markup plain",
    ),
    "teaching.figures.rich.table": row(
        lambda table, a: kept_whole(table.markup),
        words="markup plain cells header",
        rows=st.lists(st.tuples(TEXT, NUMBER) | st.tuples(TEXT), max_size=2),
        header=st.just([("a", "甲"), ("b", "乙")]) | st.lists(WORDS, max_size=2),
        caption=st.none() | WORDS,
    ),
    "teaching.figures.rich.listing": row(
        lambda shown, a: shown.plain == a.source and kept_whole(shown.markup), words="markup plain"
    ),
    "teaching.figures.style.inked": row(lambda css, a: a.hue in css),
    "teaching.figures.style.subplots": row(
        lambda drawn, a: np.size(drawn[1]) == a.rows * a.columns,
        size=st.tuples(NUMBER, NUMBER) | st.just((3, 2)),
    ),
    "teaching.figures.surface.Surface": row(
        data_is_plain,
        surfaces=st.lists(st.tuples(WORDS, as_numpy(floats(3, 3)) | as_numpy(floats(2, 2))), max_size=2),
        quantity=WORDS,
        middle=WORDS,
        alt=WORDS,
        turn=st.sampled_from([0, 359, 360, -1]),
        tilt=st.sampled_from([0, 90, 91, -1]),
        labels=LABELS,
        words="data name",
    ),
    "teaching.figures.svg.show": row(
        lambda shown, a: kept_whole(shown.markup),
        fig=st.builds(lambda label: labelled(label), TEXT),
        alt=WORDS,
        zh=st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
        same=TEXTS,
        caption=st.none() | WORDS,
    ),
    "teaching.figures.tree.Tree": row(
        data_is_plain, **TREE, tasks=TASKS, alt=WORDS, labels=LABELS, words="data parent parents node values nodes"
    ),
    "teaching.figures.tree.Tree.search": row(
        lambda found, a: found[1] >= 0,
        self=st.builds(
            lambda: Tree(["a", "b", "c"], [-1, 0, 1], [{"wanted": "c", "goal": 2, "values": [1, 2]}], ("a", "甲"))
        ),
        cut=st.lists(st.sampled_from([0, 1, 2, 9, -1]), max_size=2),
    ),
    "teaching.figures.widget.plain": row(
        lambda data, a: kept_whole(repr(data)),
        value=st.recursive(
            TEXT | NUMBER | st.booleans() | floats(2, 2),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
            max_leaves=4,
        ),
        words="data",
    ),
    "teaching.figures.widget.Widget": row(
        data_is_plain, data=st.dictionaries(TEXT, TEXT | NUMBER, max_size=2), alt=WORDS, labels=LABELS
    ),
    "teaching.record.record": row(
        name=st.sampled_from(["depth-error", "depth", "Depth"]), value=NUMBER | TEXT, format=BRACED
    ),
    "teaching.record.formatted": row(lambda words, a: isinstance(words, str), value=NUMBER | TEXT, format=BRACED),
    "teaching.record.emit": row(records=st.none()),
    "teaching.text.Text.of": row(
        lambda text, a: kept_whole(text.html(), *text), value=PAIR | TEXT | TEXTS, words="must text surrogate"
    ),
    "teaching.text.needs_translation": row(lambda needs, a: needs in (True, False)),
    "teaching.text.spans": row(lambda html, a: a.en_html in html and a.zh_html in html),
    "teaching.text.in_language": row(
        lambda html, a: re.sub("<.*?>", "", html) == re.sub("<.*?>", "", a.markup),
        how=in_chinese,
        markup=st.just('<b lang="en">a</b><b lang="zh-Hant-TW" hidden>甲</b>') | TEXT,
    ),
    "teaching.text.attribute": row(
        lambda html, a: html.startswith(f"{a.name}=") and kept_whole(html), value=WORDS, words="must text surrogate"
    ),
}
REASONS: dict[str, str] = {
    "teaching.claims.claim": "needs words in a lesson; each refusal has its test in tests/teaching/test_claims.py",
}


def labelled(label: str) -> Any:
    figure, axes = subplots(size=(1, 1))
    axes.set_title(label)
    return figure
