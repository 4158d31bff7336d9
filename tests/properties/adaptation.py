"""What changing a model promises for any input: training, editing, detours, merging; see `odd`."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from jielong.adaptation.editing import Edit
from jielong.adaptation.finetuning import Fact
from jielong.adaptation.lora import Lora
from jielong.adaptation.preference import Preferences
from jielong.adaptation.upper import Upper
from jielong.training import IGNORE
from torch import Tensor, nn

from tests.models import tiny
from tests.properties.odd import (
    NUMBER,
    PLAIN,
    SHARE,
    TEXT,
    TEXTS,
    WORD,
    Row,
    array,
    byte_tokenizer,
    close,
    floats,
    ints,
    row,
    small,
)

DOUBLE = st.builds(lambda: small().double())
RATE = st.sampled_from([1e-2, 1e-3]) | NUMBER
STEPS = st.sampled_from([1, 2, 0, -1])
LAYER = st.sampled_from([0, 2, 1, 3, -1])
MASK = array("Bool", [2, 3], torch.float64)
IDS = ints(2, 3) | ints(2, 1) | ints(0, 3)
FACTS = st.lists(st.builds(Fact, WORD | TEXT, WORD | TEXT), max_size=2)
EDITS = st.lists(
    st.builds(Edit, st.just("ab"), st.sampled_from(["x{} is", "{}", "none", "{}{}"]), WORD | TEXT), max_size=2
)
ROWS = st.lists(
    st.tuples(st.lists(st.integers(0, 9), max_size=2), st.lists(st.integers(0, 9), min_size=1, max_size=2)), max_size=2
)
WEIGHTS = st.dictionaries(st.sampled_from(["a", "b"]), floats(2, 3) | floats(2), min_size=1, max_size=2) | st.builds(
    lambda x: {"a": x}, floats(2, 3)
)
ONE = st.builds(lambda x: {"a": x}, floats(2, 3))
PAIRS = st.builds(
    lambda chosen, rejected, answer: Preferences(chosen, answer, rejected, answer),
    ints(2, 3),
    ints(2, 3),
    st.sampled_from(
        [
            torch.tensor([[False, True, True]] * 2),
            torch.tensor([[False, False, True]] * 2),
            torch.zeros(2, 3, dtype=torch.bool),
        ]
    ),
)
LINEAR = st.builds(lambda: nn.Linear(4, 3).double())


def names(weights: dict[str, Tensor], *others: dict[str, Tensor]) -> bool:
    return all(weights.keys() == other.keys() for other in others)


def edited(block: Any, linear: nn.Linear, weight: Tensor) -> Tensor:
    before = linear.weight.clone()
    with block(linear, weight):
        within = linear.weight.clone()
    assert torch.equal(linear.weight, before), "the matrix of before does not come back"
    return within


def merged_and_back(unmerge: Any, model: nn.Module, taken: Any) -> Any:
    return unmerge(model, taken)


TABLE: dict[str, Row] = {
    "adaptation.answering.marked_loss": row(
        lambda loss, a: loss >= 0,
        ids=IDS,
        padding=ints(2, calm=True).map(torch.zeros_like) | ints(2),
        learn=lambda made: array("Bool", list(made.ids.shape), torch.float64),
    ),
    "adaptation.answering.practise": row(
        lambda losses, a: len(losses) == a.steps,
        model=DOUBLE,
        prompts=TEXTS | st.just(["a", "bc"]),
        answers=lambda made: st.just(["x"] * len(made.prompts)) | TEXTS,
        steps=STEPS,
        lr=RATE,
        parameters=st.none(),
        changes="model",
        words="rows learn loss ids",
        draws=60,
    ),
    "adaptation.answering.rounds": row(lambda batches, a: len(batches) == 3, rows=ROWS, changes="rows"),
    "adaptation.answering.marked": row(
        lambda batch, a: batch[2].sum(1).tolist() == [len(answer) for _, answer in a.rows],
        rows=ROWS,
        device=st.just("cpu"),
    ),
    "adaptation.classifiers.cover": row(
        lambda covered, a: ((covered[1] == IGNORE) | (covered[1] == a.ids)).all(), share=SHARE
    ),
    "adaptation.classifiers.masked_loss": row(
        lambda loss, a: loss >= 0,
        model=st.builds(lambda: tiny(causal=False)),
        target=lambda made: array("Int", list(made.ids.shape), torch.float64).flatmap(
            lambda x: st.sampled_from([x, torch.full_like(x, IGNORE)])
        ),
    ),
    "adaptation.classifiers.covered_batches": row(lambda batches, a: len(batches) == 3, share=SHARE),
    "adaptation.classifiers.read": row(
        lambda x, a: x.shape == (*a.ids.shape, 16), encoder=st.builds(lambda: tiny(causal=False))
    ),
    "adaptation.classifiers.fit_head": row(
        lambda head, a: head.out_features == a.classes,
        steps=STEPS,
        classes=st.sampled_from([4, 2, 0, -1]),
        words="loss",
    ),
    "adaptation.classifiers.head_loss": row(
        lambda loss, a: loss >= 0, passes_on=True, head=LINEAR, vectors=floats(2, 4), labels=ints(2) | ints(0)
    ),
    "adaptation.classifiers.accuracy": row(
        lambda p, a: 0 <= p <= 1,
        head=LINEAR,
        vectors=floats(2, 4) | floats(0, 4),
        labels=lambda made: ints(len(made.vectors)),
    ),
    "adaptation.editing.memory": row(layer=LAYER, model=PLAIN["LanguageModel"]),
    "adaptation.editing.keys": row(lambda keys, a: keys.shape == (*a.ids.shape, 24), layer=LAYER, padding=st.none()),
    "adaptation.editing.second_moment": row(lambda c, a: close(c, c.T), layer=LAYER, words="time"),
    "adaptation.editing.rank_one": row(
        lambda w, a: ((w @ a.key - a.value).abs() <= 1e-4 * (a.weight.abs() @ a.key.abs() + a.value.abs())).all(),
        weight=floats(3, 4),
        key=floats(4),
        value=floats(3),
        moment=st.just(torch.eye(4).double()) | floats(4, 4),
    ),
    "adaptation.editing.wide": row(lambda y, a: close(y, a.x), passes_on=True),
    "adaptation.editing.wished_values": row(
        lambda found, a: len(found[0]) == len(a.edits),
        edits=EDITS,
        layer=LAYER,
        steps=STEPS,
        lr=RATE,
        decay=st.just(1e-3) | NUMBER,
        words="words subject template prompt",
        model=st.builds(small),
        tokenizer=st.builds(byte_tokenizer),
        through="add_at",
    ),
    "adaptation.editing.edited": row(
        lambda within, a: torch.equal(within, a.weight), how=edited, linear=LINEAR, weight=floats(3, 4) | floats(2, 4)
    ),
    "adaptation.finetuning.teach": row(
        lambda losses, a: len(losses) == a.steps,
        model=DOUBLE,
        new=FACTS,
        old=FACTS,
        steps=STEPS,
        lr=RATE,
        parameters=st.none(),
        changes="model",
        words="words rows loss ids learn",
        through="lessons",
    ),
    "adaptation.lora.Lora": row(
        lambda lora, a: close(lora(torch.ones(1, 4).double()), a.linear(torch.ones(1, 4).double())),
        linear=LINEAR,
        generator=st.none(),
        through="check first_entries",
    ),
    "adaptation.lora.Lora.forward": row(
        lambda y, a: close(y, a.self.merged()(a.x)),
        passes_on=True,
        self=st.builds(lambda: Lora(nn.Linear(4, 3).double(), 2, 8.0)),
        x=floats(2, 4),
    ),
    "adaptation.lora.add_lora": row(
        lambda found, a: len(found) > 0,
        model=st.builds(small),
        targets=st.just(["q"]) | TEXTS,
        changes="model",
        through="last",
    ),
    "adaptation.lora.unmerge_lora": row(
        how=merged_and_back,
        model=st.builds(small),
        taken=st.dictionaries(
            st.sampled_from(["embed", "blocks.0.mixer.q"]),
            st.builds(lambda: Lora(nn.Linear(16, 16), 2, 8.0)),
            max_size=1,
        ),
        words="merge_lora",
    ),
    "adaptation.merging.task_vector": row(
        lambda vector, a: names(vector, a.tuned, a.base),
        tuned=ONE | WEIGHTS,
        base=ONE | WEIGHTS,
        through="check numbers",
    ),
    "adaptation.merging.combine": row(
        lambda weights, a: names(weights, a.base),
        base=ONE,
        vectors=st.lists(ONE | WEIGHTS, max_size=2),
        coefficients=lambda made: (
            st.lists(SHARE, min_size=len(made.vectors), max_size=len(made.vectors)) | PLAIN["Sequence[float]"]
        ),
        words="vectors result",
        through="named",
    ),
    "adaptation.merging.length": row(lambda length, a: length >= 0, vector=WEIGHTS),
    "adaptation.merging.random_task_vector": row(
        lambda vector, a: all(close(vector[name].norm(), a.vector[name].norm()) for name in vector),
        vector=WEIGHTS,
        words="result",
    ),
    "adaptation.merging.trim": row(
        lambda kept, a: ((kept == 0) | (kept == a.values)).all(), values=floats(2, 3), keep=SHARE, words="trim"
    ),
    "adaptation.merging.ties": row(
        lambda vector, a: names(vector, *a.vectors), vectors=st.lists(ONE, max_size=3), keep=SHARE, words="trim"
    ),
    "adaptation.preference.answer_mask": row(
        lambda mask, a: mask.shape == a.ids.shape and not mask[:, : a.start].any()
    ),
    "adaptation.preference.preference_loss": row(
        lambda loss, a: loss.isfinite(),
        pairs=PAIRS,
        reference=floats(2),
        beta=NUMBER,
        anchor=NUMBER,
        words="answer ids",
    ),
    "adaptation.preference.compare": row(
        lambda pairs, a: pairs.chosen.shape[0] == pairs.rejected.shape[0],
        prompts=st.lists(ints(2, 2), max_size=2),
        score=st.sampled_from([lambda row: float(row.sum()), lambda row: 0.0, lambda row: float("nan")]),
        end=st.sampled_from([256, -1]),
        words="ids rows",
    ),
    "adaptation.preference.prefer": row(
        lambda losses, a: len(losses) == a.steps,
        model=DOUBLE,
        pairs=PAIRS,
        steps=STEPS,
        lr=RATE,
        beta=st.just(0.3) | NUMBER,
        anchor=st.just(1.0) | NUMBER,
        changes="model",
        words="answer ids loss",
    ),
    "adaptation.upper.Upper": row(lambda upper, a: upper.config.layers == 3 - a.first, whole=st.builds(small)),
    "adaptation.upper.Upper.hidden": row(
        lambda result, a: (
            close(result[0], a.self.whole.hidden(a.ids, None, a.padding)[0], 1e-3) if a.padding is None else True
        ),
        self=st.builds(lambda: Upper(small(), 1)),
        state=st.none(),
        padding=st.none() | ints(2),
        changes="self",
        through="remember",
    ),
    "adaptation.weights.put_back": row(
        lambda _, a: all(
            torch.equal(a.model.get_parameter(name), value.float()) or not value.isfinite().all()
            for name, value in a.weights.items()
        ),
        model=st.builds(lambda: nn.Linear(3, 2)),
        weights=st.dictionaries(st.sampled_from(["weight", "bias", "a", ""]), floats(2, 3) | floats(2), max_size=2),
        changes="model",
    ),
    "adaptation.weights.changed": row(
        lambda count, a: count >= 0,
        model=st.builds(lambda: nn.Linear(3, 2).double()),
        weights=st.dictionaries(st.sampled_from(["weight", "bias", "a"]), floats(2, 3) | floats(2), max_size=2),
        through="bit_patterns",
    ),
    "adaptation.weights.known": row(
        lambda _, a: set(a.weights) <= {"weight", "bias"},
        model=st.builds(lambda: nn.Linear(3, 2)),
        weights=st.dictionaries(st.sampled_from(["weight", "a"]), floats(2), max_size=2),
    ),
}
REASONS: dict[str, str] = {}
