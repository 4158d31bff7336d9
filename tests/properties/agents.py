"""What an agent's rooms promise for any input: chats, tools, memory, planning and worlds; see `odd`."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import numpy as np
import tokenizers
import torch
from hypothesis import strategies as st
from jielong.agents.chat.local import LocalChat
from jielong.agents.chat.messages import Choice, Message, Pattern, Schema, Tool, ToolCall
from jielong.agents.interruption import Moment
from jielong.agents.loop import Agent, Goal, Limits, Run
from jielong.agents.memory import workflows
from jielong.agents.memory.experience import Habit, Outcome
from jielong.agents.memory.notes import Notes
from jielong.agents.memory.retrieval import Reader
from jielong.agents.memory.store import Memory, Record
from jielong.agents.planning import walking, world_model
from jielong.agents.tools.repairing import EDITS
from jielong.agents.tools.tool import Toolbox
from jielong.agents.tools.tool_making import Library
from jielong.agents.tools.tool_retrieval import Selector
from jielong.agents.worlds import games, towns
from jielong.agents.worlds.four_rooms import FLOOR, FourRooms
from jielong.tokenizer import Tokenizer
from tokenizers import models, pre_tokenizers

from tests.agents.scripted import Script, asks, says
from tests.letters import letters
from tests.properties.odd import (
    COUNT,
    INF,
    NAN,
    NUMBER,
    SEED,
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
)

MESSAGES = st.lists(
    st.builds(Message, role=st.sampled_from(["system", "user", "assistant", "tool"]), content=TEXT), max_size=2
)
TOOL = Tool(name="add", description="Adds.", parameters={"type": "object", "properties": {}})
TOOLS = st.sampled_from([(), (TOOL,)])
FORM = st.none() | st.sampled_from(
    [
        Choice(options=("yes", "no")),
        Pattern(regex="[a-c]+"),
        Pattern(regex="("),
        Schema(json_schema={"type": "integer"}),
    ]
)
CALL = (
    st.sampled_from(
        [
            '{"name":"add","arguments":{}}',
            '{"name":[],"arguments":{}}',
            '{"name":"add","arguments":[]}',
            "[1]",
            "null",
            "NaN",
        ]
    )
    | TEXT
)
CHAT = st.builds(lambda: LocalChat(shared(), byte_tokenizer()))
SAID = st.lists(
    st.builds(Moment, st.sampled_from(["go", "stop", None]), st.sampled_from(["go", None]), st.sampled_from([1, None])),
    max_size=4,
)
OUTCOMES = st.lists(st.builds(Outcome, TEXT, TEXT, st.booleans(), st.sampled_from([0, 1])), max_size=3)
STREAM = st.lists(st.tuples(WORD, st.sampled_from(["a", "b"])), min_size=2, max_size=2)
EDGES = st.lists(st.tuples(WORD | TEXT, WORD), max_size=4)
BOARD = st.sampled_from([games.EMPTY, "XOXOXOOXO", "XX OO    ", "XXX OO   ", "X", "XOXOXOXO?"]) | TEXT
RUN = st.builds(workflows.Run, st.just("fetch the cup"), st.sampled_from([("a", "b"), ("b", "a"), ("a",), ("z", "a")]))
CELL = st.tuples(st.sampled_from([0, 1, 7, -1, 99]), st.sampled_from([0, 1, 7, -1]))
MOVE = st.sampled_from([0, 1, 2, 3, 4, -1, 10**9])
MAP = (
    as_numpy(array("Bool", [5, 5], torch.float64))
    | as_numpy(array("Bool", [2, 3], torch.float64))
    | as_numpy(array("Bool", [0, 0], torch.float64))
)
OPEN = np.zeros((5, 5), bool)
TOWN = st.builds(lambda: towns.town(0, rooms=2))
CASTLE = st.builds(lambda: towns.castle(0, 8, frozenset({1, 2}), size=3))
DANGERS = st.builds(lambda: world_model.Dangers.told([0.5] * 8))
SEEN = st.builds(
    lambda cell: {"place": np.array(cell), "open": np.ones(4, np.int8)}, st.tuples(st.integers(0, 3), st.integers(0, 3))
)
WALKER = st.sampled_from([walking.NoPlan, walking.Planner]).map(lambda kind: kind(OPEN.copy()))
PROGRAM = (
    st.sampled_from(
        [
            "for i in range(3)\n    print(i)",
            "print((1)",
            "print('a + b)",
            "if 1:\nprint(2)",
            "math.pi",
            "print('a' + 1)",
            "lenght = 1\nprint(length)",
        ]
    )
    | TEXT
)
SETTINGS = st.fixed_dictionaries(
    {"form": FORM}, optional={"temperature": NUMBER, "seed": SEED, "tools": TOOLS, "must_call": st.booleans()}
)


def embed(texts: Any) -> torch.Tensor:
    """Texts as points: how many of their bytes leave which rest."""
    points = [
        np.bincount(np.frombuffer(text.encode("utf-8", "replace"), np.uint8) % 4, minlength=4) + 1.0 for text in texts
    ]
    return torch.tensor(np.array(points).reshape(-1, 4), dtype=torch.float32)


EMBED = st.just(embed)


def memory(*texts: str) -> Memory:
    made = Memory(":memory:", embed, width=4)
    made.write(texts)
    return made


STORE = st.sampled_from([(), ("a", "cat"), ("台北", "", "a")]).map(lambda texts: memory(*texts))


def notes(*texts: str) -> Notes:
    made = Notes(embed)
    for text in texts:
        made.write(text, text.split())
    return made


NOTES = st.sampled_from([("a b", "b c", "d"), ("a",), ()]).map(lambda texts: notes(*texts))


def agent(*replies: Any) -> Agent:
    def add(a: int) -> int:
        "Adds one."
        return a + 1

    return Agent(Script(*replies), Toolbox([add]), Limits(seconds=20))


def library(*names: str) -> Library:
    made = Library(embed)
    for name in names:
        made.keep(name, f"{name}s", "return x")
    return made


def of_words() -> Tokenizer:
    """A tokenizer whose tokens are the words that stand for edits."""
    words = {word: number for number, word in enumerate(["<unk>", "wrong", *(word for word, _ in EDITS.values())])}
    library = tokenizers.Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    library.pre_tokenizer = pre_tokenizers.Whitespace()
    return Tokenizer(library, "", end="<unk>")


def lived(live: Any, *arguments: Any, **options: Any) -> Any:
    return asyncio.run(live(*arguments, **options))


def way_of(result: Any, a: Any) -> bool:
    """A way leads from its start to its goal, cell by cell."""
    way, looked = result
    return looked >= 0 and (
        way == []
        or (
            way[0] == a.start
            and way[-1] == a.goal
            and all(walking.distance(x, y) == 1 for x, y in itertools.pairwise(way))
        )
    )


def is_board(board: Any, a: Any) -> bool:
    return len(board) == 9 and not set(board) - set("XO ")


def changed_little(program: str, a: Any) -> bool:
    """An edit keeps all lines, but for one that it may put in front."""
    return len(program.split("\n")) - len(a.program.split("\n")) in (0, 1)


TABLE: dict[str, Row] = {
    # chat
    "agents.chat.local.LocalChat.reply": row(
        lambda reply, a: reply.written <= a.max_tokens,
        self=CHAT,
        messages=MESSAGES,
        max_tokens=st.sampled_from([3, 1, 0, -1]),
        options=SETTINGS,
        words="max_new temperature form ids rows",
        changes="self",
        through="read write guide understand json_grammar",
    ),
    "agents.chat.local.LocalChat.replies": row(
        lambda replies, a: len(replies) == len(a.conversations),
        self=CHAT,
        conversations=st.lists(MESSAGES, max_size=2),
        max_tokens=st.sampled_from([2, 0, -1]),
        options=st.just({}),
        words="max_new ids rows",
        changes="self",
        through="read_shared",
    ),
    "agents.chat.local.LocalChat.stream": row(
        lambda pieces, a: "".join(pieces).encode() is not None,
        self=CHAT,
        messages=MESSAGES,
        max_tokens=st.sampled_from([3, 0, -1]),
        words="max_new ids",
        changes="self",
    ),
    "agents.chat.local.LocalChat.plain": row(lambda text, a: "<|im_end|>" not in text, self=CHAT),
    "agents.chat.local.called": row(lambda call, a: call is None or call.name == "add", text=CALL, tools=TOOLS),
    "agents.chat.local.cut": row(
        lambda state, a: state.length == a.length, state=st.builds(lambda: shared().hidden(torch.tensor([[1, 2]]))[1])
    ),
    "agents.chat.messages.few_shot": row(
        lambda messages, a: messages[-1].role == "user" and "".join(m.content for m in messages).encode() is not None,
        examples=st.lists(st.tuples(TEXT, TEXT), max_size=2),
        said=st.tuples(TEXT),
    ),
    "agents.chat.recorded.request": row(
        lambda text, a: text.encode() is not None,
        messages=MESSAGES,
        options=st.fixed_dictionaries({"seed": SEED, "form": FORM}),
    ),
    "agents.chat.remote.RemoteChat": row(
        base_url=st.just("http://localhost:9/v1"), api_key=st.just("none"), timeout=NUMBER
    ),
    # hearing and acting
    "agents.interruption.never": row(lambda yes, a: yes is False),
    "agents.interruption.always": row(lambda yes, a: yes is True),
    "agents.interruption.live": row(
        lambda diary, a: len(diary) == max(0, a.until),
        how=lived,
        begin=st.just(lambda words: iter(range(len(words)))),
        said=st.dictionaries(COUNT, TEXT, max_size=3),
        interrupts=st.sampled_from([lambda said: True, lambda said: False]),
        through="speak work",
    ),
    "agents.interruption.moment_of": row(
        lambda when, a: a.diary[when].said == a.said, diary=SAID, said=st.sampled_from(["go", "stop"]) | TEXT
    ),
    "agents.interruption.reaction": row(
        lambda moments, a: moments is None or abs(moments) < len(a.diary),
        diary=SAID,
        said=st.sampled_from(["go", "stop"]) | TEXT,
    ),
    "agents.interruption.wasted": row(
        lambda pieces, a: 0 <= pieces <= len(a.diary), diary=SAID, said=st.sampled_from(["go", "stop"]) | TEXT
    ),
    "agents.loop.Run.messages": row(
        lambda messages, a: len(messages) == 2, self=st.builds(lambda text: Run(steps=[Goal(text=text)]), TEXT)
    ),
    "agents.loop.Agent": row(chat=st.just(Script()), tools=st.builds(Toolbox), limits=st.none()),
    "agents.loop.Agent.run": row(
        lambda run, a: str(Run.model_validate_json(run.model_dump_json())) == str(run),
        self=st.builds(lambda text, given: agent(asks("add", a=given), says(text)), TEXT, NUMBER | TEXT),
        tell=st.just(lambda step: None),
        changes="self",
        through="turns turn within",
    ),
    # memory
    "agents.memory.experience.Habit": row(read=st.just("newest"), keep=st.just("all"), past=OUTCOMES),
    "agents.memory.experience.Habit.recall": row(
        lambda some, a: len(some) <= a.self.count,
        words="point",
        self=st.builds(
            Habit,
            st.sampled_from(["nothing", "newest", "random", "nearest"]),
            st.sampled_from([1, 2]),
            st.just("all"),
            st.booleans(),
            OUTCOMES,
        ),
        points=floats(2, 3),
    ),
    "agents.memory.experience.shown": row(lambda text, a: text.endswith(f"{a.text} ->"), outcomes=OUTCOMES),
    "agents.memory.experience.live": row(
        lambda lives, a: len(lives["x"]) == max(0, len(a.stream) - a.start),
        labels=st.just(["a", "b"]) | TEXTS,
        stream=STREAM,
        points=floats(2, 3),
        habits=st.builds(lambda: {"x": Habit()}),
        changes="habits",
        words="words",
    ),
    "agents.memory.experience.neighbour": row(
        lambda hits, a: len(hits) == max(0, len(a.stream) - a.start), stream=STREAM, points=floats(2, 3)
    ),
    "agents.memory.graph.named": row(
        lambda nodes, a: all(node in a.question for node in nodes),
        edges=EDGES,
        question=st.just("Where is a cat?") | TEXT,
    ),
    "agents.memory.graph.walk": row(
        lambda near, a: len(near) <= a.k and len(set(near)) == len(near),
        edges=EDGES,
        start=st.lists(WORD, max_size=1),
        damping=SHARE,
    ),
    "agents.memory.graph.rewired": row(
        lambda edges, a: sorted(b for _, b in edges) == sorted(b for _, b in a.edges), edges=EDGES
    ),
    "agents.memory.graph.keywords": row(
        lambda chosen, a: all(len(some) <= a.n for some in chosen),
        texts=st.lists(st.just("Ada paints") | TEXT, max_size=2),
        words="words prompts",
    ),
    "agents.memory.graph.extract": row(
        lambda said, a: len(said) == len(a.texts),
        chat=TEXTS.map(lambda texts: Script(*[says(text) for text in [*texts, "a | b | c", "", ""]])),
    ),
    "agents.memory.graph.split": row(lambda parts, a: len(parts) == 3),
    "agents.memory.notes.Notes": row(embed=EMBED),
    "agents.memory.notes.Notes.write": row(
        lambda number, a: a.self.says(number).encode() is not None, self=NOTES, changes="self"
    ),
    "agents.memory.notes.Notes.says": row(self=NOTES, number=st.sampled_from([0, 1, 2, 9, -1])),
    "agents.memory.notes.Notes.nearest": row(
        lambda numbers, a: len(numbers) == min(a.k, len(a.self.texts)), self=NOTES, changes="self"
    ),
    "agents.memory.notes.Notes.read": row(
        lambda numbers, a: len(numbers) <= a.k, self=NOTES, links=st.none(), changes="self"
    ),
    "agents.memory.notes.Notes.shuffled": row(
        lambda links, a: list(map(len, links)) == list(map(len, a.self.links)), self=NOTES
    ),
    "agents.memory.paging.answer": row(
        lambda turn, a: turn.question == a.question,
        chat=st.builds(lambda text: Script(says(f"search({text})"), says(text)), TEXT),
        find=st.just(lambda query: [query]),
    ),
    "agents.memory.reflection.chains": row(
        lambda pairs, a: all(one in a.texts and two in a.texts for one, two in pairs),
        texts=st.lists(st.sampled_from(["Ada knows Ben.", "Ben paints.", "."]) | TEXT, max_size=3),
    ),
    "agents.memory.retrieval.newest_that_fit": row(
        lambda records, a: sum(len(record.text) + 1 for record in records) <= max(0, a.tokens), memory=STORE
    ),
    "agents.memory.retrieval.Reader": row(),
    "agents.memory.retrieval.Reader.__call__": row(
        lambda said, a: len(said) == len(a.openings),
        self=st.builds(lambda: Reader(shared(), byte_tokenizer(), ["a", "b"])),
        records=lambda made: st.just([[Record(id=1, text="a", meta={})]]),
        openings=st.just(["x"]) | st.lists(TEXT, min_size=1, max_size=1),
        changes="self",
        words="prompts",
    ),
    "agents.memory.store.Memory": row(
        lambda store, a: len(store) == 0,
        path=st.just(":memory:"),
        embed=EMBED,
        through="Memory.value",
    ),
    "agents.memory.store.Memory.write": row(
        lambda ids, a: len(ids) == len(a.texts) and all(a.self.get(id).text.encode() is not None for id in ids),
        self=STORE,
        meta=st.none() | st.lists(st.dictionaries(TEXT, NUMBER, max_size=1), max_size=2),
        points=st.none() | floats(2, 4),
        words="argument",
        changes="self",
        through="blobs",
    ),
    "agents.memory.store.Memory.rewrite": row(
        lambda _, a: a.self.get(a.id).text.encode() is not None,
        self=STORE,
        meta=st.none(),
        refuses=(KeyError,),
        words="record",
        changes="self",
    ),
    "agents.memory.store.Memory.forget": row(
        lambda _, a: not {record.id for record in a.self.all()} & set(a.ids), self=STORE, changes="self"
    ),
    "agents.memory.store.Memory.nearest": row(
        lambda records, a: len(records) == min(a.k, len(a.self)),
        self=STORE,
        k=COUNT | st.just(5000),
        through="records",
    ),
    "agents.memory.store.Memory.near": row(
        lambda records, a: len(records) == min(a.k, len(a.self)),
        self=STORE,
        point=floats(4) | floats(3),
        words="points",
    ),
    "agents.memory.store.Memory.recent": row(lambda records, a: len(records) == min(a.k, len(a.self)), self=STORE),
    "agents.memory.store.Memory.sample": row(
        lambda records, a: len({record.id for record in records}) == min(a.k, len(a.self)), self=STORE
    ),
    "agents.memory.store.Memory.get": row(
        lambda record, a: record.id == a.id, self=STORE, refuses=(KeyError,), words="record"
    ),
    "agents.memory.workflows.blanked": row(
        lambda words, a: all(w in (x, "X") for w, x in zip(words, a.one, strict=True))
    ),
    "agents.memory.workflows.fill": row(lambda run, a: len(run.steps) == len(a.recipe.steps), recipe=RUN),
    "agents.memory.workflows.tries": row(
        lambda tries, a: (tries >= 1).all(),
        menu=st.just(["a", "b"]) | TEXTS,
        runs=st.lists(RUN, max_size=2),
        notes=lambda made: st.just([""] * len(made.runs)) | TEXTS,
        words="words menu",
        tokenizer=st.builds(letters),
        through="laid_out",
    ),
    "agents.memory.worth_keeping.worth": row(
        lambda worths, a: len(worths) == len(a.texts), words="prompts", examples=st.just([("a", True)])
    ),
    "agents.memory.worth_keeping.line": row(
        lambda line, a: a.worths.min() <= line <= a.worths.max(),
        worths=floats(3) | floats(1),
        wanted=array("Bool", [3], torch.float64),
    ),
    "agents.memory.worth_keeping.separation": row(
        lambda p, a: 0 <= p <= 1, worths=floats(3), wanted=array("Bool", [3], torch.float64)
    ),
    # planning
    "agents.planning.search.cheapest": row(
        way_of,
        start=CELL,
        goal=CELL,
        near=st.just(lambda cell: towns.around(cell, ~OPEN)),
        cost=st.sampled_from([1.0, 0.0, -1.0, NAN, INF]).map(lambda price: lambda cell: price),
        left=st.just(lambda cell: 0.0),
    ),
    "agents.planning.search.game_value": row(
        lambda found, a: found[0] in (-1, 0, 1),
        board=st.sampled_from(["XOXO XO  ", "XXX OO   ", "X"]) | TEXT,
        order=st.just(games.free),
        low=st.just(-INF),
        high=st.just(INF),
    ),
    "agents.planning.search.visit": row(
        lambda visit, a: visit.clicks >= 0,
        links=st.just(lambda page: "ab" if len(page) < 2 else ""),
        wanted=st.just(lambda page: page == ("b", "b")),
        judge=st.just(lambda name: 0.0),
    ),
    "agents.planning.walking.NoPlan": row(walls=MAP),
    "agents.planning.walking.NoPlan.move": row(
        lambda move, a: move in range(4),
        self=st.builds(lambda: walking.NoPlan(OPEN)),
        seen=SEEN,
        changes="self",
        through="dislike distance cell_of",
    ),
    "agents.planning.walking.Planner": row(map=MAP, plan=st.just([]), plans=st.just(0)),
    "agents.planning.walking.Planner.move": row(
        lambda move, a: move in range(4),
        self=st.builds(lambda: walking.Planner(OPEN.copy())),
        seen=SEEN,
        changes="self",
        through="look way",
    ),
    "agents.planning.walking.shortest": row(way_of, start=CELL, goal=CELL, free=st.just(~OPEN) | MAP),
    "agents.planning.walking.walk": row(
        lambda walked, a: len(walked[1]) >= 2,
        town=TOWN,
        walker=WALKER,
        tell=st.just(lambda town: None),
        changes="walker town",
        words="seed",
    ),
    "agents.planning.world_model.Dangers.told": row(
        lambda model, a: ((model.danger() >= 0) & (model.danger() <= 1)).all() and np.isfinite(model.risk()).all(),
        expected=st.lists(SHARE, max_size=3),
    ),
    "agents.planning.world_model.Dangers.learn": row(
        lambda _, a: a.self.tried.sum() == 1, self=DANGERS, look=st.sampled_from([0, 7, 8, -1]), changes="self"
    ),
    "agents.planning.world_model.lived": row(
        lambda model, a: model.tried.sum() == a.experiences,
        deadly=st.sampled_from([frozenset(), frozenset({0, 99})]),
        expected=SHARE,
    ),
    "agents.planning.world_model.perform": row(
        lambda done, a: len(done[1]) <= len(a.way),
        castle=CASTLE,
        way=st.lists(CELL, max_size=2) | st.just([(0, 0), (0, 1)]),
        model=st.none() | DANGERS,
        changes="castle model",
        words="there",
    ),
    "agents.planning.world_model.try_out": row(
        lambda done, a: 1 <= done[1] <= a.tries, castle=CASTLE, model=DANGERS, changes="castle model"
    ),
    "agents.planning.world_model.spend": row(
        lambda done, a: 0 <= done[1] <= a.effort.purse,
        castle=CASTLE,
        model=DANGERS,
        effort=st.builds(
            world_model.Effort, st.sampled_from([30, 0]), st.sampled_from([1, 0, -5]), st.sampled_from([10, 0])
        ),
        changes="castle model",
    ),
    # tools
    "agents.tools.mcp.closed": row(
        lambda schema, a: isinstance(schema, dict),
        schema=st.sampled_from(
            [{"type": "object", "properties": {"a": {"type": "object", "properties": {}}}}, {}, {"type": "integer"}]
        ),
    ),
    "agents.tools.one_word.OneWord": row(
        chat=st.just(Script()),
        given={
            "words": st.dictionaries(TEXT, st.none() | st.just(ToolCall(id="1", name="add", arguments={})), max_size=2)
        },
        words="options",
    ),
    "agents.tools.repairing.complaint": row(lambda said, a: "\n" not in said, program=PROGRAM, draws=3),
    **{f"agents.tools.repairing.{edit.__name__}": row(changed_little, program=PROGRAM) for _, edit in EDITS.values()},
    "agents.tools.repairing.prompt": row(lambda text, a: a.program in text and a.message in text),
    "agents.tools.repairing.scores": row(
        lambda log_p, a: (log_p <= 0).all(),
        programs=TEXTS,
        messages=lambda made: st.just(["wrong"] * len(made.programs)),
        tokenizer=st.builds(of_words),
        sizes={"edits": 7},
        words="prompts",
    ),
    "agents.tools.repairing.ranking": row(
        lambda names, a: sorted(names) == sorted(EDITS), scores=floats(7) | floats(3)
    ),
    "agents.tools.repairing.tries": row(
        lambda tries, a: 1 <= tries <= len(a.order) + 1,
        program=PROGRAM,
        order=st.just(["colon", "bracket"]) | TEXTS,
        draws=3,
    ),
    "agents.tools.sandbox.run": row(
        lambda result, a: result.output.encode() is not None,
        code=st.sampled_from(["print(1)", "1/0"]) | TEXT,
        seconds=st.sampled_from([2, 0, -1]),
        megabytes=st.sampled_from([512, 0]),
        files=st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
        draws=4,
        through="lay_out execute",
    ),
    "agents.tools.tool.shortened": row(
        lambda text, a: len(text) < 2100 and text.encode() is not None, text=TEXT | st.just("x" * 9999)
    ),
    "agents.tools.tool_making.source": row(lambda code, a: code.encode() is not None),
    "agents.tools.tool_making.outcomes": row(
        lambda said, a: len(said) == len(a.calls),
        functions=st.dictionaries(st.just("f"), st.sampled_from(["return x", "retrun"]) | TEXT, max_size=1),
        calls=st.lists(st.tuples(st.just(["f"]), NUMBER | TEXT), max_size=2),
        seconds=st.just(2),
        draws=4,
    ),
    "agents.tools.tool_making.read": row(
        lambda text, a: text.encode() is not None, line=st.sampled_from(['"a"', "[1]", '"\\ud83d"', "1e999"]) | TEXT
    ),
    "agents.tools.tool_making.compiles": row(lambda yes, a: yes in (True, False), code=PROGRAM),
    "agents.tools.tool_making.passes": row(
        lambda yes, a: yes in (True, False),
        name=st.just("f"),
        body=st.sampled_from(["return x"]) | TEXT,
        tests=st.lists(st.tuples(st.just(1), st.just(1)), max_size=1),
        draws=3,
    ),
    "agents.tools.tool_making.header": row(lambda text, a: a.name in text),
    "agents.tools.tool_making.request": row(
        lambda messages, a: len(messages) == 2 * len(a.examples) + 1,
        given={"examples": st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=2)},
    ),
    "agents.tools.tool_making.Library": row(embed=EMBED),
    "agents.tools.tool_making.Library.keep": row(
        lambda _, a: a.name in a.self.bodies, self=st.builds(library), changes="self"
    ),
    "agents.tools.tool_making.Library.find": row(
        lambda names, a: len(names) == len(a.wants),
        self=st.sampled_from([("add", "sub"), ()]).map(lambda names: library(*names)),
        words="library",
    ),
    "agents.tools.tool_retrieval.Selector": row(tools=st.sampled_from([(), (TOOL,)]), embed=EMBED),
    "agents.tools.tool_retrieval.Selector.__call__": row(
        lambda tools, a: len(tools) == min(1, a.k), self=st.builds(lambda: Selector([TOOL], embed))
    ),
    "agents.tools.tool_retrieval.ranks": row(
        lambda ranks, a: ((ranks >= 0) & (ranks < max(1, len(a.points)))).all(),
        points=floats(3, 4),
        questions=floats(2, 4),
        wanted=ints(2),
    ),
    # worlds
    "agents.worlds.four_rooms.ahead": row(lambda there, a: there == a.cell or there in FLOOR, cell=CELL, move=MOVE),
    "agents.worlds.four_rooms.distances": row(
        lambda steps, a: steps[a.goal] == 0 and len(steps) == len(FLOOR), goal=CELL | st.just((1, 1))
    ),
    "agents.worlds.four_rooms.FourRooms": row(goal=CELL | st.just((1, 1))),
    "agents.worlds.four_rooms.FourRooms.reset": row(
        lambda seen, a: 0 <= seen[0] < len(FLOOR),
        self=st.builds(FourRooms, st.just((1, 1))),
        options=st.none() | st.builds(lambda cell: {"start": cell}, CELL | st.just((2, 2))),
        changes="self",
    ),
    "agents.worlds.four_rooms.walk": row(
        lambda way, a: way[0] == a.start,
        world=st.builds(FourRooms, st.just((1, 1))),
        policy=st.just(lambda here: 0),
        start=CELL,
        words="options",
        changes="world",
    ),
    "agents.worlds.four_rooms.share_reached": row(
        lambda p, a: 0 <= p <= 1,
        world=st.builds(FourRooms, st.just((1, 1))),
        policy=MOVE.map(lambda move: lambda here: move),
        words="move",
        changes="world",
        draws=5,
    ),
    "agents.worlds.games.check": row(lambda _, a: is_board(a.board, a), board=BOARD),
    "agents.worlds.games.free": row(lambda squares, a: len(squares) == a.board.count(" "), board=BOARD),
    "agents.worlds.games.turn": row(lambda mark, a: mark in "XO", board=BOARD),
    "agents.worlds.games.played": row(
        is_board,
        board=BOARD,
        square=st.sampled_from([9, 8, 1, 0, 10, -1]),
        mark=st.none() | st.sampled_from(["X", "XX", ""]),
    ),
    "agents.worlds.games.winner": row(lambda mark, a: mark in ("X", "O", None), board=BOARD),
    "agents.worlds.games.over": row(lambda yes, a: yes in (True, False), board=BOARD),
    "agents.worlds.games.winning": row(
        lambda squares, a: set(squares) <= set(games.free(a.board)), board=BOARD, mark=st.sampled_from("XO") | TEXT
    ),
    "agents.worlds.games.drawn": row(lambda text, a: text.count("\n") == 2, board=BOARD),
    "agents.worlds.games.value": row(lambda value, a: value in (-1, 0, 1), board=BOARD),
    "agents.worlds.games.perfect": row(lambda square, a: square in games.free(a.board), board=BOARD),
    "agents.worlds.games.Random": row(),
    "agents.worlds.games.Random.__call__": row(
        lambda square, a: square in games.free(a.board),
        self=st.builds(games.Random, st.just(0)),
        board=BOARD,
        changes="self",
    ),
    "agents.worlds.games.by_lot": row(lambda odds, a: close(odds.wins + odds.draws + odds.losses, 1), board=BOARD),
    "agents.worlds.games.positions": row(lambda boards, a: len(set(boards)) == 3),
    "agents.worlds.grid.ahead": row(lambda there, a: walking.distance(there, a.cell) == 1, cell=CELL, move=MOVE),
    "agents.worlds.grid.direction": row(lambda move, a: move in range(4), cell=CELL, there=CELL),
    "agents.worlds.grid.inside": row(lambda yes, a: yes == (min(a.cell) >= 0 and max(a.cell) < a.size), cell=CELL),
    "agents.worlds.grid.distances": row(
        lambda steps, a: steps[a.start] == 0, start=CELL, near=st.just(lambda cell: towns.around(cell, ~OPEN))
    ),
    "agents.worlds.towns.Walk": row(),
    "agents.worlds.towns.Walk.free": row(
        lambda yes, a: yes in (True, False), self=st.builds(towns.Walk, st.just(3), st.just(5)), cell=CELL
    ),
    "agents.worlds.towns.Walk.reset": row(
        lambda seen, a: seen[0]["place"].tolist() == [0, 0],
        self=st.builds(towns.Walk, st.just(3), st.just(5)),
        options=st.none(),
        changes="self",
    ),
    "agents.worlds.towns.Walk.step": row(
        lambda step, a: step[1] in (0, 1), self=st.builds(towns.Walk, st.just(3), st.just(5)), move=MOVE, changes="self"
    ),
    "agents.worlds.towns.Town": row(walls=MAP, doors=MAP, surprise=SHARE, change=SHARE, through="check_square"),
    "agents.worlds.towns.Town.reset": row(self=TOWN, options=st.none(), changes="self"),
    "agents.worlds.towns.Town.free": row(lambda yes, a: yes in (True, False), self=TOWN, cell=CELL),
    "agents.worlds.towns.Town.step": row(lambda step, a: step[1] in (0, 1), self=TOWN, move=MOVE, changes="self"),
    "agents.worlds.towns.Castle": row(
        looks=as_numpy(ints(3, 3)) | as_numpy(ints(2, 3)), deadly=st.just(frozenset({1}))
    ),
    "agents.worlds.towns.Castle.trap": row(lambda yes, a: yes in (True, False), self=CASTLE, cell=CELL),
    "agents.worlds.towns.Castle.step": row(lambda step, a: step[1] in (0, 1), self=CASTLE, move=MOVE, changes="self"),
    "agents.worlds.towns.town": row(
        lambda town, a: town.size == 3 * a.rooms - 1, options=st.just({}), bricked=SHARE, draws=12
    ),
    "agents.worlds.towns.castle": row(
        lambda castle, a: castle.size == a.size,
        options=st.just({}),
        deadly=st.sampled_from([frozenset(), frozenset({1}), frozenset({0, 1, 2, 3, 4})]),
        traps=SHARE,
        draws=12,
    ),
    "agents.worlds.towns.has_way": row(lambda yes, a: yes in (True, False), free=MAP, moves=st.just(range(4))),
    "agents.worlds.towns.around": row(
        lambda cells, a: all(walking.distance(cell, a.cell) == 1 for cell in cells),
        cell=CELL,
        free=MAP,
        moves=st.just(range(4)),
    ),
}
SERVER = "asks a server: tests/agents/chat/test_remote.py"
REASONS: dict[str, str] = {
    "agents.chat.remote.RemoteChat.reply": SERVER,
    "agents.chat.remote.RemoteChat.complete": SERVER,
    "agents.chat.remote.RemoteChat.stream": SERVER,
    "agents.chat.remote.unwrapped": SERVER,
    "agents.memory.reflection.reflect": "two lines around LocalChat.replies, which has a row",
    "agents.tools.jail.limit": "fences in its own process: tests/agents/tools/test_sandbox.py",
    "agents.tools.jail.guard": "fences in its own process: tests/agents/tools/test_sandbox.py",
    "agents.tools.mcp.Served": "starts a server: tests/agents/tools/test_mcp.py",
    "agents.worlds.games.play": "is called with players, and makes every board itself",
}
