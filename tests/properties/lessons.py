"""What the lessons' own worlds promise for any input, but for their figures and exercises; see `odd`."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from jielong.agents.worlds.four_rooms import FLOOR, FourRooms
from jielong.lessons.a_model_of_the_model.relations import RELATIONS
from jielong.lessons.a_reason_for_every_shape import vision
from jielong.lessons.a_reason_for_every_shape.towers import Towers
from jielong.lessons.an_internal_language import languages
from jielong.lessons.attention_by_hand.readers import Reader
from jielong.lessons.depth_and_length import piecewise
from jielong.lessons.erase_then_write.titans import Titans
from jielong.lessons.goal_look_act import clues, learners
from jielong.lessons.pictures_without_attention import painting, patches
from jielong.lessons.the_art_of_forgetting.hotel import Hotel, Ledger
from jielong.lessons.the_inner_theatre import website
from jielong.lessons.three_kinds_of_generalists import clock
from jielong.lessons.whom_to_believe import namesakes
from jielong.training import seeded

from tests.models import tiny
from tests.properties.odd import (
    COUNT,
    INF,
    NUMBER,
    PLAIN,
    SHARE,
    TEXT,
    TEXTS,
    Row,
    array,
    as_numpy,
    close,
    floats,
    ints,
    row,
)

STEPS = st.sampled_from([1, 2, 0])
MANY = st.sampled_from([1, 3, 0, -1, 9, 10**6])
TOWERS = st.builds(lambda: Towers(1, [0, 0], [0, 1]))
PIXELS = floats(4, 64)
PAGES = floats(2, 1, 12, 12)
LABELS = st.sampled_from([torch.tensor([0, 9]), torch.tensor([0, 10]), torch.tensor([-1, 3])])
LOT = vision.lot(0, count=4, asked=2)
LANGUAGE = st.sampled_from([0, 6, 7, -1])
MEANING = st.sampled_from([(0, 5, 10), (4, 8, 13), (14, 5, 10), (-1, 5, 10)])
MEANINGS = st.lists(MEANING, max_size=2) | st.just([(0, 5, 10), (1, 6, 9)])
TOLD = st.builds(functools.cache(lambda: tiny(vocabulary=languages.VOCABULARY)))
READER = st.sampled_from([{}, {"order": True, "attention": True}, {"rnn": True}]).map(
    lambda kind: seeded(lambda: Reader(width=4, **kind), 0)
)
SKILLS = st.lists(st.sampled_from(clock.SKILLS), max_size=3) | st.sampled_from(["later", ("dance",)]) | TEXTS
HOUR = st.sampled_from(["3", "XII", "十", "13", ""]) | TEXT
CLOCK = st.builds(functools.cache(lambda: tiny(vocabulary=len(clock.TOKENS))))
MADE = st.lists(
    st.lists(st.sampled_from([0, 1, 7]), min_size=5, max_size=5) | st.lists(st.sampled_from([0, 99, -1]), max_size=5),
    max_size=2,
) | st.just([[0, 1, 2, 3, 4], [1, 1, 1, 1, 1]])
HOTEL = st.builds(lambda flats: Hotel(rooms=4, flats=flats, guests=3, let=(1, 2), idle=1), st.sampled_from([2, 0]))
LOOK = st.sampled_from(["linear", "softmax", "nobody"]) | TEXT
PAINTER = st.sampled_from(["linear", "softmax", "nobody"]).map(
    lambda look: seeded(lambda: painting.Painter(look, width=8, heads=2), 0)
)
PICTURES = floats(2, 8, 8)
DIGIT = st.sampled_from([torch.tensor([0, 3]), torch.tensor([0, 4]), torch.tensor([-1, 0])])
PAGE = st.sampled_from([(), ("animals",), ("animals", "birds"), ("animals", "cake"), ("a", "b", "c")]) | TEXTS.map(
    tuple
)
PERSON = st.sampled_from([person for pair in namesakes.pairs() for person in pair])
NAMES = st.just([chr(65 + k) for k in range(6)]) | TEXTS


def of(room: str, **rows: Row) -> dict[str, Row]:
    return {f"lessons.{room}.{name.replace('__', '.')}": promise for name, promise in rows.items()}


def three(result: Any, a: Any) -> bool:
    """Endless batches."""
    return len(result) == 3


def told(titans: Any, *widths: int, **options: Any) -> Any:
    """What such a memory says."""
    memory = titans(*widths, **options)
    return memory.follow(*(torch.ones(3, width, dtype=torch.float64) for width in (widths[0], widths[-1])))


def stayed_in(hotel: Any, *settings: Any, **options: Any) -> Any:
    return hotel(*settings, **options).stay(2, 3, torch.Generator())


def called(function: Any, *arguments: Any) -> Any:
    """What a function that is handed out says."""
    return function(*arguments)(0)


TABLE: dict[str, Row] = {
    **of(
        "a_direction_for_no.voices",
        french=row(lambda share, a: 0 <= share <= 1),
        capitals=row(lambda share, a: 0 <= share <= 1),
    ),
    **of(
        "a_model_of_the_model.relations",
        Relation__mixed=row(
            lambda pairs, a: dict(pairs) == a.self.pairs, self=st.sampled_from(list(RELATIONS.values()))
        ),
    ),
    **of(
        "a_reason_for_every_shape.towers",
        ink=row(lambda both, a: len(both[0]) == a.count, sizes={"pixels": 64}, count=MANY),
        Towers=row(
            depth=st.sampled_from([1, 2, 0]),
            skips=st.lists(st.sampled_from([0, 1]), max_size=2),
            seeds=lambda made: st.just(range(len(made.skips))) | st.just([]),
        ),
        Towers__forward=row(passes_on=True, self=TOWERS, x=PIXELS, through="climb batch_norm"),
        losses=row(lambda loss, a: (loss >= 0).all(), passes_on=True, towers=TOWERS, x=floats(2, 64), y=LABELS),
        build=row(
            towers=TOWERS,
            x=floats(4, 64, calm=True) | floats(0, 64),
            y=st.just(torch.tensor([0, 1, 2, 3])),
            lr=st.just(1e-2) | NUMBER,
            steps=STEPS,
            batch=COUNT,
            words="loss",
            changes="towers",
        ),
        right=row(
            lambda share, a: ((share >= 0) & (share <= 1)).all() and a.x.isfinite().all(),
            towers=TOWERS,
            x=floats(2, 64) | floats(0, 64),
            y=lambda made: ints(len(made.x), calm=True),
            draws=60,
        ),
        raised=row(lambda taller, a: len(taller.layers) == 1 + a.extra, passes_on=True, towers=TOWERS, x=PIXELS),
        directions=row(
            lambda step, a: set(step) == {"entry", "layers", "head"},
            towers=TOWERS,
            which=st.sampled_from([0, 1, 2, -1]),
            given={"seed": st.sampled_from([0, 7])},
        ),
        surface=row(
            lambda heights, a: heights.shape == (a.side, a.side),
            passes_on=True,
            towers=TOWERS,
            which=st.sampled_from([0, 1, 2]),
            x=floats(2, 64),
            y=st.just(torch.tensor([0, 9])),
            given={"seed": st.sampled_from([0, 7])},
            side=st.sampled_from([3, 1, 0, -1]),
        ),
        downhill=row(
            lambda share, a: 0 <= share <= 1 and a.heights.isfinite().all(),
            heights=floats(3, 3) | floats(1, 1),
            words="side",
        ),
    ),
    **of(
        "a_reason_for_every_shape.vision",
        on_pages=row(
            lambda pages, a: close(pages.sum(), a.digits.sum()),
            passes_on=True,
            digits=floats(2, 8, 8),
            corners=ints(2, 2),
        ),
        lot=row(lambda lot, a: len(lot.train) == a.count, count=MANY, asked=MANY),
        as_matrix=row(
            lambda matrix, a: matrix.shape[1] == 2 * a.size**2,
            passes_on=True,
            kernel=floats(1, 2, 3, 3),
            size=st.sampled_from([3, 5, 2, -1]),
        ),
        Layer=row(
            kind=st.sampled_from(vision.KINDS) | TEXT, into=COUNT, out=COUNT, size=st.sampled_from([6, 5, 4, -1])
        ),
        Layer__forward=row(
            passes_on=True,
            self=st.sampled_from(vision.KINDS).map(lambda kind: seeded(lambda: vision.Layer(kind, 1, 2, 6), 0)),
            x=floats(2, 1, 6, 6),
        ),
        Eye=row(kind=st.sampled_from(vision.KINDS) | TEXT),
        Eye__forward=row(passes_on=True, self=st.builds(lambda: seeded(lambda: vision.Eye("shared"), 0)), pages=PAGES),
        cross_entropy=row(
            lambda loss, a: loss >= 0,
            passes_on=True,
            model=st.builds(lambda: seeded(lambda: vision.Eye("shared"), 0)),
            pages=PAGES,
            labels=LABELS,
        ),
        school=row(
            eye=st.builds(lambda: seeded(lambda: vision.Eye("shared"), 0)),
            lot=st.just(LOT),
            steps=STEPS,
            batch=COUNT,
            lr=st.just(1e-2) | NUMBER,
            words="loss",
            changes="eye",
        ),
        accuracy=row(
            lambda share, a: 0 <= share <= 1 and a.pages.isfinite().all(),
            eye=st.builds(lambda: seeded(lambda: vision.Eye("shared"), 0)),
            pages=PAGES | floats(0, 1, 12, 12),
            labels=lambda made: ints(len(made.pages), calm=True),
            draws=60,
        ),
    ),
    **of(
        "an_internal_language.languages",
        say=row(lambda ids, a: len(ids) == 3, meaning=MEANING, language=LANGUAGE),
        text=row(lambda text, a: len(text.split()) == len(a.ids), ids=PLAIN["list[int]"] | ints(3)),
        example=row(lambda ids, a: len(ids) == 8, meaning=MEANING, source=LANGUAGE, target=LANGUAGE, words="language"),
        translations=row(
            three,
            pairs=st.lists(st.tuples(LANGUAGE, LANGUAGE), max_size=2) | st.just([(0, 1)]),
            words="language",
        ),
        fluency=row(
            lambda share, a: 0 <= share <= 1,
            model=TOLD,
            pair=st.tuples(LANGUAGE, LANGUAGE),
            meanings=MEANINGS,
            words="language meaning",
        ),
        sentence_vectors=row(
            lambda x, a: x.shape == (len(a.meanings), 16),
            model=TOLD,
            language=LANGUAGE,
            meanings=MEANINGS,
            layer=COUNT,
            words="meaning first",
        ),
        found=row(
            lambda share, a: a.one.shape == a.other.shape and 0 <= share <= 1,
            one=floats(2, 4),
            other=floats(2, 4) | floats(3, 4),
        ),
    ),
    **of(
        "attention_by_hand.readers",
        task=row(lambda task, a: task.number == a.number),
        Reader=row(width=COUNT, hidden=st.none() | COUNT),
        Reader__forward=row(
            lambda result, a: result[0].shape == (len(a.ids), 1, 32),
            self=READER,
            ids=ints(2, 3) | ints(2, 1) | ints(2, 0),
            through="words",
        ),
        Reader__weights=row(lambda p, a: close(p.sum(-1), 1), self=READER, ids=ints(2, 3) | ints(2, 1)),
        practice=row(three),
        answer_loss=row(lambda loss, a: loss >= 0, reader=READER, ids=ints(2, 4) | ints(2, 1), learn=st.none()),
    ),
    **of(
        "between_the_layers.translations",
        translation_prompts=row(
            lambda found, a: len(found[1]) == len(found[2]) == 27 - len(set(a.examples)),
            source=st.sampled_from(["English", "Chinese"]) | TEXT,
            target=st.sampled_from(["French"]) | TEXT,
            examples=st.lists(st.sampled_from([0, 26, 27, -1]), max_size=2),
        ),
        check=row(
            given={"languages": st.fixed_dictionaries({"some": st.sampled_from(["English"]) | TEXT})}, words="some"
        ),
        word_tokens=row(
            lambda ids, a: len(ids) == len(a.rows),
            language=st.sampled_from(["English", "Chinese"]) | TEXT,
            rows=st.lists(st.sampled_from([0, 26, 27, -1]), max_size=2),
        ),
    ),
    **of("borrowed_hands.manuals", manuals=row(lambda some, a: len(some) == 1000, draws=3)),
    **of("borrowed_hands.server", add=row(lambda c, a: c == a.a + a.b), multiply=row(lambda c, a: c == a.a * a.b)),
    **of(
        "borrowed_hands.warehouse",
        sums=row(lambda some, a: all(errand.digits == a.digits for errand in some)),
        one_sum=row(name=st.sampled_from(["add", "multiply"]), digits=st.sampled_from([1, 9])),
        finds=row(lambda some, a: len({errand.question for errand in some}) == a.count, count=MANY | st.just(12)),
        worked=row(lambda some, a: len(some) == 4),
    ),
    **of(
        "depth_and_length.cups",
        puzzles=row(
            lambda moves, a: ((moves >= 0) & (moves < 6)).all() and a.length in (None, *range(1, 7)),
            sizes={"moves": 6},
            length=st.none() | st.sampled_from([1, 6, 9, 0, -1]),
        ),
        thoughts=row(
            lambda orders, a: ((orders >= 0) & (orders < 6)).all(),
            moves=ints(2, 6) | ints(2, 0),
            slip=st.none() | ints(2, calm=True),
            by=st.sampled_from([0, 3]),
        ),
        prompts=row(lambda ids, a: (ids - 6 == a.moves).all()),
        column=row(lambda ids, a: (ids == a.token).all()),
        cut_short=row(lambda both, a: len(both[0]) == a.count),
        looked_at_again=row(lambda both, a: len(both[0]) == a.count),
        lessons=row(three),
        spelled=row(lambda text, a: isinstance(text, str), ids=st.lists(st.sampled_from([0, 16, 17, -1]), max_size=3)),
    ),
    **of(
        "depth_and_length.piecewise",
        zigzag=row(
            lambda network, a: piecewise.pieces(network) == a.teeth**a.depth,
            teeth=st.sampled_from([1, 3, 0]),
            depth=st.sampled_from([1, 2, 0]),
            through="linear",
        ),
        corners=row(
            lambda x, a: (x.diff() > 0).all(),
            network=st.builds(lambda: piecewise.zigzag(3)),
            low=NUMBER | st.just(0.0),
            high=NUMBER | st.just(1.0),
        ),
        pieces=row(
            lambda count, a: 1 <= count <= 3,
            network=st.builds(lambda: piecewise.zigzag(3)),
            low=st.just(0.0),
            high=SHARE,
        ),
        width_for=row(
            lambda width, a: width >= 1, budget=st.sampled_from([100, 1000, 0, -1]), inputs=COUNT, depth=COUNT
        ),
        uniform=row(lambda x, a: x.abs().max() <= 1, shape=st.tuples(st.sampled_from([1, 2]))),
        ReluNetworks=row(),
        ReluNetworks__forward=row(
            passes_on=True, self=st.builds(lambda: piecewise.ReluNetworks(2, 3, 1)), x=floats(3, 4, 2)
        ),
        ReluNetworks__network=row(
            lambda network, a: len(network) == 3,
            self=st.builds(lambda: piecewise.ReluNetworks(2, 3, 1)),
            copy=st.sampled_from([0, 2, 3, -1]),
        ),
        learn=row(
            lambda errors, a: len(errors) == a.copies,
            target=st.just(lambda x: x.sum(-1)),
            inputs=COUNT,
            depth=COUNT,
            budget=st.sampled_from([50, 0]),
            steps=STEPS,
        ),
    ),
    **of(
        "depth_and_length.thinking",
        think=row(
            lambda ids, a: ids.shape[1] == a.ids.shape[1] + a.budget + 2,
            answer=st.sampled_from([5, 256, 257, -1]),
            dots=st.none() | st.sampled_from([1, 257]),
            temperature=st.just(0.0),
            generator=st.none(),
        ),
        say=row(lambda ids, a: (ids[:, -1] == a.word).all()),
        majority=row(lambda answers, a: answers.shape == a.answers.shape[:-1], answers=ints(2, 3) | ints(2, 0)),
    ),
    **of("erase_then_write.hotel", week=row(lambda week, a: week.times.sum() == a.count * a.lets)),
    **of(
        "erase_then_write.titans",
        Titans=row(
            how=told,
            widths=st.sampled_from([(2, 3), (2, 4, 3)]),
            step=NUMBER.filter(lambda step: not 1e15 < abs(step) < INF),
            momentum=SHARE,
            forget=SHARE,
            words="width",
        ),
        Titans__read=row(passes_on=True, self=st.builds(Titans, st.just(2), st.just(3)), k=floats(4, 2)),
        Titans__write=row(self=st.builds(Titans, st.just(2), st.just(3)), k=floats(2), v=floats(3), changes="self"),
        Titans__follow=row(
            passes_on=True,
            self=st.builds(Titans, st.just(2), st.just(3)),
            keys=floats(4, 2) | floats(0, 2),
            values=lambda made: floats(len(made.keys), 3),
            changes="self",
        ),
    ),
    **of(
        "goal_look_act.clues",
        searches=row(lambda some, a: len(some) == max(0, a.count)),
        shown=row(lambda steps, a: len(steps) >= 2 * len(a.examples), examples=st.just(clues.EXAMPLES)),
    ),
    **of(
        "goal_look_act.learners",
        q_learn=row(
            lambda table, a: table.shape == (len(FLOOR), 4),
            world=st.builds(FourRooms, st.just((1, 1))),
            steps=st.sampled_from([5, 0, -1]),
            table=st.none() | as_numpy(floats(len(FLOOR), 4)),
            changes="world",
        ),
        follow=row(
            lambda move, a: move in range(4) and np.isfinite(a.table).all(),
            how=called,
            table=as_numpy(floats(len(FLOOR), 4)),
        ),
        Told=row(),
        Told__forward=row(
            passes_on=True,
            self=st.builds(lambda: seeded(lambda: learners.Told(3, 4), 0)),
            points=floats(2, 3),
            places=ints(2, calm=True),
        ),
        learn_by_words=row(
            points=floats(2, 3) | floats(0, 3),
            goals=st.sampled_from([[(1, 1), (2, 2)], [(0, 0), (1, 1)], []]),
            steps=STEPS,
            words="goal",
        ),
        imitation_loss=row(
            passes_on=True,
            policy=st.builds(lambda: seeded(lambda: learners.Told(3, 4), 0)),
            points=floats(2, 3),
            places=ints(2, calm=True),
            right=st.just(torch.full((2, 4), 0.25).double()),
        ),
        shortest_moves=row(lambda right, a: close(right.sum(1), 1), goal=st.sampled_from([(1, 1), (0, 0)])),
        obey=row(
            lambda move, a: move in range(4) and a.point.isfinite().all(),
            how=called,
            policy=st.builds(lambda: seeded(lambda: learners.Told(3, 4), 0)),
            point=floats(3),
        ),
    ),
    **of("making_its_own_tools.broken", broken=row(lambda some, a: len(some) == 7 * max(0, a.last - a.first))),
    **of("making_its_own_tools.chores", later=row(lambda some, a: len(some) == a.count, count=MANY)),
    **of("notes_that_know_each_other.habits", habits=row(lambda some, a: len(some) == 48)),
    **of("notes_that_know_each_other.village", village=row(lambda village, a: len(village.triples) == 48)),
    **of(
        "pictures_without_attention.painting",
        lessons=row(three, batch=COUNT),
        Layer=row(width=st.sampled_from([4, 6, 0]), heads=st.sampled_from([2, 4, 0]), look=LOOK),
        Painter=row(
            lambda painter, a: len(painter.layers) == a.layers,
            look=LOOK,
            width=st.sampled_from([4, 0]),
            heads=st.sampled_from([2, 3, 0]),
            layers=st.sampled_from([1, 0, -1]),
            patch=st.sampled_from([2, 1, 0]),
        ),
        Painter__forward=row(
            lambda way, a: way.shape == a.x.shape,
            passes_on=True,
            self=PAINTER,
            x=PICTURES,
            t=floats(2),
            digit=DIGIT,
            through="linear softmax nobody norm Layer.forward",
        ),
        flow_loss=row(
            lambda loss, a: loss >= 0,
            passes_on=True,
            painter=PAINTER,
            picture=PICTURES,
            digit=DIGIT,
            noise=PICTURES,
            t=floats(2),
        ),
        train=row(look=LOOK, steps=STEPS, draws=6),
        draw=row(
            lambda drawn, a: len(drawn) == a.steps + 1,
            painter=PAINTER,
            digit=DIGIT,
            steps=st.sampled_from([2, 0, -1]),
            size=st.sampled_from([4, 8, 0]),
        ),
        papers=row(lambda share, a: ((share >= 0.5) & (share <= 1)).all() and a.drawn.isfinite().all(), drawn=PICTURES),
        on_white=row(
            lambda drawn, a: close(drawn.abs(), a.drawn.abs()) or (a.drawn[:, :, [0, -1]].mean((1, 2)) == 0).any(),
            passes_on=True,
            drawn=PICTURES,
        ),
        distance=row(
            lambda far, a: far >= -1e-6 * max(a.one.square().sum(), a.other.square().sum(), 1),
            one=floats(3, 2, 2),
            other=floats(4, 2, 2) | floats(1, 2, 2),
        ),
    ),
    **of(
        "pictures_without_attention.patches",
        Around=row(),
        Reader=row(
            lambda reader, a: len(reader.mixers) == a.layers and a.patch > 0,
            kind=st.sampled_from(["mamba", "out", "wide"]) | TEXT,
            width=st.sampled_from([4, 0]),
            heads=st.sampled_from([2, 0]),
        ),
        Reader__forward=row(
            passes_on=True,
            self=st.sampled_from(["mamba", "out", "wide"]).map(
                lambda kind: seeded(lambda: patches.Reader(kind, 2, width=8), 0)
            ),
            picture=PICTURES,
            through="Around.forward",
        ),
        train=row(kind=st.sampled_from(["out"]) | TEXT, patch=st.sampled_from([4, 0]), steps=STEPS, draws=6),
        reach=row(lambda positions, a: positions >= 1),
    ),
    **of(
        "remembering_too_much.diary",
        invent=row(lambda facts, a: len(facts) == 30),
        parts=row(lambda made, a: len(set(map(tuple, made))) == a.count, count=st.sampled_from([3, 0, -1, 10**9])),
        check=row(lambda _, a: all(len(one) == 5 for one in a.made), made=MADE),
        event=row(lambda text, a: text.endswith("."), made=MADE.map(lambda made: made[0] if made else [])),
        events=row(lambda texts, a: len(set(texts)) == a.count, count=st.sampled_from([3, 0, -1, 10**9])),
        lodgers=row(lambda some, a: len(some) == 20),
        switches=row(lambda table, a: close(table.sum(1), 6), made=MADE),
        composed=row(
            lambda points, a: close(points.norm(dim=1), 1) or not a.points.any(),
            passes_on=True,
            points=array("Float", [2, 4], torch.float32),
            made=MADE,
            more=MADE,
        ),
    ),
    **of(
        "the_art_of_forgetting.hotel",
        Hotel=row(
            lambda events, a: events.place.shape[0] == 2,
            how=stayed_in,
            draws=60,
            let=st.tuples(COUNT, COUNT) | st.just((1, 2)),
            rooms=COUNT,
        ),
        Hotel__stay=row(lambda events, a: events.place.shape[0] == a.count, self=HOTEL, through="opening day"),
        Hotel__stays=row(three, self=HOTEL),
        Hotel__questions=row(lambda both, a: both[0].shape == both[1].shape, self=HOTEL),
        Hotel__batches=row(three, self=HOTEL, words="asked"),
        Hotel__accuracy=row(
            lambda share, a: 0 <= share <= 1,
            self=st.builds(lambda: Hotel(rooms=6, guests=3)),
            model=st.just(lambda ids: (torch.nn.functional.one_hot(ids, 20).double(), None)),
            count=st.sampled_from([2, 0]),
        ),
        Ledger=row(
            hotel=HOTEL, device=st.none(), kinds=st.sampled_from([4, 1, 2]), channels=st.sampled_from([1, 2, 3])
        ),
        Ledger__accuracy=row(
            lambda shares, a: all(0 <= share <= 1 for share in shares),
            self=HOTEL.map(lambda hotel: Ledger(hotel, 4)),
            days=st.sampled_from([2, 0, -1]),
            words="flats",
        ),
    ),
    **of(
        "the_inner_theatre.website",
        check=row(lambda _, a: len(a.page) <= 2, page=PAGE),
        links=row(lambda names, a: all(website.check((*a.page, name)) is None for name in names), page=PAGE),
        words=row(lambda words, a: len(words) in (0, 4), page=PAGE),
    ),
    **of(
        "the_smallest_group.names",
        handing=row(
            lambda some, a: len(some) == max(0, a.n), given={"names": NAMES}, templates=st.just(["{} and {}, {} to"])
        ),
        halves=row(lambda both, a: sorted(both[0] + both[1]) == sorted(a.names), given={"names": NAMES}),
    ),
    **of(
        "three_kinds_of_generalists.clock",
        apply=row(lambda word, a: word in clock.WORDS, skill=st.sampled_from(clock.SKILLS) | TEXT, word=HOUR),
        encode=row(
            lambda ids, a: clock.decode(ids).split() == a.text.split(),
            text=st.sampled_from(["later roman : 3", "three"]) | TEXT,
        ),
        decode=row(
            lambda text, a: isinstance(text, str), ids=st.lists(st.sampled_from([0, 45, 46, -1]), max_size=3) | ints(3)
        ),
        steps=row(lambda text, a: len(text.split()) == 2 * len(a.skills), skills=SKILLS, word=HOUR, words="skill"),
        check=row(lambda _, a: not isinstance(a.skills, str), skills=SKILLS),
        prompt=row(
            lambda text, a: text == f"{' '.join(list(a.skills))} : {a.word}" and not isinstance(a.skills, str),
            skills=SKILLS,
            word=HOUR,
        ),
        texts=row(lambda some, a: all(ids.shape == (a.count, 2 * a.length + 2) for (ids,) in some)),
        instructions=row(
            lambda some, a: all(len(ids) == a.count for ids, *_ in some) and 0 <= a.smile <= 1,
            kinds=st.sampled_from([(clock.SINGLES,), (clock.SINGLES, clock.TRAINED), (), ([],)]),
            smile=SHARE,
            draws=60,
        ),
        batch=row(
            lambda both, a: both[1].sum(1).tolist() == [len(answer) for _, answer in a.rows],
            rows=st.lists(st.tuples(st.just([1, 2]), st.lists(st.just(3), max_size=2)), max_size=2),
        ),
        replies=row(
            lambda said, a: len(said) == len(a.requests),
            model=CLOCK,
            requests=st.lists(st.tuples(st.sampled_from([("later",), ("later", "roman")]), st.just("3")), max_size=2),
        ),
        obeys=row(
            lambda shares, a: all(0 <= share <= 1 for share in shares),
            model=CLOCK,
            kinds=st.just([("later",)]),
            given={"words": st.sampled_from([["3"], []])},
        ),
        mark=row(
            lambda mark, a: mark in (0, 1, 2),
            given={
                "row": st.sampled_from(
                    ["later : 3 later 4 end", "later : 3 later 4 ☺ end", "later : 3 end", "later", ""]
                ).map(clock.encode)
            },
        ),
        smiling=row(
            lambda share, a: 0 <= share <= 1,
            model=CLOCK,
            skills=st.just(("later",)) | st.just("later"),
            given={"words": st.sampled_from([["3"], []])},
        ),
    ),
    **of("three_kinds_of_generalists.questions", takes_up=row(lambda yes, a: yes in (True, False))),
    **of(
        "three_kinds_of_generalists.sentences",
        sentences=row(lambda some, a: some.ids.shape == (a.count, 8)),
        text=row(lambda text, a: len(text.split()) == len(a.ids), ids=PLAIN["list[int]"] | ints(3)),
    ),
    **of(
        "whom_to_believe.documents",
        instead=row(lambda three, a: len(three) == 3, country=st.sampled_from(["France", "Japan"]) | TEXT),
        nowhere=row(lambda pairs, a: len(pairs) == a.n),
        moved=row(lambda year, a: abs(year - a.year) == abs(a.distance)),
    ),
    **of(
        "whom_to_believe.namesakes",
        document=row(
            lambda text, a: all(fact in text for fact in a.person.facts()), person=PERSON, named=st.none() | TEXT
        ),
        prompt=row(lambda text, a: text.endswith(a.person.job), person=PERSON),
    ),
    **of("yesterday_helps.desks", letters=row(lambda both, a: len(both[1]) == 6 * a.each, each=MANY)),
    **of("yesterday_helps.errands", errands=row(lambda some, a: len(some) == 4 * a.each, each=MANY)),
}
REASONS: dict[str, str] = {
    "lessons.making_its_own_tools.broken.one_out": "makes the table of breaks, at import",
}
